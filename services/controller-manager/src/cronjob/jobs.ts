/** The Jobs of a CronJob: how they are named, made, and forgotten. */
import { controllerRef, isConditionTrue, rfc3339 } from '@reckon/api';
import { type Action, CRON_JOBS, type Frozen, JOBS, nameOf, type StatusWrite } from '@reckon/client';
import type { Job } from '@reckon/proto/reckon/api/batch/v1/job.ts';
import type { StoredCronJob, StoredJob } from '../resources.ts';
import { SCHEDULED_AT } from './types.ts';

const MINUTE_MS = 60_000;

/** `NAME-MINUTES`: one run has one name, so that it cannot start twice. */
export function jobName({ metadata }: StoredCronJob, dueMs: number): string {
  return `${metadata.name}-${Math.floor(dueMs / MINUTE_MS)}`;
}

/** How a Job has ended; undefined: it has not. */
export function endOf({ status }: StoredJob): 'Complete' | 'Failed' | undefined {
  return (['Complete', 'Failed'] as const).find((type) => isConditionTrue(status?.conditions, type));
}

/** One that the schedule has started; those that people make by hand from a CronJob do not keep it from running. */
export function isActiveRun(job: StoredJob): boolean {
  return endOf(job) === undefined && job.metadata.annotations?.[SCHEDULED_AT] !== undefined;
}

/** Starts a run and writes down that it was started, both or neither. */
export function startOf(cronJob: StoredCronJob, dueMs: number, { status }: StatusWrite): Action {
  const name = jobName(cronJob, dueMs);
  const event = { regarding: cronJob, type: 'Normal', reason: 'SuccessfulCreate' } as const;
  return {
    type: 'transact',
    operations: [
      { verb: 'create', resource: JOBS, object: jobOf(cronJob, name, dueMs) },
      { verb: 'update', resource: CRON_JOBS, object: { ...cronJob, status }, subresource: 'status' },
    ],
    because: `the schedule "${cronJob.spec?.schedule}" of CronJob ${cronJob.metadata.name} came round at ${rfc3339(dueMs)}`,
    event: { ...event, message: `Created job ${name}` },
    failureEvent: { ...event, type: 'Warning', reason: 'FailedCreate', message: 'Error creating job' },
  };
}

function jobOf(cronJob: StoredCronJob, name: string, dueMs: number): Frozen<Job> {
  const { metadata, spec } = cronJob.spec?.jobTemplate ?? {};
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: cronJob.metadata.namespace,
      ...(metadata?.labels ? { labels: metadata.labels } : {}),
      annotations: { ...metadata?.annotations, [SCHEDULED_AT]: scheduledTime(cronJob, dueMs) },
      ownerReferences: [controllerRef(cronJob)],
    },
    spec: spec ?? {},
  };
}

/** In the time zone of the CronJob, as Kubernetes writes it: `2026-07-01T09:00:00+02:00`. */
function scheduledTime(cronJob: StoredCronJob, dueMs: number): string {
  const { timeZone } = cronJob.spec ?? {};
  if (!timeZone || timeZone === 'Etc/UTC' || timeZone === 'UTC') return rfc3339(dueMs);
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(
    dueMs,
  );
  const zone = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const match = /^GMT([+-])(\d\d):(\d\d)$/.exec(zone);
  if (!match) return rfc3339(dueMs);
  const [, sign = '+', hours = '00', minutes = '00'] = match;
  const offsetMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  return `${rfc3339(dueMs + offsetMs).slice(0, -1)}${sign}${hours}:${minutes}`;
}

export function deletionOf(cronJob: StoredCronJob, job: StoredJob, because: string): Action {
  const { name, uid } = job.metadata;
  const event = { regarding: cronJob, type: 'Normal', reason: 'SuccessfulDelete' } as const;
  return {
    type: 'delete',
    resource: JOBS,
    target: nameOf(job),
    precondition: { uid },
    propagationPolicy: 'Background',
    because,
    event: { ...event, message: `Deleted job ${name}` },
    failureEvent: { ...event, type: 'Warning', reason: 'FailedDelete', message: `Deleted job ${name}` },
  };
}

/** Finished Jobs beyond what `successfulJobsHistoryLimit` and `failedJobsHistoryLimit` keep, oldest first. */
export function forgotten(cronJob: StoredCronJob, jobs: readonly StoredJob[]): readonly Action[] {
  const { successfulJobsHistoryLimit: successes = 3, failedJobsHistoryLimit: failures = 1 } =
    cronJob.spec ?? {};
  const excess = (condition: string, limit: number) =>
    jobs
      .filter((job) => isConditionTrue(job.status?.conditions, condition) && !job.metadata.deletionTimestamp)
      .sort(byStart)
      .slice(0, -limit || undefined)
      .map((job) =>
        deletionOf(
          cronJob,
          job,
          `CronJob ${cronJob.metadata.name} keeps ${limit} Jobs that are ${condition}`,
        ),
      );
  return [...excess('Complete', successes), ...excess('Failed', failures)];
}

export function byStart(a: StoredJob, b: StoredJob): number {
  const startOf = ({ status, metadata }: StoredJob) =>
    Date.parse(status?.startTime ?? metadata.creationTimestamp);
  return startOf(a) - startOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
}
