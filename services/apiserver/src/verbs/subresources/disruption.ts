/**
 * Whether a PodDisruptionBudget lets a pod be evicted (Kubernetes: "API-initiated eviction"; KEP-3017 for pods that
 * are not ready). What an eviction takes from a budget is written in the same transaction as the end of its pod, so
 * that no two evictions can spend the same allowance.
 */
import {
  ApiError,
  isArray,
  isObject,
  isPodReady,
  type LabelSelectorObject,
  labelSelectorOf,
  rfc3339,
  setCondition,
} from '@reckon/api';
import type { Preparation } from '../env.ts';
import { PLAIN, type PlannedWrite, updateOf } from '../plan.ts';
import type { Current } from '../state.ts';
import type { KubeObject } from '../types.ts';

const BUDGETS = 'poddisruptionbudgets.policy';
/** More evictions that the controller has not confirmed would make the budget too large. */
const MAX_UNCONFIRMED = 2_000;
/** Until the controller has certainly looked at a budget. */
const RETRY_SECONDS = 10;

/** What is written with the eviction; throws TooManyRequests if the budget forbids it. */
export function budgetWrites(preparation: Preparation, pod: KubeObject): readonly PlannedWrite[] {
  if (needsNoBudget(pod)) return [];
  const [budget, ...others] = budgetsOf(preparation, pod);
  if (!budget) return [];
  if (others.length > 0) {
    throw new ApiError(
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  if (!isPodReady(podLike(pod)) && mayGoUnready(budget.value)) return [];
  return [updateOf({ current: budget, object: spent(preparation, budget.value, pod), traits: PLAIN })];
}

/** Nothing that runs is disrupted. */
function needsNoBudget({ metadata, status }: KubeObject): boolean {
  const phase = isObject(status) ? status.phase : undefined;
  return (
    metadata.deletionTimestamp !== undefined ||
    phase === 'Succeeded' ||
    phase === 'Failed' ||
    phase === 'Pending'
  );
}

function budgetsOf({ env, state }: Preparation, pod: KubeObject): readonly Current[] {
  const namespace = pod.metadata.namespace ?? '';
  const everything = {
    namespace,
    name: undefined,
    path: undefined,
    everything: true,
    matches: () => true,
    equalities: [],
    term: '',
  };
  const { items } = env.cache.resource(BUDGETS).list(everything, '', 0);
  return items
    .map(({ key }) => state.get(key))
    .filter((budget) => budget !== undefined)
    .filter(({ value }) => selects(value, pod));
}

/** An absent selector matches nothing, an empty one every pod of the namespace. */
function selects({ spec }: KubeObject, pod: KubeObject): boolean {
  const selector = isObject(spec) ? spec.selector : undefined;
  if (!isObject(selector)) return false;
  return labelSelectorOf(selector as LabelSelectorObject).matches(pod.metadata.labels);
}

function podLike({ metadata, status }: KubeObject) {
  const conditions = isObject(status) && isArray(status.conditions) ? status.conditions : [];
  return { metadata, status: { conditions: conditions.filter(isObject) } };
}

/** A pod that is not ready protects nobody: it may go if the budget says always, or if the others are enough. */
function mayGoUnready({ spec, status }: KubeObject): boolean {
  const policy = isObject(spec) ? spec.unhealthyPodEvictionPolicy : undefined;
  if (policy === 'AlwaysAllow') return true;
  const desired = numberIn(status, 'desiredHealthy');
  return desired > 0 && numberIn(status, 'currentHealthy') >= desired;
}

/** The budget after the eviction. */
function spent({ nowMs }: Preparation, budget: KubeObject, pod: KubeObject): KubeObject {
  const { metadata } = budget;
  const status = isObject(budget.status) ? budget.status : {};
  const allowed = numberIn(status, 'disruptionsAllowed');
  const disrupted = isObject(status.disruptedPods) ? status.disruptedPods : {};
  if (numberIn(status, 'observedGeneration') < (metadata.generation ?? 0)) {
    throw tooMany(
      `The disruption budget ${metadata.name} is still being processed by the server.`,
      RETRY_SECONDS,
    );
  }
  if (allowed < 0) throw refusedBy(budget, 'pdb disruptions allowed is negative');
  if (Object.keys(disrupted).length > MAX_UNCONFIRMED) {
    throw refusedBy(budget, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  }
  if (allowed === 0) throw tooMany(exhausted(budget));
  const now = rfc3339(nowMs);
  const conditions = isArray(status.conditions) ? status.conditions.filter(isObject) : [];
  const none = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    observedGeneration: numberIn(status, 'observedGeneration'),
  };
  return {
    ...budget,
    status: {
      ...status,
      disruptionsAllowed: allowed - 1,
      disruptedPods: { ...disrupted, [pod.metadata.name ?? '']: now },
      ...(allowed === 1 ? { conditions: setCondition(conditions, none, now) } : {}),
    },
  };
}

function exhausted({ metadata, status }: KubeObject): string {
  const conditions = isObject(status) && isArray(status.conditions) ? status.conditions.filter(isObject) : [];
  const failed = conditions.find(
    ({ type, reason }) => type === 'DisruptionAllowed' && reason === 'SyncFailed',
  );
  if (failed) {
    return `The disruption budget ${metadata.name} does not allow evicting pods currently because it failed sync: ${failed.message}`;
  }
  return `The disruption budget ${metadata.name} needs ${numberIn(status, 'desiredHealthy')} healthy pods and has ${numberIn(status, 'currentHealthy')} currently`;
}

/** Without a time to try again clients tell their user; with one they wait in silence. */
function tooMany(why: string, retryAfterSeconds?: number): ApiError {
  return new ApiError(
    'TooManyRequests',
    "Cannot evict pod as it would violate the pod's disruption budget.",
    {
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      causes: [{ reason: 'DisruptionBudget', message: why, field: '' }],
    },
  );
}

function refusedBy({ metadata }: KubeObject, why: string): ApiError {
  return new ApiError('Forbidden', `poddisruptionbudgets.policy "${metadata.name}" is forbidden: ${why}`, {
    name: metadata.name,
    group: 'policy',
    kind: 'poddisruptionbudgets',
  });
}

function numberIn(fields: unknown, name: string): number {
  const value = isObject(fields) ? fields[name] : undefined;
  return typeof value === 'number' ? value : 0;
}
