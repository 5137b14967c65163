/** A pod that fails is replaced after 10 s, the next after 20 s, and so on up to ten minutes (Kubernetes: "Pod backoff failure policy"). */
import type { StoredJob, StoredPod } from '../resources.ts';
import { attemptOf, finishedAtMs, hasFailed, isTracked } from './pod-facts.ts';

const FIRST_MS = 10_000;
const MOST_MS = 600_000;

/** When a Job may make new pods, in ms since the epoch: after the failures since its last success. */
export function mayCreateAtMs(job: StoredJob, pods: readonly StoredPod[]): number {
  const successes = pods.filter((pod) => pod.status?.phase === 'Succeeded').map(finishedAtMs);
  const lastSuccessMs = Math.max(0, ...successes);
  const failures = pods
    // What was deleted to make room has no finalizer: it did not fail.
    .filter((pod) => hasFailed(job, pod) && (isTracked(pod) || !pod.metadata.deletionTimestamp))
    .map(finishedAtMs)
    .filter((ms) => ms > lastSuccessMs);
  return afterFailures(failures.length, Math.max(0, ...failures));
}

/** When the replacement of the last pod of an index may be made. */
export function mayReplaceAtMs(failed: StoredPod): number {
  return afterFailures(attemptOf(failed) + 1, finishedAtMs(failed));
}

function afterFailures(failures: number, lastMs: number): number {
  return failures === 0 ? 0 : lastMs + Math.min(FIRST_MS * 2 ** (failures - 1), MOST_MS);
}
