import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rfc3339 } from '@reckon/api';
import type { Stored } from '@reckon/client';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import fc from 'fast-check';
import { CREATED, NOW_MS, stored } from '../testing/objects.ts';
import { planZone } from './evict-zone.ts';
import { evictionPeriodMs, zoneState } from './zones.ts';

interface Traits {
  readonly ready?: string;
  /** Its pods have been driven away since so many seconds. */
  readonly drivenForS?: number;
}

function node(name: string, { ready = 'True', drivenForS }: Traits = {}): Stored<Node> {
  const taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' };
  const taints =
    drivenForS === undefined ? [] : [{ ...taint, timeAdded: rfc3339(NOW_MS - drivenForS * 1_000) }];
  return stored<Node>({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, namespace: '' },
    spec: { taints },
    status: { conditions: [{ type: 'Ready', status: ready, lastTransitionTime: CREATED }] },
  });
}

const many = (count: number, from: string, traits: Traits = {}) =>
  Array.from({ length: count }, (_, i) => node(`${from}${String(i).padStart(2, '0')}`, traits));
const LOST = { ready: 'Unknown' };

function plan(nodes: readonly Stored<Node>[], allDisrupted = false) {
  const { actions, wakeAtMs } = planZone({
    desired: '/',
    observed: { nodes, allDisrupted },
    now: NOW_MS,
    failures: [],
  });
  const taintsOf = (value: object) => Reflect.get(value, 'spec') as { taints: readonly object[] | null };
  return {
    actions: actions.map((action) =>
      action.type === 'patch' && action.patch.type === 'merge'
        ? `${taintsOf(action.patch.value).taints === null ? 'spare' : 'drive'} ${action.target.name}`
        : action.type,
    ),
    wakeInS: wakeAtMs === undefined ? undefined : (wakeAtMs - NOW_MS) / 1_000,
  };
}

describe('the pods of nodes that are not ready', () => {
  const cases: readonly (readonly [string, readonly Stored<Node>[], ReturnType<typeof plan>])[] = [
    ['stay where all is well', many(3, 'a'), { actions: [], wakeInS: undefined }],
    [
      'are driven away at once from the first',
      [...many(2, 'a'), node('b', LOST)],
      { actions: ['drive b'], wakeInS: undefined },
    ],
    [
      'are driven away from one after the other',
      [...many(3, 'a'), ...many(2, 'b', LOST)],
      { actions: ['drive b00'], wakeInS: 10 },
    ],
    [
      'of the second wait for ten seconds',
      [...many(3, 'a'), node('b', { ...LOST, drivenForS: 4 }), node('c', LOST)],
      { actions: [], wakeInS: 6 },
    ],
    [
      'of the second go then',
      [...many(3, 'a'), node('b', { ...LOST, drivenForS: 10 }), node('c', LOST)],
      { actions: ['drive c'], wakeInS: undefined },
    ],
    [
      'stay where most of a small zone is lost',
      [...many(2, 'a'), ...many(3, 'b', LOST)],
      { actions: [], wakeInS: undefined },
    ],
    [
      'go slowly where most of a large zone is lost',
      [...many(20, 'a'), node('b', { ...LOST, drivenForS: 40 }), ...many(40, 'c', LOST)],
      { actions: [], wakeInS: 60 },
    ],
    [
      'go as usual where a whole zone is lost and others are not',
      many(3, 'a', LOST),
      { actions: ['drive a00'], wakeInS: 10 },
    ],
    [
      'are not held up by a time that is yet to come',
      [...many(3, 'a'), node('b', { ...LOST, drivenForS: -86_400 }), node('c', LOST)],
      { actions: ['drive c'], wakeInS: undefined },
    ],
  ];
  for (const [sentence, nodes, expected] of cases) {
    it(sentence, () => assert.deepEqual(plan(nodes), expected));
  }

  it('are left alone, all of them, where no node of the whole cluster is ready', () => {
    const nodes = [node('a', { ...LOST, drivenForS: 30 }), node('b', LOST)];
    assert.deepEqual(plan(nodes, true), { actions: ['spare a'], wakeInS: undefined });
  });

  it('are driven away from one node at most at a time, and never where the zone forbids it', () => {
    const traits = fc.record(
      { ready: fc.constantFrom('True', 'False', 'Unknown'), drivenForS: fc.integer({ min: 0, max: 120 }) },
      { requiredKeys: ['ready'] },
    );
    fc.assert(
      fc.property(fc.array(traits, { minLength: 1, maxLength: 12 }), (list) => {
        const nodes = list.map((one, i) => node(`n${i}`, one));
        const { actions } = plan(nodes);
        assert.ok(actions.length <= 1);
        const period = evictionPeriodMs(zoneState(nodes), nodes.length);
        const recent = list.some(
          ({ drivenForS }) => drivenForS !== undefined && drivenForS * 1_000 < (period ?? 0),
        );
        if (period === undefined || recent) assert.deepEqual(actions, []);
        assert.deepEqual(plan([...nodes].reverse()).actions, actions);
      }),
    );
  });
});
