import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Arrangement, arrange } from '../testing/arrange.ts';
import type { PodShape } from '../testing/objects.ts';
import { plan } from './plan.ts';

interface Case extends Arrangement {
  /**
   * A node: placed there; `-> a: x, y`: room is being made on a, for which x and y have to go; '': it fits nowhere,
   * whoever goes.
   */
  readonly expected: Readonly<Record<string, string>>;
  readonly withdrawn?: readonly string[];
}

const BIG: PodShape = { cpu: '4' };
const high = (shape: PodShape = BIG): PodShape => ({ priority: 1_000, ...shape });
const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;

const cases: Readonly<Record<string, Case>> = {
  'a pod of lower priority makes room': {
    nodes: { a: {} },
    running: { a: { low: { cpu: '3' } } },
    pods: { p: high() },
    expected: { p: '-> a: low' },
  },
  'pods of the same or a higher priority stay': {
    nodes: { a: {}, b: {} },
    running: { a: { same: { ...BIG, priority: 1_000 } }, b: { higher: { ...BIG, priority: 2_000 } } },
    pods: { p: high() },
    expected: { p: '' },
  },
  'nobody goes where the pod fits somewhere as it is': {
    nodes: { a: {}, b: {} },
    running: { a: { low: BIG } },
    pods: { p: high() },
    expected: { p: 'b' },
  },
  'nobody goes where it would not help': {
    nodes: {
      a: {},
      small: { cpu: '2' },
      tainted: { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] },
    },
    running: {
      a: { low: { cpu: '1' }, same: { cpu: '1', priority: 1_000 } },
      small: { 'low-2': { cpu: '2' } },
      tainted: { 'low-3': BIG },
    },
    pods: { p: high() },
    expected: { p: '' },
  },
  'a pod that says preemptionPolicy Never waits': {
    nodes: { a: {} },
    running: { a: { low: BIG } },
    pods: { p: high({ ...BIG, spec: { preemptionPolicy: 'Never' } }) },
    expected: { p: '' },
  },
  'only as many go as have to, the least important first': {
    nodes: { a: {} },
    running: {
      a: {
        low: { cpu: '1', priority: 1 },
        lower: { cpu: '1', priority: 0 },
        middle: { cpu: '1', priority: 5 },
        late: { cpu: '1', priority: 1, startedAt: at(9) },
      },
    },
    pods: { p: high({ cpu: '2' }) },
    expected: { p: '-> a: low, lower' },
  },
  'of the same priority the one that started first stays': {
    nodes: { a: {} },
    running: { a: { late: { cpu: '2', startedAt: at(9) }, early: { cpu: '2', startedAt: at(1) } } },
    pods: { p: high({ cpu: '2' }) },
    expected: { p: '-> a: late' },
  },
  'a pod whose budget would be broken stays if another can go': {
    nodes: { a: {} },
    running: {
      a: {
        kept: { cpu: '2', labels: { app: 'kept' } },
        other: { cpu: '2', priority: 5, labels: { app: 'other' } },
      },
    },
    budgets: [{ app: 'kept', allowed: 0 }],
    pods: { p: high({ cpu: '2' }) },
    expected: { p: '-> a: other' },
  },
  'a budget holds for as many as it allows': {
    nodes: { a: {}, b: {} },
    running: {
      a: { a1: { cpu: '2', labels: { app: 'web' } }, a2: { cpu: '2', labels: { app: 'web' } } },
      b: { b1: { cpu: '4', priority: 5 } },
    },
    budgets: [{ app: 'web', allowed: 1 }],
    pods: { p: high(), q: high({ cpu: '2' }) },
    // a2, the second to go, would break it: it is taken back before a1, which would not.
    expected: { p: '-> b: b1', q: '-> a: a1' },
  },
  'a pod that a budget has counted already does not break it': {
    nodes: { a: {}, b: {} },
    running: {
      a: { a1: { ...BIG, labels: { app: 'web' } } },
      b: { b1: { ...BIG, priority: 5 } },
    },
    budgets: [{ app: 'web', allowed: 0, disrupted: ['a1'] }],
    pods: { p: high() },
    expected: { p: '-> a: a1' },
  },
  'a budget is broken where nothing else helps': {
    nodes: { a: {} },
    running: { a: { a1: { ...BIG, labels: { app: 'web' } } } },
    budgets: [{ app: 'web', allowed: 0 }],
    pods: { p: high() },
    expected: { p: '-> a: a1' },
  },
  'the node whose most important victim matters least': {
    nodes: { a: {}, b: {} },
    running: {
      a: { a1: { cpu: '1', priority: 5 } },
      b: { b1: { cpu: '1', priority: 4 }, b2: { cpu: '1', priority: 4 }, b3: { cpu: '1', priority: 4 } },
    },
    pods: { p: high() },
    expected: { p: '-> b: b1, b2, b3' },
  },
  'then the one with the lowest sum of priorities, which is fewer victims': {
    nodes: { a: {}, b: {}, c: {} },
    running: {
      a: { a1: { cpu: '2', priority: 5 }, a2: { cpu: '2', priority: -5 } },
      b: { b1: { cpu: '2', priority: 5 }, b2: { cpu: '2', priority: -6 } },
      c: { c1: { cpu: '2', priority: 5 }, c2: { cpu: '1', priority: -6 }, c3: { cpu: '1', priority: -6 } },
    },
    pods: { p: high() },
    expected: { p: '-> b: b1, b2' },
  },
  'then the one whose most important victim started last': {
    nodes: { a: {}, b: {} },
    running: { a: { a1: { ...BIG, startedAt: at(1) } }, b: { b1: { ...BIG, startedAt: at(2) } } },
    pods: { p: high() },
    expected: { p: '-> b: b1' },
  },
  'then the first by name': {
    nodes: { b: {}, a: {} },
    running: { a: { a1: BIG }, b: { b1: BIG } },
    pods: { p: high() },
    expected: { p: '-> a: a1' },
  },
  'a host port is made free': {
    nodes: { a: {} },
    running: { a: { low: { spec: hostPort(80) }, other: { spec: hostPort(81) } } },
    pods: { p: high({ spec: hostPort(80) }) },
    expected: { p: '-> a: low' },
  },
  'a place among the pods of a node is made free': {
    nodes: { a: { pods: '2' } },
    running: { a: { low: {}, lower: { priority: -1 } } },
    pods: { p: high({}) },
    expected: { p: '-> a: lower' },
  },
  'a pod that is ending already makes the room, and nobody else has to': {
    nodes: { a: {}, b: {} },
    running: { a: { low: { ...BIG, priority: 9, going: true } }, b: { low2: BIG } },
    pods: { p: high() },
    expected: { p: '-> a: ' },
  },
  'while its victims end a pod waits for them': {
    nodes: { a: {}, b: {} },
    running: { a: { low: { ...BIG, going: true } }, b: { low2: { ...BIG, priority: -9 } } },
    pods: { p: high() },
    nominated: { p: 'a' },
    expected: { p: '-> a: ' },
  },
  'half of the victims having been asked, the other half is': {
    nodes: { a: {}, b: {} },
    running: { a: { a1: { cpu: '2', going: true }, a2: { cpu: '2', priority: 9 } }, b: { b1: BIG } },
    pods: { p: high() },
    nominated: { p: 'a' },
    expected: { p: '-> a: a2' },
  },
  'a pod goes to the node where room was made for it': {
    nodes: { a: {}, b: {} },
    running: { a: { other: { cpu: '3' } } },
    pods: { p: high({ cpu: '1' }) },
    nominated: { p: 'b' },
    expected: { p: 'b' },
  },
  'the room that is being made is not given to pods of the same or of lower priority': {
    nodes: { a: {} },
    waiting: { first: { ...high({ cpu: '3' }), nominatedTo: 'a' } },
    pods: { same: high({ cpu: '2' }), low: { cpu: '2' }, fits: { cpu: '1' } },
    expected: { same: '', low: '', fits: 'a' },
  },
  'a pod of higher priority takes the room that is being made for another': {
    nodes: { a: {} },
    running: { a: { low: { ...BIG, going: true } } },
    waiting: { middle: { ...BIG, priority: 10, nominatedTo: 'a' } },
    pods: { p: high() },
    expected: { p: '-> a: ' },
    withdrawn: ['middle'],
  },
  'room that was made for both is not taken from the one of lower priority': {
    nodes: { a: {}, b: {} },
    running: { a: { low: { ...BIG, going: true } }, b: { other: { ...BIG, going: true } } },
    pods: { p: high({ cpu: '2' }), middle: { cpu: '2', priority: 10 } },
    nominated: { p: 'b', middle: 'b' },
    expected: { p: '-> b: ', middle: '-> b: ' },
  },
  'two pods of one batch do not count on the same victims': {
    nodes: { a: {}, b: {} },
    running: { a: { a1: BIG }, b: { b1: BIG } },
    pods: { p: high(), q: high(), r: high() },
    expected: { p: '-> a: a1', q: '-> b: b1', r: '' },
  },
  'what is less urgent in the batch finds room only where none is being made': {
    nodes: { a: {} },
    running: { a: { low: { cpu: '3' } } },
    pods: { p: high(), small: { cpu: '1' } },
    expected: { p: '-> a: low', small: '' },
  },
};

function hostPort(port: number): PodShape['spec'] {
  return { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: port }] }] };
}

/** As `Case.expected`. */
function outcome(input: ReturnType<typeof arrange>): Pick<Case, 'expected' | 'withdrawn'> {
  const { assignments, rejections, withdrawals } = plan(input);
  const placed = assignments.map(({ pod, nodeName }) => [pod.name, nodeName]);
  const rejected = rejections.map(({ pod, room }) => [
    pod.name,
    room ? `-> ${room.nodeName}: ${room.victims.map(({ name }) => name).join(', ')}` : '',
  ]);
  return {
    expected: Object.fromEntries([...placed, ...rejected]),
    withdrawn: withdrawals.map(({ name }) => name),
  };
}

describe('making room', () => {
  for (const [sentence, scene] of Object.entries(cases)) {
    test(sentence, () => {
      const { expected, withdrawn = [] } = scene;
      assert.deepEqual(outcome(arrange(scene)), { expected, withdrawn });
    });
  }

  test('a pod that may not ask others to go says so', () => {
    const polite = high({ ...BIG, spec: { preemptionPolicy: 'Never' } });
    const input = arrange({ nodes: { a: {} }, running: { a: { low: BIG } }, pods: { polite } });
    assert.deepEqual(
      plan(input).rejections.map(({ message }) => message),
      [
        '0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
      ],
    );
  });

  test('why it is there is a sentence', () => {
    const because = (scene: Arrangement) => plan(arrange(scene)).rejections.map(({ room }) => room?.because);
    const running = { a: { a1: { cpu: '2', labels: { app: 'web' } }, a2: { cpu: '2' } } };
    const scene: Arrangement = { nodes: { a: {} }, running, pods: { p: high() } };
    assert.deepEqual(because(scene), [
      '2 pods of lower priority go from a, the only node where that makes room',
    ]);
    assert.deepEqual(because({ ...scene, budgets: [{ app: 'web', allowed: 0 }] }), [
      '2 pods of lower priority go from a, the only node where that makes room, 1 of them against its disruption budget',
    ]);
    assert.deepEqual(because({ ...scene, running: { a: { a1: { ...BIG, going: true } } } }), [
      'pods of lower priority are ending on a, and then it fits there',
    ]);
  });
});
