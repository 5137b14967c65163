import { type Condition, findCondition, isConditionTrue } from './condition.ts';

/** As much of a Pod as readiness needs. */
export interface PodLike {
  readonly metadata: { readonly deletionTimestamp?: string | undefined };
  readonly status?:
    | {
        readonly phase?: string | undefined;
        readonly conditions?: readonly Condition[] | undefined;
      }
    | undefined;
}

export function isPodReady(pod: PodLike): boolean {
  return isConditionTrue(pod.status?.conditions, 'Ready');
}

/** Ready for at least `minReadySeconds` without a break. */
export function isPodAvailable(pod: PodLike, minReadySeconds: number, nowMs: number): boolean {
  return isPodReady(pod) && (podAvailableAtMs(pod, minReadySeconds) ?? Number.POSITIVE_INFINITY) <= nowMs;
}

/** When a ready pod becomes (or became) available; undefined if it is not ready. */
export function podAvailableAtMs(pod: PodLike, minReadySeconds: number): number | undefined {
  const ready = findCondition(pod.status?.conditions, 'Ready');
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds === 0) return Number.NEGATIVE_INFINITY;
  const since = Date.parse(ready.lastTransitionTime ?? '');
  return Number.isNaN(since) ? undefined : since + minReadySeconds * 1_000;
}

/** Succeeded or Failed: its containers will not run again. */
export function isPodFinished(pod: PodLike): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Neither finished nor being deleted: what a controller counts as one of its own. */
export function isPodActive(pod: PodLike): boolean {
  return !isPodFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}
