import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PodAffinityTerm, TopologySpreadConstraint } from '@reckon/proto/reckon/api/core/v1/affinity.ts';
import type { PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { type Arrangement, arrange } from '../testing/arrange.ts';
import type { NodeShape, PodShape } from '../testing/objects.ts';
import { plan } from './plan.ts';

interface Case extends Arrangement {
  /** `pod: node`; `-> a: x, y`: x and y have to go from a; else what is said of the nodes. */
  readonly expected: Readonly<Record<string, string>>;
}

const ZONE = 'zone';
const HOST = 'host';
const app = (name: string, more: PodShape = {}): PodShape => ({ labels: { app: name }, ...more });
const inZone = (zone: string, host: string, more: NodeShape = {}): NodeShape => ({
  labels: { [ZONE]: zone, [HOST]: host },
  ...more,
});
/** Two zones of two nodes. */
const FOUR = { a1: inZone('a', 'a1'), a2: inZone('a', 'a2'), b1: inZone('b', 'b1'), b2: inZone('b', 'b2') };

const term = (name: string, topologyKey = ZONE, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  labelSelector: { matchLabels: { app: name } },
  topologyKey,
  ...more,
});
const near = (...terms: PodAffinityTerm[]): PodSpec => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const away = (...terms: PodAffinityTerm[]): PodSpec => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const ratherNear = (name: string, weight = 10): PodSpec => ({
  affinity: {
    podAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term(name) }],
    },
  },
});
const ratherAway = (name: string, weight = 10): PodSpec => ({
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term(name) }],
    },
  },
});
const spread = (more: Partial<TopologySpreadConstraint> = {}, spec: PodSpec = {}): PodSpec => ({
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: ZONE,
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'web' } },
      ...more,
    },
  ],
  ...spec,
});

const cases: Readonly<Record<string, Case>> = {
  'a pod goes near to what it must be near to': {
    nodes: FOUR,
    running: { b1: { db: app('db') } },
    pods: { p: { spec: near(term('db', HOST)) }, q: { spec: near(term('db')), cpu: '4' } },
    expected: { p: 'b1', q: 'b1' },
  },
  'all of the terms have to hold, by pods that match all of them': {
    nodes: FOUR,
    running: { a1: { db: app('db') }, b1: { both: { labels: { app: 'db', tier: 'x' } } } },
    pods: {
      p: {
        spec: near(term('db'), { labelSelector: { matchLabels: { tier: 'x' } }, topologyKey: ZONE }),
      },
    },
    expected: { p: 'b2' },
  },
  'nobody is near where there is nobody': {
    nodes: FOUR,
    pods: { p: { spec: near(term('db')) } },
    expected: { p: "4 node(s) didn't match pod affinity rules" },
  },
  'the first of a series may be near to its own kind, and the others follow it': {
    nodes: FOUR,
    pods: { p: app('web', { spec: near(term('web')) }), q: app('web', { spec: near(term('web')) }) },
    expected: { p: 'a1', q: 'a2' },
  },
  'a node without the label is in no place': {
    nodes: { plain: {}, a1: inZone('a', 'a1') },
    running: { plain: { db: app('db') } },
    pods: { p: { spec: near(term('db')) } },
    expected: { p: "2 node(s) didn't match pod affinity rules" },
  },
  'who is wanted comes earlier in the same batch': {
    nodes: FOUR,
    pods: {
      db: app('db', { priority: 1, spec: { nodeSelector: { host: 'b2' } } }),
      p: { spec: near(term('db')) },
    },
    expected: { db: 'b2', p: 'b1' },
  },
  'a pod stays away from what it must be away from': {
    nodes: FOUR,
    running: { a1: { web: app('web') } },
    pods: { p: app('web', { spec: away(term('web')) }), q: app('web', { spec: away(term('web')) }) },
    expected: { p: 'b1', q: "4 node(s) didn't match pod anti-affinity rules" },
  },
  'a node without the label is away from everything': {
    nodes: { plain: {}, a1: inZone('a', 'a1') },
    running: { plain: { web: app('web') }, a1: { web2: app('web') } },
    pods: { p: { spec: away(term('web')) } },
    expected: { p: 'plain' },
  },
  'who is there already is not disturbed by whom he must be away from': {
    nodes: FOUR,
    running: { a1: { shy: app('shy', { spec: away(term('web')) }) } },
    pods: {
      web: app('web', { spec: { nodeSelector: { zone: 'a' } } }),
      db: app('db', { spec: { nodeSelector: { zone: 'a' } } }),
    },
    expected: {
      web: "2 node(s) didn't match Pod's node affinity/selector, 2 node(s) didn't satisfy existing pods anti-affinity rules",
      db: 'a2',
    },
  },
  'other namespaces do not count unless they are named': {
    nodes: FOUR,
    running: { a1: { db: app('db', { namespace: 'other' }) } },
    pods: {
      own: { spec: near(term('db')) },
      named: { spec: near(term('db', ZONE, { namespaces: ['other'] })) },
    },
    expected: { own: "4 node(s) didn't match pod affinity rules", named: 'a2' },
  },
  'namespaces are also found by their labels, and all of them by an empty selector': {
    nodes: FOUR,
    namespaces: { other: { team: 'x' }, default: {} },
    running: { a1: { db: app('db', { namespace: 'other' }) } },
    pods: {
      all: { spec: near(term('db', ZONE, { namespaceSelector: {} })) },
      team: { spec: near(term('db', ZONE, { namespaceSelector: { matchLabels: { team: 'x' } } })) },
      none: { spec: near(term('db', ZONE, { namespaceSelector: { matchLabels: { team: 'y' } } })) },
    },
    // The second goes where the first is not: both state no requests.
    expected: { all: 'a2', team: 'a1', none: "4 node(s) didn't match pod affinity rules" },
  },
  'matchLabelKeys mean pods of the same value, mismatchLabelKeys of another': {
    nodes: FOUR,
    running: {
      a1: { old: { labels: { app: 'web', hash: '1' } } },
      b1: { new: { labels: { app: 'web', hash: '2' } } },
    },
    pods: {
      same: {
        labels: { app: 'web', hash: '2' },
        spec: near(term('web', ZONE, { matchLabelKeys: ['hash'] })),
      },
      other: {
        labels: { app: 'x', hash: '2' },
        spec: near(term('web', ZONE, { mismatchLabelKeys: ['hash'] })),
      },
    },
    expected: { same: 'b2', other: 'a2' },
  },
  'a term without a selector means nobody': {
    nodes: { a1: inZone('a', 'a1') },
    running: { a1: { web: app('web') } },
    pods: {
      near: { spec: near({ topologyKey: ZONE }) },
      away: { spec: away({ topologyKey: ZONE }) },
    },
    expected: { near: "1 node(s) didn't match pod affinity rules", away: 'a1' },
  },
  'what is preferred decides between nodes that fit': {
    nodes: FOUR,
    running: { b1: { db: app('db') } },
    pods: { near: { spec: ratherNear('db') }, away: { spec: ratherAway('db') } },
    expected: { near: 'b2', away: 'a1' },
  },
  'the preferences of who is there already count too': {
    nodes: FOUR,
    running: {
      b1: { fan: app('fan', { spec: ratherNear('db') }) },
      a1: { shy: app('shy', { spec: ratherAway('web') }) },
    },
    pods: { db: app('db'), web: app('web') },
    expected: { db: 'b2', web: 'b1' },
  },
  'pods that cannot stand each other make room by priority': {
    nodes: { a1: inZone('a', 'a1') },
    running: { a1: { web: app('web'), shy: app('shy', { spec: away(term('db')) }), other: {} } },
    pods: { p: app('db', { priority: 10, spec: away(term('web')) }) },
    expected: { p: '-> a1: shy, web' },
  },
  'nobody goes whom a pod must be near to': {
    nodes: { a1: inZone('a', 'a1') },
    running: { a1: { db: app('db', { cpu: '4' }) } },
    pods: { p: { cpu: '1', priority: 10, spec: near(term('db')) } },
    expected: { p: '1 Insufficient cpu' },
  },
  'nobody can count on being near to a pod that only waits for its room': {
    nodes: { a1: inZone('a', 'a1') },
    waiting: { db: { ...app('db', { priority: 10 }), nominatedTo: 'a1' } },
    pods: { p: { spec: near(term('db')) } },
    expected: { p: "1 node(s) didn't match pod affinity rules" },
  },
  'nobody comes near to a node where room is being made for a pod that he cannot stand': {
    nodes: { a1: inZone('a', 'a1', { pods: '0' }), a2: inZone('a', 'a2'), plain: {} },
    waiting: {
      db: { ...app('db', { priority: 10 }), nominatedTo: 'a1' },
      shy: { ...app('shy', { priority: 10, spec: away(term('web')) }), nominatedTo: 'a1' },
    },
    pods: { p: { spec: away(term('db')) }, web: app('web'), other: {} },
    expected: { p: 'plain', web: 'plain', other: 'a2' },
  },

  'pods are spread over places': {
    nodes: FOUR,
    running: { a1: { w1: app('web') } },
    pods: {
      p: app('web', { spec: spread() }),
      q: app('web', { spec: spread() }),
      r: app('web', { spec: spread() }),
    },
    expected: { p: 'b1', q: 'a2', r: 'b2' },
  },
  'a place may be ahead by maxSkew and no more': {
    nodes: { a1: inZone('a', 'a1'), b1: inZone('b', 'b1', { pods: '0' }) },
    pods: {
      p: app('web', { spec: spread({ maxSkew: 2 }) }),
      q: app('web', { spec: spread({ maxSkew: 2 }) }),
      r: app('web', { spec: spread({ maxSkew: 2 }) }),
    },
    expected: {
      p: 'a1',
      q: 'a1',
      r: "1 Too many pods, 1 node(s) didn't match pod topology spread constraints",
    },
  },
  'a node without the label is in no place to spread over': {
    nodes: { plain: {} },
    pods: { p: app('web', { spec: spread() }) },
    expected: { p: "1 node(s) didn't match pod topology spread constraints (missing required label)" },
  },
  'with fewer places than minDomains an empty one is thought of': {
    nodes: { a1: inZone('a', 'a1'), b1: inZone('b', 'b1') },
    running: { a1: { w1: app('web') }, b1: { w2: app('web') } },
    pods: {
      p: app('web', { spec: spread({ minDomains: 3 }) }),
      q: app('web', { spec: spread({ minDomains: 2 }) }),
    },
    expected: { p: "2 node(s) didn't match pod topology spread constraints", q: 'a1' },
  },
  'nodes that the pod cannot use by its node selector do not count, unless nodeAffinityPolicy is Ignore': {
    nodes: FOUR,
    running: { a1: { w1: app('web') } },
    pods: {
      honor: app('web', { spec: spread({}, { nodeSelector: { zone: 'a' } }) }),
      ignore: app('web', { spec: spread({ nodeAffinityPolicy: 'Ignore' }, { nodeSelector: { zone: 'a' } }) }),
    },
    expected: {
      honor: 'a2',
      ignore:
        "2 node(s) didn't match Pod's node affinity/selector, 2 node(s) didn't match pod topology spread constraints",
    },
  },
  'nodes with taints count, unless nodeTaintsPolicy is Honor': {
    nodes: { a1: inZone('a', 'a1'), b1: inZone('b', 'b1', { taints: [{ key: 'k', effect: 'NoSchedule' }] }) },
    running: { a1: { w1: app('web') } },
    pods: {
      honor: app('web', { spec: spread({ nodeTaintsPolicy: 'Honor' }) }),
      ignore: app('web', { spec: spread() }),
    },
    expected: {
      honor: 'a1',
      ignore: "1 node(s) didn't match pod topology spread constraints, 1 node(s) had untolerated taint {k: }",
    },
  },
  'matchLabelKeys spread each version for itself': {
    nodes: { a1: inZone('a', 'a1'), b1: inZone('b', 'b1') },
    running: {
      a1: { w1: { labels: { app: 'web', hash: '1' } } },
      b1: { w2: { labels: { app: 'web', hash: '2' } } },
    },
    pods: { p: { labels: { app: 'web', hash: '2' }, spec: spread({ matchLabelKeys: ['hash'] }) } },
    expected: { p: 'a1' },
  },
  'pods of other namespaces and pods that are ending are not counted': {
    nodes: { a1: inZone('a', 'a1'), b1: inZone('b', 'b1', { pods: '1' }) },
    running: {
      a1: { w1: app('web', { namespace: 'x' }), w2: app('web', { going: true }) },
      b1: { full: {} },
    },
    pods: { p: app('web', { spec: spread() }) },
    expected: { p: 'a1' },
  },
  'where it is only preferred, pods go where there are fewest': {
    nodes: { a1: inZone('a', 'a1'), b1: inZone('b', 'b1', { cpu: '1' }) },
    running: { a1: { w1: app('web', { cpu: '1' }) } },
    pods: {
      p: app('web', { cpu: '1', spec: spread({ whenUnsatisfiable: 'ScheduleAnyway' }) }),
      q: app('web', { cpu: '1', spec: spread({ whenUnsatisfiable: 'ScheduleAnyway' }) }),
      r: app('web', { cpu: '1', spec: spread({ whenUnsatisfiable: 'ScheduleAnyway' }) }),
    },
    expected: { p: 'b1', q: 'a1', r: 'a1' },
  },
  'more go than the resources ask for, where the spread would not be kept': {
    nodes: { a1: inZone('a', 'a1', { cpu: '10' }), b1: inZone('b', 'b1', { cpu: '10' }) },
    running: {
      a1: { high: app('web', { cpu: '9', priority: 1_000 }) },
      b1: {
        'low-1': app('web', { cpu: '3', startedAt: '2026-01-01T00:00:01Z' }),
        'low-2': app('web', { cpu: '3', startedAt: '2026-01-01T00:00:02Z' }),
        'low-3': app('web', { cpu: '3', startedAt: '2026-01-01T00:00:03Z' }),
      },
    },
    pods: { medium: app('web', { cpu: '3', priority: 100, spec: spread() }) },
    expected: { medium: '-> b1: low-2, low-3' },
  },
};

function outcome(scene: Arrangement): Readonly<Record<string, string>> {
  const { assignments, rejections } = plan(arrange(scene));
  const placed = assignments.map(({ pod, nodeName }) => [pod.name, nodeName]);
  const rejected = rejections.map(({ pod, room, message }) => [
    pod.name,
    room
      ? `-> ${room.nodeName}: ${room.victims.map(({ name }) => name).join(', ')}`
      : message.replace(/^.* available: (.*)\.$/, '$1'),
  ]);
  return Object.fromEntries([...placed, ...rejected]);
}

describe('pods that care where others are', () => {
  for (const [sentence, scene] of Object.entries(cases)) {
    test(sentence, () => assert.deepEqual(outcome(scene), scene.expected));
  }
});
