import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import fc from 'fast-check';
import { arrange } from '../testing/arrange.ts';
import type { PodShape } from '../testing/objects.ts';
import { plan } from './plan.ts';
import type { Nomination, PodRequest, SchedulingInput } from './types.ts';

const away = (app: string, topologyKey: string): PodSpec => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app } }, topologyKey },
      ],
    },
  },
});

const podShape: fc.Arbitrary<PodShape> = fc.record({
  cpu: fc.constantFrom('500m', '1', '2', '4'),
  priority: fc.constantFrom(-10, 0, 0, 10, 100),
  labels: fc.constantFrom<Record<string, string>[]>({}, { app: 'web' }, { app: 'db' }),
  startedAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', ''),
  going: fc.constantFrom(false, false, false, true),
  spec: fc.constantFrom<PodSpec[]>({}, {}, {}, away('web', 'host'), away('db', 'zone')),
});

const waitingShape = podShape.map(({ going, startedAt, ...shape }): PodShape => shape);

const scene = fc.record({
  nodes: fc.array(fc.constantFrom('1', '2', '4'), { minLength: 1, maxLength: 4 }),
  running: fc.array(fc.record({ shape: podShape, node: fc.nat(3) }), { maxLength: 12 }),
  pods: fc.array(waitingShape, { minLength: 1, maxLength: 8 }),
  web: fc.integer({ min: 0, max: 2 }),
});

type Scene = typeof scene extends fc.Arbitrary<infer S> ? S : never;

function arranged({ nodes, running, pods, web }: Scene) {
  const there: Record<string, Record<string, PodShape>> = {};
  for (const [index, { shape, node }] of running.entries()) {
    const name = `n${node}`;
    there[name] = { ...there[name], [`r${index}`]: shape };
  }
  return arrange({
    nodes: Object.fromEntries(
      nodes.map((cpu, index) => [`n${index}`, { cpu, labels: { host: `n${index}`, zone: `z${index % 2}` } }]),
    ),
    running: there,
    pods: Object.fromEntries(pods.map((shape, index) => [`p${index}`, shape])),
    budgets: [{ app: 'web', allowed: web }],
  });
}

/** Everybody who was asked to go has gone. */
function carriedOut(input: ReturnType<typeof arranged>): SchedulingInput {
  const { model } = input;
  const { assignments, rejections } = plan(input);
  for (const { pod, nodeName } of assignments) model.assume(pod, nodeName);
  const nominations: Nomination[] = [];
  for (const { pod, room } of rejections) {
    if (!room) continue;
    nominations.push({ pod, nodeName: room.nodeName });
    for (const { uid } of room.victims) model.podGone(uid);
  }
  const ending = model.nodes().flatMap(({ load }) => [...load.pods.values()].filter(({ going }) => going));
  for (const { uid } of ending) model.podGone(uid);
  return { ...input, nodes: model.nodes(), pods: rejections.map(({ pod }) => pod), nominations };
}

const names = (pods: readonly PodRequest[]) => pods.map(({ name }) => name);

test('only pods of lower priority ever go, none twice, and none that is going already', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      const input = arranged(scene);
      const running = new Map(
        input.nodes.flatMap(({ name, load }) => [...load.pods.values()].map((pod) => [pod.uid, name])),
      );
      const { rejections } = plan(input);
      const victims = rejections.flatMap(({ room }) => room?.victims ?? []);
      assert.equal(new Set(victims).size, victims.length);
      for (const { pod, room } of rejections) {
        for (const victim of room?.victims ?? []) {
          assert.ok(victim.priority < pod.priority);
          assert.ok(!victim.going);
          assert.equal(running.get(victim.uid), room?.nodeName);
        }
      }
    }),
  );
});

test('nobody is placed near to whom he must be away from, nor to who must be away from him', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      const input = arranged({ ...scene, running: [] });
      const { assignments } = plan(input);
      const nodes = new Map(input.nodes.map((node) => [node.name, node]));
      for (const one of assignments) {
        for (const { labels, topologyKey } of one.pod.rules?.away ?? []) {
          const place = nodes.get(one.nodeName)?.labels[topologyKey];
          const disturbing = assignments.filter(
            (other) =>
              other !== one &&
              nodes.get(other.nodeName)?.labels[topologyKey] === place &&
              labels.matches(other.pod.labels),
          );
          assert.deepEqual(disturbing, []);
        }
      }
    }),
  );
});

test('once the victims have gone, everybody for whom room was made fits where it was made', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      const after = carriedOut(arranged(scene));
      const { nominations = [] } = after;
      // Among themselves: one of higher priority that fitted nowhere before may now fit where he disturbs them.
      const { assignments } = plan({ ...after, pods: nominations.map(({ pod }) => pod) });
      const placed = new Map(assignments.map(({ pod, nodeName }) => [pod.uid, nodeName]));
      for (const { pod, nodeName } of nominations) assert.equal(placed.get(pod.uid), nodeName);
    }),
  );
});

test('no victim could have stayed', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      // Of one pod at a time: a batch makes room for several.
      const input = arranged({ ...scene, pods: scene.pods.slice(0, 1) });
      const [rejection] = plan(input).rejections;
      if (!rejection?.room) return;
      const { nodeName: made, victims } = rejection.room;
      for (const spared of victims) {
        const { model } = arranged({ ...scene, pods: scene.pods.slice(0, 1) });
        const ending = model
          .nodes()
          .flatMap(({ load }) => [...load.pods.values()])
          .filter(({ going, priority }) => going && priority < rejection.pod.priority);
        for (const { uid } of [...ending, ...victims]) if (uid !== spared.uid) model.podGone(uid);
        const { assignments } = plan({ nodes: model.nodes(), pods: input.pods });
        const there = assignments.filter(({ nodeName }) => nodeName === made);
        assert.deepEqual(there, [], `${spared.name} goes for nothing`);
      }
    }),
  );
});

test('planning again while the victims end asks nobody more and changes no mind', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      const input = arranged(scene);
      const { model } = input;
      const first = plan(input);
      for (const { pod, nodeName } of first.assignments) model.assume(pod, nodeName);
      const nominations = first.rejections.flatMap(({ pod, room }) =>
        room ? { pod, nodeName: room.nodeName } : [],
      );
      for (const { room } of first.rejections) for (const { uid } of room?.victims ?? []) model.letGo(uid);
      const pods = first.rejections.map(({ pod }) => pod);
      const again = plan({ ...input, nodes: model.nodes(), pods, nominations });
      assert.deepEqual(again.assignments, []);
      for (const { pod, room } of again.rejections) {
        assert.equal(room?.nodeName, first.rejections.find((one) => one.pod.uid === pod.uid)?.room?.nodeName);
        assert.deepEqual(names(room?.victims ?? []), []);
      }
    }),
  );
});

test('room is made in a bounded number of rounds', () => {
  fc.assert(
    fc.property(scene, (scene) => {
      const input = arranged(scene);
      let after = carriedOut(input);
      for (let round = 1; after.pods.length > 0; round++) {
        const { assignments } = plan(after);
        if (assignments.length === 0 && (after.nominations ?? []).length === 0) return;
        assert.ok(round <= scene.pods.length, 'it goes on and on');
        after = carriedOut({ ...input, ...after, model: input.model });
      }
    }),
  );
});
