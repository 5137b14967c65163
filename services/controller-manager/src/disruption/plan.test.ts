import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rfc3339 } from '@reckon/api';
import type {
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
} from '@reckon/proto/reckon/api/policy/v1/pod_disruption_budget.ts';
import fc from 'fast-check';
import { NOW_MS, pod, stored } from '../testing/objects.ts';
import { planDisruption } from './plan.ts';
import type { DisruptionObserved } from './types.ts';

function plan(
  spec: PodDisruptionBudgetSpec,
  observed: Partial<DisruptionObserved>,
  status: PodDisruptionBudgetStatus = {},
) {
  const desired = stored({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec,
    status,
  });
  const complete = { pods: [], scale: 0, unmanaged: [], unknown: undefined, ...observed };
  const made = planDisruption({ desired, observed: complete, now: NOW_MS, failures: [] });
  return {
    status: made.status?.status as PodDisruptionBudgetStatus,
    events: made.actions.map((action) => (action.type === 'event' ? action.event.reason : action.type)),
    wakeAtMs: made.wakeAtMs,
  };
}

const pods = (ready: number, unready = 0) =>
  Array.from({ length: ready + unready }, (_, i) => pod({ name: `p${i}`, ready: i < ready }));

function counts({
  disruptionsAllowed,
  currentHealthy,
  desiredHealthy,
  expectedPods,
}: PodDisruptionBudgetStatus) {
  return [disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods];
}

describe('a PodDisruptionBudget', () => {
  const cases: readonly (readonly [
    string,
    PodDisruptionBudgetSpec,
    Partial<DisruptionObserved>,
    readonly number[],
  ])[] = [
    ['a number that must be there', { minAvailable: 2 }, { pods: pods(3) }, [1, 3, 2, 3]],
    [
      'a share that must be there, rounded up',
      { minAvailable: '50%' },
      { pods: pods(5), scale: 5 },
      [2, 5, 3, 5],
    ],
    ['a number that may be missing', { maxUnavailable: 1 }, { pods: pods(3), scale: 3 }, [1, 3, 2, 3]],
    [
      'a share that may be missing, rounded up',
      { maxUnavailable: '30%' },
      { pods: pods(4), scale: 4 },
      [2, 4, 2, 4],
    ],
    ['pods that are not ready', { maxUnavailable: 1 }, { pods: pods(2, 1), scale: 3 }, [0, 2, 2, 3]],
    ['pods that are still to be made', { maxUnavailable: 1 }, { pods: pods(2), scale: 4 }, [0, 2, 3, 4]],
    ['no pods at all', { minAvailable: 0 }, {}, [0, 0, 0, 0]],
  ];
  for (const [sentence, spec, observed, expected] of cases) {
    it(`counts ${sentence}`, () => assert.deepEqual(counts(plan(spec, observed).status), expected));
  }

  it('says in its condition whether it allows anything', () => {
    const [condition] = plan({ minAvailable: 1 }, { pods: pods(2) }).status.conditions ?? [];
    assert.deepEqual(
      [condition?.type, condition?.status, condition?.reason],
      ['DisruptionAllowed', 'True', 'SufficientPods'],
    );
    const [none] = plan({ minAvailable: 2 }, { pods: pods(2) }).status.conditions ?? [];
    assert.equal(none?.reason, 'InsufficientPods');
  });

  it('does not count a pod that is being evicted, until it must be seen that it was not', () => {
    const evicted = { disruptedPods: { p0: rfc3339(NOW_MS - 60_000), gone: rfc3339(NOW_MS) } };
    const { status, wakeAtMs } = plan({ minAvailable: 1 }, { pods: pods(3) }, evicted);
    assert.deepEqual([counts(status), wakeAtMs], [[1, 2, 1, 3], NOW_MS + 60_000]);
    assert.deepEqual(Object.keys(status.disruptedPods ?? {}), ['p0']);
    const late = plan(
      { minAvailable: 1 },
      { pods: pods(3) },
      { disruptedPods: { p0: rfc3339(NOW_MS - 120_000) } },
    );
    assert.deepEqual([late.status.disruptedPods, late.status.disruptionsAllowed], [undefined, 2]);
  });

  it('allows nothing where nobody says how many pods there shall be', () => {
    const { status, events } = plan({ maxUnavailable: 1 }, { pods: pods(3), unknown: 'found no controller' });
    assert.deepEqual([status.disruptionsAllowed, status.conditions?.[0]?.reason], [0, 'SyncFailed']);
    assert.deepEqual(events, ['CalculateExpectedPodCountFailed']);
    assert.deepEqual(plan({ maxUnavailable: 1 }, { pods: pods(3), unmanaged: ['p0'] }).events, [
      'UnmanagedPods',
    ]);
  });

  it('says in its condition, in the words of Kubernetes, why it cannot be counted', () => {
    const message = 'daemonsets.apps does not implement the scale subresource';
    const { status } = plan({ minAvailable: '50%' }, { pods: pods(3), unknown: message });
    const [condition] = status.conditions ?? [];
    assert.deepEqual(
      [condition?.type, condition?.status, condition?.reason, condition?.message],
      ['DisruptionAllowed', 'False', 'SyncFailed', message],
    );
    const counted = plan({ minAvailable: 2 }, { pods: pods(3), unknown: message });
    assert.equal(counted.status.disruptionsAllowed, 1, 'a number needs no scale');
  });

  it('never allows more than keeps as many healthy as must be, and plans the same again', () => {
    fc.assert(
      fc.property(fc.nat(8), fc.nat(4), fc.nat(8), (ready, unready, minAvailable) => {
        const list = pods(ready, unready);
        const { status } = plan({ minAvailable }, { pods: list });
        assert.ok((status.disruptionsAllowed ?? 0) <= Math.max(0, ready - minAvailable));
        assert.deepEqual(plan({ minAvailable }, { pods: [...list].reverse() }, status).status, status);
      }),
    );
  });
});
