/** What a PodDisruptionBudget allows at the moment: the API server takes from it with each eviction (KEP-85). */
import { isPodReady, rfc3339, scaledValue, setCondition } from '@reckon/api';
import { type Action, type Frozen, type Plan, type PlanInput, POD_DISRUPTION_BUDGETS } from '@reckon/client';
import type { Condition } from '@reckon/proto/reckon/api/meta/v1/meta.ts';
import type { PodDisruptionBudgetStatus } from '@reckon/proto/reckon/api/policy/v1/pod_disruption_budget.ts';
import type { StoredPodDisruptionBudget } from '../resources.ts';
import type { DisruptionDesired, DisruptionObserved } from './types.ts';

/** An evicted pod that is still there after so long was not deleted after all. */
const DELETION_MS = 120_000;

interface Demand {
  readonly expected: number;
  readonly healthy: number;
}

export function planDisruption({
  desired: budget,
  observed,
  now: nowMs,
}: PlanInput<DisruptionDesired, DisruptionObserved>): Plan {
  const demand = demandOf(budget, observed);
  const status =
    typeof demand === 'string'
      ? failedStatus(budget, demand, nowMs)
      : budgetStatus(budget, observed, { demand, nowMs });
  const pending = Object.values(status.disruptedPods ?? {}).map((time) => Date.parse(time) + DELETION_MS);
  return {
    actions:
      typeof demand === 'string'
        ? [
            warning(
              budget,
              'CalculateExpectedPodCountFailed',
              `Failed to calculate the number of expected pods: ${demand}`,
            ),
          ]
        : unmanaged(budget, observed),
    status: {
      resource: POD_DISRUPTION_BUDGETS,
      object: budget,
      status,
      because: `${status.currentHealthy ?? 0} of ${status.expectedPods ?? 0} pods are healthy and ${status.desiredHealthy ?? 0} must be`,
    },
    wakeAtMs: pending.length > 0 ? Math.min(...pending) : undefined,
  };
}

/** How many pods there should be, and how many of them healthy; a sentence if that cannot be said. */
function demandOf({ spec }: StoredPodDisruptionBudget, observed: DisruptionObserved): Demand | string {
  const { pods, scale, unknown } = observed;
  const { maxUnavailable, minAvailable } = spec ?? {};
  if (maxUnavailable !== undefined) {
    if (unknown) return unknown;
    return { expected: scale, healthy: Math.max(0, scale - scaledValue(maxUnavailable, scale, 'up')) };
  }
  if (minAvailable === undefined) return { expected: pods.length, healthy: 0 };
  if (typeof minAvailable === 'number') return { expected: pods.length, healthy: minAvailable };
  return unknown ?? { expected: scale, healthy: scaledValue(minAvailable, scale, 'up') };
}

function budgetStatus(
  budget: StoredPodDisruptionBudget,
  { pods }: DisruptionObserved,
  { demand, nowMs }: { readonly demand: Demand; readonly nowMs: number },
): Frozen<PodDisruptionBudgetStatus> {
  const going = new Map(
    pods
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(({ metadata }) => [metadata.name, budget.status?.disruptedPods?.[metadata.name]] as const)
      .filter((entry): entry is readonly [string, string] => entry[1] !== undefined)
      .filter(([, time]) => Date.parse(time) + DELETION_MS > nowMs),
  );
  const healthy = pods.filter(
    (pod) => !pod.metadata.deletionTimestamp && !going.has(pod.metadata.name) && isPodReady(pod),
  ).length;
  const allowed = demand.expected > 0 ? Math.max(0, healthy - demand.healthy) : 0;
  const [status, reason] = allowed > 0 ? ['True', 'SufficientPods'] : ['False', 'InsufficientPods'];
  return {
    observedGeneration: budget.metadata.generation,
    ...(going.size > 0 ? { disruptedPods: Object.fromEntries(going) } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: demand.healthy,
    expectedPods: demand.expected,
    conditions: conditionsOf(budget, { status, reason, message: '' }, nowMs),
  };
}

/** Where nothing can be said nothing is allowed. */
function failedStatus(
  budget: StoredPodDisruptionBudget,
  message: string,
  nowMs: number,
): Frozen<PodDisruptionBudgetStatus> {
  return {
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
    ...budget.status,
    disruptionsAllowed: 0,
    conditions: conditionsOf(
      budget,
      {
        status: 'False',
        reason: 'SyncFailed',
        message,
        observedGeneration: budget.status?.observedGeneration,
      },
      nowMs,
    ),
  };
}

function conditionsOf(
  { status, metadata }: StoredPodDisruptionBudget,
  next: {
    readonly status: string | undefined;
    readonly reason: string | undefined;
    readonly message: string;
    readonly observedGeneration?: number | undefined;
  },
  nowMs: number,
): readonly Frozen<Condition>[] {
  const condition = { type: 'DisruptionAllowed', observedGeneration: metadata.generation, ...next };
  return setCondition<Frozen<Condition>>(status?.conditions, condition, rfc3339(nowMs));
}

function unmanaged(budget: StoredPodDisruptionBudget, observed: DisruptionObserved): readonly Action[] {
  const { maxUnavailable, minAvailable } = budget.spec ?? {};
  if (observed.unmanaged.length === 0 || (maxUnavailable === undefined && typeof minAvailable !== 'string')) {
    return [];
  }
  const message = `Pods selected by this PodDisruptionBudget have no controller that says how many there shall be (${observed.unmanaged.slice(0, 3).join(', ')}); they cannot be counted. Set minAvailable to a number`;
  return [warning(budget, 'UnmanagedPods', message)];
}

function warning(regarding: StoredPodDisruptionBudget, reason: string, message: string): Action {
  return { type: 'event', event: { regarding, type: 'Warning', reason, message } };
}
