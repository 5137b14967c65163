import type { StoredJob, StoredPod } from '../resources.ts';

export interface JobObserved {
  /** Pods that this Job manages, finished and terminating ones too. */
  readonly owned: readonly StoredPod[];
  /** Active pods that match the selector and that nobody manages. */
  readonly orphans: readonly StoredPod[];
}

export type JobDesired = StoredJob;

/** Holds a pod until what it counts for is written in its Job's status. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
/** Annotation and label of the pods of an Indexed Job. */
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';
/** Annotations: failed attempts at a pod's index before it; those that the failure policy ignores. */
export const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count';
export const IGNORED_INDEX_FAILURES = 'batch.kubernetes.io/job-index-ignored-failure-count';

export const JOB_CONTROLLER = 'kubernetes.io/job-controller';

/** How a Job ends, or has begun to end. */
export interface End {
  readonly outcome: 'succeeded' | 'failed';
  readonly reason: string;
  readonly message: string;
}
