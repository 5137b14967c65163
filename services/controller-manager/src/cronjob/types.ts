import type { StoredCronJob, StoredJob } from '../resources.ts';

export interface CronJobObserved {
  /** Jobs that this CronJob manages, finished ones too. */
  readonly jobs: readonly StoredJob[];
  /** By name: a Job that has the name of one of its runs and is not its own. */
  readonly strangers: ReadonlySet<string>;
}

export type CronJobDesired = StoredCronJob;

export const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
