import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Action, Stored } from '@reckon/client';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import fc from 'fast-check';
import { CREATED, NOW_MS, pod, stored } from '../testing/objects.ts';
import { OUT_OF_SERVICE, planPodGc } from './plan.ts';
import { planTerminated } from './terminated.ts';

function node(ready: string, taint?: string): Stored<Node> {
  return stored<Node>({
    metadata: { name: 'node-1', namespace: '' },
    spec: taint ? { taints: [{ key: taint, effect: 'NoExecute', value: 'nodeshutdown' }] } : {},
    status: { conditions: [{ type: 'Ready', status: ready }] },
  });
}

function summary(actions: readonly Action[]): readonly string[] {
  return actions.map((action) => {
    if (action.type === 'delete') return `delete ${action.target.name} ${action.gracePeriodSeconds}`;
    if (action.type !== 'patch' || action.patch.type !== 'merge') return action.type;
    const { status } = action.patch.value as { status: { phase: string; conditions: { reason?: string }[] } };
    return `${status.phase} ${status.conditions.at(-1)?.reason}`;
  });
}

const FAILED = 'Failed DeletionByPodGC';

describe('a pod that nobody else removes', () => {
  const running = pod({ name: 'a' });
  const leaving = pod({ name: 'a', deleting: true });
  const unbound = pod({ name: 'a', node: '', phase: 'Pending', deleting: true });
  const cases: readonly (readonly [string, typeof running, Stored<Node> | undefined, readonly string[]])[] = [
    ['has failed and goes when its node does not exist', running, undefined, [FAILED, 'delete a 0']],
    [
      'goes as it ended when its node does not exist',
      pod({ name: 'a', phase: 'Succeeded' }),
      undefined,
      ['delete a 0'],
    ],
    ['stays while its node is there', leaving, node('True'), []],
    ['stays on a node that is only silent', leaving, node('Unknown'), []],
    [
      'goes from a node that is out of service once it is to go',
      leaving,
      node('Unknown', OUT_OF_SERVICE),
      [FAILED, 'delete a 0'],
    ],
    [
      'stays on a node that is out of service until it is to go',
      running,
      node('Unknown', OUT_OF_SERVICE),
      [],
    ],
    ['stays on a node that was called out of service and is well', leaving, node('True', OUT_OF_SERVICE), []],
    ['goes at once if it was never bound', unbound, undefined, ['delete a 0']],
    ['stays if it waits to be bound', pod({ name: 'a', node: '', phase: 'Pending' }), undefined, []],
  ];
  for (const [sentence, desired, found, expected] of cases) {
    it(sentence, () => {
      const observed = { nodeName: desired.spec?.nodeName ?? '', node: found };
      const { actions } = planPodGc({ desired, observed, now: NOW_MS, failures: [] });
      assert.deepEqual(summary(actions), expected);
    });
  }
});

describe('pods that have ended', () => {
  const ended = (name: string, minutes: number, reason?: string) => {
    const made = pod({ name, phase: 'Failed' });
    const creationTimestamp = new Date(Date.parse(CREATED) + minutes * 60_000).toISOString();
    return { ...made, metadata: { ...made.metadata, creationTimestamp }, status: { ...made.status, reason } };
  };
  const names = (pods: readonly ReturnType<typeof ended>[], threshold: number) =>
    planTerminated(pods, threshold).actions.map((action) => action.type === 'delete' && action.target.name);

  it('stay as long as they are not too many, or for ever if nobody says how many', () => {
    const pods = [ended('a', 1), ended('b', 2)];
    assert.deepEqual([names(pods, 2), names(pods, 0)], [[], []]);
  });

  it('go when they are, evicted ones first, then the oldest', () => {
    const pods = [ended('new', 9), ended('evicted', 8, 'Evicted'), ended('old', 1), ended('older', 0)];
    assert.deepEqual(names(pods, 2), ['evicted', 'older']);
  });

  it('are as many as allowed afterwards, in whatever order they are seen', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { maxLength: 30 }),
        fc.integer({ min: 1, max: 30 }),
        (ages, threshold) => {
          const pods = ages.map((age, i) => ended(`p${i}`, age));
          const doomed = names(pods, threshold);
          assert.equal(doomed.length, Math.max(0, pods.length - threshold));
          assert.deepEqual(names(pods.toReversed(), threshold), doomed);
        },
      ),
    );
  });
});
