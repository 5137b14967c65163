/**
 * What a Job's pods amount to. Every pod is counted once, whatever crashes when (KEP-2307):
 *
 *   1. a finished pod is entered in the status: its uid in `uncountedTerminatedPods`, or its index in `completedIndexes`
 *   2. its finalizer is removed
 *   3. its uid is taken out of the list again, and the number goes up by one in the same write
 *
 * Only what a pass has seen written is the basis of the next step.
 */
import type { StoredJob, StoredPod } from '../resources.ts';
import { failureVerdict } from './failure-policy.ts';
import { countIndexesOf, hasIndex, type IndexSet, parseIndexes, withIndexes } from './index-set.ts';
import {
  byName,
  completionIndexOf,
  hasFailed,
  indexFailuresOf,
  isIndexed,
  isPerIndex,
  isTracked,
} from './pod-facts.ts';

export interface Count {
  /** Written in the status or not yet. */
  readonly succeeded: number;
  readonly failed: number;
  readonly completed: IndexSet;
  readonly failedIndexes: IndexSet;
  /** Pods with the finalizer, by name. */
  readonly tracked: readonly StoredPod[];
}

export function countPods(job: StoredJob, pods: readonly StoredPod[]): Count {
  const { status, spec } = job;
  const tracked = pods.filter(isTracked).sort(byName);
  const entered = enteredUids(job);
  const succeeded = tracked.filter((pod) => hasSucceeded(pod, entered));
  const newlyFailed = tracked.filter(
    (pod) => !entered.failed.has(pod.metadata.uid) && countsAsFailure(job, pod),
  );
  const indexes = succeeded.map((pod) => completionIndexOf(job, pod)).filter((index) => index !== undefined);
  const limit = spec?.completions ?? 0;
  const completed = withIndexes(parseIndexes(status?.completedIndexes, limit), indexes);
  const newlySucceeded = succeeded.filter((pod) => !entered.succeeded.has(pod.metadata.uid));
  return {
    succeeded: isIndexed(job)
      ? countIndexesOf(completed)
      : (status?.succeeded ?? 0) + entered.succeeded.size + newlySucceeded.length,
    failed: (status?.failed ?? 0) + entered.failed.size + newlyFailed.length,
    completed,
    failedIndexes: isPerIndex(job) ? failedIndexesOf(job, tracked, completed) : [],
    tracked,
  };
}

export interface EnteredUids {
  readonly succeeded: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
}

/** Pods that the status names as finished and not yet counted. */
export function enteredUids({ status }: StoredJob): EnteredUids {
  const { succeeded, failed } = status?.uncountedTerminatedPods ?? {};
  return { succeeded: new Set(succeeded), failed: new Set(failed) };
}

/** What was counted as failed before it ended stays so. */
export function hasSucceeded(pod: StoredPod, entered: EnteredUids): boolean {
  return pod.status?.phase === 'Succeeded' && !entered.failed.has(pod.metadata.uid);
}

export function countsAsFailure(job: StoredJob, pod: StoredPod): boolean {
  if (!hasFailed(job, pod)) return false;
  if (isIndexed(job) && completionIndexOf(job, pod) === undefined) return false;
  return failureVerdict(job, pod).action !== 'Ignore';
}

function failedIndexesOf(job: StoredJob, tracked: readonly StoredPod[], completed: IndexSet): IndexSet {
  const limit = job.spec?.backoffLimitPerIndex ?? 0;
  const failed: number[] = [];
  for (const pod of tracked) {
    const index = completionIndexOf(job, pod);
    if (index === undefined || hasIndex(completed, index) || !hasFailed(job, pod)) continue;
    const { action } = failureVerdict(job, pod);
    if (action === 'FailIndex' || (action !== 'Ignore' && indexFailuresOf(pod) >= limit)) failed.push(index);
  }
  return withIndexes(parseIndexes(job.status?.failedIndexes, job.spec?.completions ?? 0), failed);
}
