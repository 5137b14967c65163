import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Stored } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { ClusterModel } from '../model/cluster-model.ts';
import { type NodeShape, type PodShape, storedNode, storedPod } from '../testing/objects.ts';
import { plan } from './plan.ts';
import { podRequestOf, requestsOf } from './pod-request.ts';

interface Case {
  readonly nodes: Readonly<Record<string, NodeShape>>;
  /** Pods that run already: `node: shapes`. */
  readonly running?: Readonly<Record<string, readonly PodShape[]>>;
  readonly pods: Readonly<Record<string, PodShape>>;
  /** `pod: node`, or the message of its rejection. */
  readonly expected: Readonly<Record<string, string>>;
}

const MASTER = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };

const cases: Readonly<Record<string, Case>> = {
  'a pod goes to the node that it fits on': {
    nodes: { a: { cpu: '1' }, b: { cpu: '4' } },
    pods: { p: { cpu: '2' } },
    expected: { p: 'b' },
  },
  'the fuller node is filled first, so that a large pod finds room on the other': {
    nodes: { a: {}, b: {}, c: {} },
    running: { b: [{ cpu: '1', memory: '2Gi' }] },
    pods: { large: { cpu: '4', memory: '1Gi' }, small: { cpu: '1', memory: '1Gi' } },
    expected: { large: 'a', small: 'b' },
  },
  'three replicas of one owner go to three nodes that are equally used': {
    nodes: { a: {}, b: {}, c: {} },
    pods: { p1: { cpu: '1', owner: 'rs' }, p2: { cpu: '1', owner: 'rs' }, p3: { cpu: '1', owner: 'rs' } },
    expected: { p1: 'a', p2: 'b', p3: 'c' },
  },
  'three replicas that state no requests go to three nodes': {
    nodes: { a: {}, b: {}, c: {} },
    pods: { p1: { owner: 'rs' }, p2: { owner: 'rs' }, p3: { owner: 'rs' } },
    expected: { p1: 'a', p2: 'b', p3: 'c' },
  },
  'a replica rather joins its sibling on a much fuller node than opens an empty one': {
    nodes: { a: {}, b: {} },
    running: {
      a: [
        { cpu: '2', memory: '4Gi' },
        { cpu: '100m', memory: '100Mi', owner: 'rs' },
      ],
    },
    pods: { p: { cpu: '100m', memory: '100Mi', owner: 'rs' } },
    expected: { p: 'a' },
  },
  'pods that state no requests are not packed, nobody knows their size': {
    nodes: { a: {}, b: {} },
    running: { a: [{ cpu: '2', memory: '4Gi' }] },
    pods: { p1: {}, p2: {}, p3: {} },
    expected: { p1: 'b', p2: 'a', p3: 'b' },
  },
  'of two equally full nodes the better balanced one is taken': {
    nodes: { a: { cpu: '4', memory: '8Gi' }, b: { cpu: '4', memory: '8Gi' } },
    running: { a: [{ cpu: '2', memory: '2Gi' }], b: [{ cpu: '1', memory: '4Gi' }] },
    pods: { p: { cpu: '1', memory: '0' } },
    expected: { p: 'b' },
  },
  'nothing is promised twice within one batch': {
    nodes: { a: { cpu: '2' }, b: { cpu: '1' } },
    pods: { p1: { cpu: '1' }, p2: { cpu: '1' }, p3: { cpu: '1' }, p4: { cpu: '1' } },
    expected: { p1: 'b', p2: 'a', p3: 'a', p4: '0/2 nodes are available: 2 Insufficient cpu.' },
  },
  'a higher priority is served first, then age': {
    nodes: { a: { cpu: '1' } },
    pods: {
      late: { cpu: '1', createdAt: '2026-01-01T00:00:02Z' },
      early: { cpu: '1', createdAt: '2026-01-01T00:00:01Z' },
      urgent: { cpu: '1', createdAt: '2026-01-01T00:00:03Z', spec: { priority: 10 } },
    },
    expected: {
      urgent: 'a',
      early: '0/1 nodes are available: 1 Insufficient cpu.',
      late: '0/1 nodes are available: 1 Insufficient cpu.',
    },
  },
  'the message counts nodes by reason': {
    nodes: {
      a: { cpu: '1', memory: '1Gi' },
      b: { taints: [MASTER] },
      c: { taints: [MASTER] },
      d: { unschedulable: true },
      e: { labels: { disk: 'slow' }, pods: '0' },
    },
    pods: { p: { cpu: '2', memory: '2Gi' } },
    expected: {
      p: '0/5 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 Too many pods, 1 node(s) were unschedulable, 2 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }.',
    },
  },
  'a cluster without nodes says so': {
    nodes: {},
    pods: { p: {} },
    expected: { p: 'no nodes available to schedule pods' },
  },
  'a node selector is kept': {
    nodes: { a: {}, b: { labels: { disk: 'ssd' } } },
    pods: {
      p: { spec: { nodeSelector: { disk: 'ssd' } } },
      q: { spec: { nodeSelector: { disk: 'tape' } } },
    },
    expected: { p: 'b', q: "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector." },
  },
  'one of the terms of a required node affinity has to match, a preferred one may': {
    nodes: {
      a: { labels: { zone: 'x' } },
      b: { labels: { zone: 'y' } },
      c: { labels: { zone: 'y', gen: '3' } },
    },
    pods: {
      p: { spec: affinity([{ key: 'zone', operator: 'In', values: ['y'] }], 'gen') },
      q: { spec: affinity([{ key: 'zone', operator: 'NotIn', values: ['y'] }], 'gen') },
      r: { spec: affinity([{ key: 'gen', operator: 'Gt', values: ['2'] }], 'none') },
      s: { spec: affinity([], 'none') },
    },
    expected: {
      p: 'c',
      q: 'a',
      r: 'c',
      s: "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    },
  },
  'a taint keeps out who does not tolerate it': {
    nodes: { a: { taints: [{ key: 'k', value: 'v', effect: 'NoExecute' }] } },
    pods: {
      p: {},
      q: { spec: { tolerations: [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoExecute' }] } },
      r: { spec: { tolerations: [{ operator: 'Exists' }] } },
      s: { spec: { tolerations: [{ key: 'k', value: 'other' }] } },
      t: { spec: { tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }] } },
    },
    expected: {
      p: '0/1 nodes are available: 1 node(s) had untolerated taint {k: v}.',
      q: 'a',
      r: 'a',
      s: '0/1 nodes are available: 1 node(s) had untolerated taint {k: v}.',
      t: '0/1 nodes are available: 1 node(s) had untolerated taint {k: v}.',
    },
  },
  'a taint that asks to be avoided is avoided, not obeyed': {
    nodes: { a: { cpu: '4', taints: [{ key: 'k', effect: 'PreferNoSchedule' }] }, b: { cpu: '1' } },
    pods: { p: { cpu: '1' }, q: { cpu: '1' } },
    expected: { p: 'b', q: 'a' },
  },
  'a cordoned node takes only who tolerates that': {
    nodes: { a: { unschedulable: true } },
    pods: {
      p: {},
      daemon: { spec: { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] } },
    },
    expected: { p: '0/1 nodes are available: 1 node(s) were unschedulable.', daemon: 'a' },
  },
  'a port of the node is given once for each protocol and address': {
    nodes: { a: {} },
    pods: {
      p1: { spec: ports({ hostPort: 80 }) },
      p2: { spec: ports({ hostPort: 80 }) },
      p3: { spec: ports({ hostPort: 80, protocol: 'UDP' }) },
      p4: { spec: ports({ hostPort: 80, hostIP: '10.0.0.1' }) },
      p5: { spec: ports({ hostPort: 81, hostIP: '10.0.0.1' }) },
      p6: { spec: ports({ hostPort: 81, hostIP: '10.0.0.2' }) },
    },
    expected: {
      p1: 'a',
      p2: "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
      p3: 'a',
      p4: "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
      p5: 'a',
      p6: 'a',
    },
  },
  'a device is given as often as the node has it': {
    nodes: { a: { more: { 'example.com/gpu': '1' } }, b: {} },
    pods: {
      p: { spec: requests({ 'example.com/gpu': '1' }) },
      q: { spec: requests({ 'example.com/gpu': '1' }) },
    },
    expected: { p: 'a', q: '0/2 nodes are available: 2 Insufficient example.com/gpu.' },
  },
  'of nodes that are equally used the one that has the images is taken': {
    nodes: { a: {}, b: { images: { 'docker.io/library/busybox:latest': 4_000_000 } } },
    pods: { p: {} },
    expected: { p: 'b' },
  },
  'a node is required or preferred by its name as well': {
    nodes: { a: {}, b: {}, c: {} },
    pods: {
      p: { spec: nodeNamed('In', 'b') },
      q: { spec: nodeNamed('NotIn', 'a') },
      r: { spec: nodeNamed('In', 'z') },
      s: { spec: ratherOn('c') },
    },
    expected: {
      p: 'b',
      q: 'c',
      r: "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
      s: 'c',
    },
  },
  'labels of nodes are compared by every operator': {
    nodes: { a: { labels: { gen: '1' } }, b: { labels: { gen: '3', disk: 'ssd' } } },
    pods: {
      lt: { spec: affinity([{ key: 'gen', operator: 'Lt', values: ['2'] }], 'none') },
      gt: { spec: affinity([{ key: 'gen', operator: 'Gt', values: ['2'] }], 'none') },
      exists: { spec: affinity([{ key: 'disk', operator: 'Exists', values: [] }], 'none') },
      absent: { spec: affinity([{ key: 'disk', operator: 'DoesNotExist', values: [] }], 'none') },
    },
    expected: { lt: 'a', gt: 'b', exists: 'b', absent: 'a' },
  },
  'a device that no node has is missing everywhere': {
    nodes: { a: {} },
    pods: { p: { spec: requests({ 'example.com/gpu': '1' }) } },
    expected: { p: '0/1 nodes are available: 1 Insufficient example.com/gpu.' },
  },
};

describe('the plan', () => {
  for (const [sentence, { nodes, running = {}, pods, expected }] of Object.entries(cases)) {
    test(sentence, () => assert.deepEqual(decide(nodes, running, pods), expected));
  }

  test('says why a node was chosen', () => {
    const model = new ClusterModel();
    for (const name of ['a', 'b']) model.nodeSeen(storedNode(name));
    const pods = [podRequestOf(storedPod('p', { cpu: '1' }))];
    const [assignment] = plan({ pods, nodes: model.nodes() }).assignments;
    assert.equal(assignment?.because, 'a is the best of 2 nodes that the pod fits on');
  });
});

describe('what a pod takes of a node', () => {
  const container = (cpu: string, restartPolicy?: string) => ({
    name: 'c',
    restartPolicy,
    resources: { requests: { cpu } },
  });
  const cpuOf = (spec: Parameters<typeof requestsOf>[0]) => requestsOf(spec).get('cpu');

  test('is the sum of its containers', () => {
    assert.equal(cpuOf({ containers: [container('100m'), container('0.25')] }), 350);
  });

  test('is at least what the hungriest init container takes', () => {
    assert.equal(
      cpuOf({ initContainers: [container('1'), container('2')], containers: [container('500m')] }),
      2000,
    );
  });

  test('has sidecars beside the containers, and beside the init containers that come after them', () => {
    const initContainers = [container('1', 'Always'), container('2')];
    assert.equal(cpuOf({ initContainers, containers: [container('500m')] }), 3000);
    assert.equal(
      cpuOf({ initContainers: [...initContainers].reverse(), containers: [container('1500m')] }),
      2500,
    );
  });

  test('includes the overhead of its runtime', () => {
    assert.equal(cpuOf({ containers: [container('1')], overhead: { cpu: '250m' } }), 1250);
  });
});

function decide(
  nodes: Case['nodes'],
  running: NonNullable<Case['running']>,
  pods: Case['pods'],
): Record<string, string> {
  const model = new ClusterModel();
  for (const [name, shape] of Object.entries(nodes)) model.nodeSeen(storedNode(name, shape));
  for (const [nodeName, shapes] of Object.entries(running)) {
    for (const [at, shape] of shapes.entries()) {
      const pod = storedPod(`${nodeName}-${at}`, shape);
      model.podSeen({ ...pod, spec: { ...pod.spec, nodeName } });
    }
  }
  const requested = Object.entries(pods).map(([name, shape]): Stored<Pod> => storedPod(name, shape));
  const { assignments, rejections } = plan({ pods: requested.map(podRequestOf), nodes: model.nodes() });
  return Object.fromEntries([
    ...assignments.map(({ pod, nodeName }) => [pod.name, nodeName]),
    ...rejections.map(({ pod, message }) => [pod.name, message]),
  ]);
}

function affinity(
  matchExpressions: { key: string; operator: string; values: string[] }[],
  preferredLabel: string,
) {
  return {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 5, preference: { matchExpressions: [{ key: preferredLabel, operator: 'Exists' }] } },
        ],
      },
    },
  };
}

function nodeNamed(operator: string, name: string) {
  const matchFields = [{ key: 'metadata.name', operator, values: [name] }];
  const required = { nodeSelectorTerms: [{ matchFields }] };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } };
}

function ratherOn(name: string) {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [name] }];
  const preferred = [{ weight: 1, preference: { matchFields } }];
  return { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } } };
}

function ports(port: { hostPort: number; hostIP?: string; protocol?: string }) {
  return { containers: [{ name: 'c', ports: [{ containerPort: 80, ...port }] }] };
}

function requests(amounts: Record<string, string>) {
  return { containers: [{ name: 'c', resources: { requests: amounts } }] };
}
