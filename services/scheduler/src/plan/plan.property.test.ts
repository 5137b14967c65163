import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Taint } from '@reckon/proto/reckon/api/core/v1/affinity.ts';
import type { PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import fc from 'fast-check';
import { ClusterModel } from '../model/cluster-model.ts';
import { type NodeShape, type PodShape, storedNode, storedPod } from '../testing/objects.ts';
import { plan } from './plan.ts';
import { podRequestOf } from './pod-request.ts';

const podShape: fc.Arbitrary<PodShape> = fc.record({
  cpu: fc.constantFrom('100m', '500m', '1', '3'),
  memory: fc.constantFrom('0', '100Mi', '1Gi', '3Gi'),
  owner: fc.constantFrom('', 'rs-1', 'rs-2'),
  createdAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'),
  spec: fc.oneof(
    fc.constant<PodSpec>({}),
    fc.constant<PodSpec>({ nodeSelector: { disk: 'ssd' } }),
    fc.constant<PodSpec>({ tolerations: [{ operator: 'Exists' }] }),
    fc
      .integer({ min: 80, max: 82 })
      .map(
        (hostPort): PodSpec => ({ containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort }] }] }),
      ),
  ),
});

const nodeShape: fc.Arbitrary<NodeShape> = fc.record({
  cpu: fc.constantFrom('1', '2', '4'),
  memory: fc.constantFrom('1Gi', '4Gi'),
  pods: fc.constantFrom('1', '3', '110'),
  labels: fc.constantFrom<Record<string, string>[]>({}, { disk: 'ssd' }),
  taints: fc.constantFrom<Taint[][]>([], [{ key: 'k', value: 'v', effect: 'NoSchedule' }]),
  unschedulable: fc.boolean(),
});

const scene = fc.record({
  nodes: fc.array(nodeShape, { maxLength: 6 }),
  running: fc.array(fc.record({ shape: podShape, node: fc.nat(5) }), { maxLength: 8 }),
  pods: fc.array(podShape, { maxLength: 25 }),
  shuffle: fc.nat(),
});

type Scene = typeof scene extends fc.Arbitrary<infer S> ? S : never;

function arrange({ nodes, running, pods }: Scene) {
  const model = new ClusterModel();
  for (const [at, shape] of nodes.entries()) model.nodeSeen(storedNode(`n${at}`, shape));
  for (const [at, { shape, node }] of running.entries()) {
    const pod = storedPod(`r${at}`, shape);
    model.podSeen({ ...pod, spec: { ...pod.spec, nodeName: `n${node}` } });
  }
  return { model, requests: pods.map((shape, at) => podRequestOf(storedPod(`p${at}`, shape))) };
}

function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  return items
    .map((item, at) => ({ item, order: ((at + 1) * 2_654_435_761 + seed * 40_503) % 1_000_003 }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

test('every pod is answered once: it has a node or a reason', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      const { model, requests } = arrange(scene);
      const { assignments, rejections } = plan({ pods: requests, nodes: model.nodes() });
      const answered = [...assignments, ...rejections].map(({ pod }) => pod.name).sort();
      assert.deepEqual(answered, requests.map(({ name }) => name).sort());
    }),
  );
});

test('no node is ever given more than it has', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      const { model, requests } = arrange(scene);
      const overBefore = new Set(model.nodes().flatMap(overcommitted));
      const { assignments } = plan({ pods: requests, nodes: model.nodes() });
      for (const { pod, nodeName } of assignments) model.assume(pod, nodeName);
      for (const what of model.nodes().flatMap(overcommitted)) {
        assert.ok(overBefore.has(what), `${what} is overcommitted by the plan`);
      }
    }),
  );
});

test('no pod is given a node that it must not run on', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      const { model, requests } = arrange(scene);
      const { assignments } = plan({ pods: requests, nodes: model.nodes() });
      for (const { pod, nodeName } of assignments) {
        const node = model.nodes().find(({ name }) => name === nodeName);
        assert.ok(node);
        const toleratesAll = pod.placement.tolerations.some(({ operator }) => operator === 'Exists');
        if (!toleratesAll) assert.ok(!node.unschedulable && node.taints.length === 0);
        assert.ok(pod.placement.nodeSelector.matches(node.labels));
      }
    }),
  );
});

test('the plan does not depend on the order of pods and nodes', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      const { model, requests } = arrange(scene);
      const straight = plan({ pods: requests, nodes: model.nodes() });
      const mixed = plan({
        pods: shuffled(requests, scene.shuffle),
        nodes: shuffled(model.nodes(), scene.shuffle),
      });
      assert.deepEqual(mixed, straight);
    }),
  );
});

test('planning changes nothing, so that planning again gives the same', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      const { model, requests } = arrange(scene);
      const first = plan({ pods: requests, nodes: model.nodes() });
      assert.deepEqual(plan({ pods: requests, nodes: model.nodes() }), first);
    }),
  );
});

test('who was rejected would still not fit after the batch', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      const { model, requests } = arrange(scene);
      const { assignments, rejections } = plan({ pods: requests, nodes: model.nodes() });
      for (const { pod, nodeName } of assignments) model.assume(pod, nodeName);
      const again = plan({ pods: rejections.map(({ pod }) => pod), nodes: model.nodes() });
      assert.deepEqual(again.assignments, []);
    }),
  );
});

test('the model counts the same whatever order pods came and went in', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      const { model, requests } = arrange(scene);
      const before = model.nodes().map((node) => describe(node));
      for (const [at, pod] of requests.entries()) model.assume(pod, `n${at % 6}`);
      for (const pod of shuffled(requests, scene.shuffle)) model.forget(pod.uid);
      assert.deepEqual(
        model.nodes().map((node) => describe(node)),
        before,
      );
    }),
  );
});

type Node = ReturnType<ClusterModel['nodes']>[number];

function describe({ name, load }: Node) {
  return {
    name,
    podCount: load.podCount,
    requested: [...load.requested].sort(),
    hostPorts: load.hostPorts.map((port) => JSON.stringify(port)).sort(),
    owners: [...load.owners].map(([owner, { podCount }]) => [owner, podCount]).sort(),
  };
}

function overcommitted(node: Node): readonly string[] {
  const over: string[] = [];
  if (node.load.podCount > node.allocatablePods) over.push(`${node.name} pods`);
  for (const [name, amount] of node.load.requested) {
    if (amount > (node.allocatable.get(name) ?? 0)) over.push(`${node.name} ${name}`);
  }
  const ports = node.load.hostPorts.map(({ port }) => port);
  if (new Set(ports).size < ports.length) over.push(`${node.name} ports`);
  return over;
}
