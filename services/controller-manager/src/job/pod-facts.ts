/** What a Job asks about one of its pods. */
import { isPodActive, isPodFinished } from '@reckon/api';
import type { StoredJob, StoredPod } from '../resources.ts';
import { COMPLETION_INDEX, IGNORED_INDEX_FAILURES, INDEX_FAILURES, TRACKING_FINALIZER } from './types.ts';

export function isIndexed(job: StoredJob): boolean {
  return job.spec?.completionMode === 'Indexed';
}

export function isPerIndex(job: StoredJob): boolean {
  return isIndexed(job) && job.spec?.backoffLimitPerIndex !== undefined;
}

/** Whether replacements wait until the pod before has ended for good (KEP-3939). */
export function replacesOnlyFailed(job: StoredJob): boolean {
  return job.spec?.podReplacementPolicy === 'Failed' || job.spec?.podFailurePolicy !== undefined;
}

export function isTracked(pod: StoredPod): boolean {
  return pod.metadata.finalizers?.includes(TRACKING_FINALIZER) === true;
}

/** It may still do something. */
export function isTerminating(pod: StoredPod): boolean {
  return pod.metadata.deletionTimestamp !== undefined && !isPodFinished(pod);
}

/** A pod that counts as active: one without the finalizer was given up before, and is on its way out. */
export function isWorking(pod: StoredPod): boolean {
  return isPodActive(pod) && isTracked(pod);
}

/** A deleted pod counts as failed at once, for nobody may be left to say how it ends, unless its replacement waits. */
export function hasFailed(job: StoredJob, pod: StoredPod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  return !replacesOnlyFailed(job) && isTerminating(pod);
}

/** Undefined if it has none, or one that the Job does not ask for (any more). */
export function completionIndexOf(job: StoredJob, pod: StoredPod): number | undefined {
  const index = naturalOf(pod.metadata.annotations?.[COMPLETION_INDEX]);
  return index !== undefined && index < (job.spec?.completions ?? 0) ? index : undefined;
}

export function indexFailuresOf(pod: StoredPod): number {
  return naturalOf(pod.metadata.annotations?.[INDEX_FAILURES]) ?? 0;
}

export function ignoredIndexFailuresOf(pod: StoredPod): number {
  return naturalOf(pod.metadata.annotations?.[IGNORED_INDEX_FAILURES]) ?? 0;
}

/** The number of attempts at its index before this pod. */
export function attemptOf(pod: StoredPod): number {
  return indexFailuresOf(pod) + ignoredIndexFailuresOf(pod);
}

function naturalOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** When the last of its containers ended; else when it was told to, or stopped being ready. Ms since the epoch. */
export function finishedAtMs(pod: StoredPod): number {
  const { containerStatuses = [], initContainerStatuses = [], conditions = [] } = pod.status ?? {};
  const ends = [...containerStatuses, ...initContainerStatuses]
    .map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? ''))
    .filter((ms) => !Number.isNaN(ms));
  if (ends.length > 0) return Math.max(...ends);
  const ready = conditions.find(({ type }) => type === 'Ready');
  const fallbacks = [
    pod.metadata.deletionTimestamp,
    ready?.lastTransitionTime,
    pod.metadata.creationTimestamp,
  ];
  return fallbacks.map((time) => Date.parse(time ?? '')).find((ms) => !Number.isNaN(ms)) ?? 0;
}

export function byName(a: StoredPod, b: StoredPod): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
