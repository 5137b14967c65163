/** The pods that a Job which goes on makes or takes away in this pass: the one or the other, never both. */
import type { Action } from '@reckon/client';
import type { StoredJob, StoredPod } from '../resources.ts';
import { mayCreateAtMs, mayReplaceAtMs } from './backoff.ts';
import type { Count } from './count.ts';
import { hasIndex } from './index-set.ts';
import {
  completionIndexOf,
  isIndexed,
  isPerIndex,
  isTerminating,
  isWorking,
  replacesOnlyFailed,
} from './pod-facts.ts';
import { creationsOf, deletionOf, surplusPods, type Wanted } from './pods.ts';
import { lastFailures, releaseOf } from './record.ts';

/** At most so many pods a pass, so that one Job does not keep the others waiting. */
const BURST = 500;

export interface Management {
  readonly actions: readonly Action[];
  /** When the next pod may be made after a failure. */
  readonly wakeAtMs?: number | undefined;
}

export interface ManageInput {
  readonly job: StoredJob;
  readonly owned: readonly StoredPod[];
  readonly count: Count;
  readonly nowMs: number;
}

export function managePods(input: ManageInput): Management {
  const { job, owned, count } = input;
  const working = owned.filter(isWorking);
  const active = working.length;
  const wanted = job.spec?.suspend ? 0 : wantedActive(job, count, active);
  const surplus = job.spec?.suspend ? working : surplusPods(job, working, active - wanted);
  if (surplus.length > 0) return { actions: removals(job, surplus.slice(0, BURST)) };
  const leaving = replacesOnlyFailed(job) ? owned.filter(isTerminating) : [];
  const missing = Math.min(wanted - active - leaving.length, BURST);
  if (missing <= 0) return { actions: [] };
  if (isPerIndex(job)) return replaceByIndex(input, missing);
  const mayAtMs = mayCreateAtMs(job, owned);
  if (mayAtMs > input.nowMs) return { actions: [], wakeAtMs: mayAtMs };
  const pods = isIndexed(job)
    ? pendingIndexes(input, missing).map((index) => ({ index }))
    : Array.from({ length: missing }, () => ({}));
  return { actions: creationsOf(job, pods, owned) };
}

/** How many pods should be at work. */
function wantedActive({ spec }: StoredJob, { succeeded }: Count, active: number): number {
  const parallelism = spec?.parallelism ?? 1;
  // Without a number of completions the first success is the sign for all to finish, and for none to begin.
  if (spec?.completions === undefined) return succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  return Math.max(0, Math.min(spec.completions - succeeded, parallelism));
}

/** They did not fail, so they are let go before they are deleted; one without the finalizer is as good as deleted. */
function removals(job: StoredJob, pods: readonly StoredPod[]): readonly Action[] {
  const because = job.spec?.suspend
    ? `Job ${job.metadata.name} is suspended`
    : `Job ${job.metadata.name} has more pods than it needs`;
  return [
    ...pods.map((pod) => releaseOf(job, pod, 'the pod is given up and counts for nothing')),
    ...pods.map((pod) => deletionOf(job, pod, because)),
  ];
}

/** The lowest indexes that have neither succeeded nor failed nor a pod. */
function pendingIndexes({ job, owned, count }: ManageInput, most: number): readonly number[] {
  const onlyFailed = replacesOnlyFailed(job);
  const busy = new Set(
    owned
      .filter((pod) => isWorking(pod) || (onlyFailed && isTerminating(pod)))
      .map((pod) => completionIndexOf(job, pod)),
  );
  const pending: number[] = [];
  for (let index = 0; index < (job.spec?.completions ?? 0) && pending.length < most; index++) {
    if (busy.has(index) || hasIndex(count.completed, index) || hasIndex(count.failedIndexes, index)) continue;
    pending.push(index);
  }
  return pending;
}

/** Each index has its own backoff and waits for nobody else. */
function replaceByIndex(input: ManageInput, most: number): Management {
  const { job, owned, count, nowMs } = input;
  const failures = new Map<number | undefined, StoredPod>();
  for (const pod of lastFailures(job, owned, count)) failures.set(completionIndexOf(job, pod), pod);
  const due: Wanted[] = [];
  const later: number[] = [];
  for (const index of pendingIndexes(input, Number.POSITIVE_INFINITY)) {
    const replaced = failures.get(index);
    const atMs = replaced ? mayReplaceAtMs(replaced) : 0;
    if (atMs > nowMs) later.push(atMs);
    else if (due.length < most) due.push({ index, replaced });
  }
  return {
    actions: creationsOf(job, due, owned),
    wakeAtMs: later.length > 0 ? Math.min(...later) : undefined,
  };
}
