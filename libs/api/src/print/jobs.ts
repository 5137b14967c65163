import type { CronJob } from '@reckon/proto/reckon/api/batch/v1/cron_job.ts';
import type { Job } from '@reckon/proto/reckon/api/batch/v1/job.ts';
import { isConditionTrue } from '../conditions/condition.ts';
import { ageOf, humanDuration } from '../names/duration.ts';
import {
  AGE,
  CONTAINERS,
  containerCells,
  flag,
  IMAGES,
  integer,
  NAME,
  printer,
  SELECTOR,
  selectorCell,
  text,
} from './columns.ts';
import type { Frozen } from './types.ts';

export const jobPrinter = printer<Job>(
  [
    NAME,
    text('Status', 'Whether it runs, is suspended, has completed or has failed.'),
    text('Completions', 'Pods that ended well, of those that have to.'),
    text('Duration', 'How long it has been running, or ran.'),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  (job, nowMs) => ({
    cells: [
      job.metadata.name ?? '',
      statusOf(job),
      completionsOf(job),
      durationOf(job, nowMs),
      ageOf(job.metadata.creationTimestamp, nowMs),
      ...containerCells(job.spec?.template?.spec?.containers),
      selectorCell(job.spec?.selector),
    ],
  }),
);

function statusOf({ status, metadata }: Frozen<Job>): string {
  const has = (type: string): boolean => isConditionTrue(status?.conditions, type);
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (metadata?.deletionTimestamp !== undefined) return 'Terminating';
  if (has('Suspended')) return 'Suspended';
  if (has('FailureTarget')) return 'FailureTarget';
  return has('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completionsOf({ spec, status }: Frozen<Job>): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationOf({ status }: Frozen<Job>, nowMs: number): string {
  const { startTime, completionTime } = status ?? {};
  if (startTime === undefined) return '';
  return humanDuration(
    (completionTime === undefined ? nowMs : Date.parse(completionTime)) - Date.parse(startTime),
  );
}

export const cronJobPrinter = printer<CronJob>(
  [
    NAME,
    text('Schedule', 'When Jobs are made, as in cron.'),
    text('Timezone', 'Time zone of the schedule.'),
    flag('Suspend', 'Whether it makes no further Jobs.'),
    integer('Active', 'Jobs of it that run.'),
    text('Last Schedule', 'How long ago the latest Job was due.'),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  ({ metadata, spec, status }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      spec?.schedule ?? '',
      spec?.timeZone ?? '<none>',
      spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False',
      status?.active?.length ?? 0,
      status?.lastScheduleTime === undefined ? '<none>' : ageOf(status.lastScheduleTime, nowMs),
      ageOf(metadata.creationTimestamp, nowMs),
      ...containerCells(spec?.jobTemplate?.spec?.template?.spec?.containers),
      selectorCell(spec?.jobTemplate?.spec?.selector),
    ],
  }),
);
