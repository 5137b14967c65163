/**
 * A CronJob makes a Job whenever its schedule comes round. Of the runs that were missed only the last is made up for,
 * if its starting deadline allows. The Job and `lastScheduleTime` are written in one transaction: a run is started
 * once, whatever crashes, and however soon its Job is gone again.
 */
import { isConditionTrue, rfc3339 } from '@reckon/api';
import {
  type Action,
  CRON_JOBS,
  type Frozen,
  type Plan,
  type PlanInput,
  type StatusWrite,
} from '@reckon/client';
import type { CronJobStatus } from '@reckon/proto/reckon/api/batch/v1/cron_job.ts';
import type { StoredCronJob, StoredJob } from '../resources.ts';
import { byStart, deletionOf, endOf, forgotten, isActiveRun, jobName, startOf } from './jobs.ts';
import { type Runs, runsOf, TOO_MANY } from './schedule.ts';
import type { CronJobDesired, CronJobObserved } from './types.ts';

type Input = PlanInput<CronJobDesired, CronJobObserved>;

export function planCronJob(input: Input): Plan {
  const { desired: cronJob, observed, now } = input;
  const history = [...seen(cronJob, observed.jobs), ...forgotten(cronJob, observed.jobs)];
  if (cronJob.metadata.deletionTimestamp || cronJob.spec?.suspend) {
    return { actions: history, status: statusOf(cronJob, observed.jobs, undefined) };
  }
  const runs = runsOf(cronJob, now);
  if (typeof runs === 'string') {
    const message = `unparseable schedule: ${cronJob.spec?.schedule} : ${runs}`;
    return {
      actions: [...history, tell(cronJob, 'Warning', 'UnparseableSchedule', message)],
      status: statusOf(cronJob, observed.jobs, undefined),
    };
  }
  const { actions, startedMs, dueMs, replaced = [] } = stepOf(input, runs);
  const left = observed.jobs.filter((job) => !replaced.includes(job));
  const status = statusOf(cronJob, left, startedMs ?? dueMs);
  return {
    actions: [...history, ...actions, ...(dueMs === undefined ? [] : [startOf(cronJob, dueMs, status)])],
    ...(dueMs === undefined ? { status } : {}),
    ...(runs.nextMs === undefined ? {} : { wakeAtMs: runs.nextMs }),
  };
}

interface Step {
  readonly actions: readonly Action[];
  /** The run that is in the status from now on. */
  readonly startedMs?: number;
  /** A run to be started now. */
  readonly dueMs?: number;
  /** Active no more: they make room for it. */
  readonly replaced?: readonly StoredJob[];
}

function stepOf({ desired: cronJob, observed }: Input, { dueMs, missed, tooLateMs }: Runs): Step {
  if (dueMs === undefined) return { actions: tooLateMs === undefined ? [] : [missedOf(cronJob, tooLateMs)] };
  const name = jobName(cronJob, dueMs);
  if (observed.jobs.some(({ metadata }) => metadata.name === name)) return { actions: [], startedMs: dueMs };
  if (observed.strangers.has(name)) {
    const message = `Job ${name} exists and is not controlled by this CronJob`;
    return { actions: [tell(cronJob, 'Warning', 'UnexpectedJob', message)], startedMs: dueMs };
  }
  const active = observed.jobs.filter(isActiveRun).sort(byStart);
  const policy = cronJob.spec?.concurrencyPolicy ?? 'Allow';
  if (active.length > 0 && policy === 'Forbid') {
    // The run stays due, until its starting deadline.
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    return { actions: [tell(cronJob, 'Normal', 'JobAlreadyActive', message)] };
  }
  const replaced = policy === 'Replace' ? active.filter(({ metadata }) => !metadata.deletionTimestamp) : [];
  const because = `CronJob ${cronJob.metadata.name} replaces it by the next run`;
  return {
    actions: [
      ...(missed > TOO_MANY ? [tooMany(cronJob)] : []),
      ...replaced.map((job) => deletionOf(cronJob, job, because)),
    ],
    dueMs,
    replaced: policy === 'Replace' ? active : [],
  };
}

/** What has become of the Jobs that were active when the status was written: told once, as the next status lacks them. */
function seen(cronJob: StoredCronJob, jobs: readonly StoredJob[]): readonly Action[] {
  const byUid = new Map(jobs.map((job) => [job.metadata.uid, job]));
  return (cronJob.status?.active ?? []).flatMap(({ name, uid = '' }) => {
    const job = byUid.get(uid);
    if (!job) return [tell(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${name}`)];
    const end = endOf(job);
    const message = `Saw completed job: ${name}, condition: ${end}`;
    return end ? [tell(cronJob, 'Normal', 'SawCompletedJob', message)] : [];
  });
}

/** The time as Kubernetes writes it here: RFC 1123 with a numeric zone. */
function missedOf(cronJob: StoredCronJob, atMs: number): Action {
  const time = new Date(atMs).toUTCString().replace('GMT', '+0000');
  return tell(cronJob, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${time}`);
}

function tooMany(cronJob: StoredCronJob): Action {
  return tell(
    cronJob,
    'Warning',
    'TooManyMissedTimes',
    `too many missed start times (> ${TOO_MANY}). Set or decrease .spec.startingDeadlineSeconds or check clock skew`,
  );
}

function tell(regarding: StoredCronJob, type: 'Normal' | 'Warning', reason: string, message: string): Action {
  return { type: 'event', event: { regarding, type, reason, message } };
}

function statusOf(
  cronJob: StoredCronJob,
  jobs: readonly StoredJob[],
  startedMs: number | undefined,
): StatusWrite {
  const active = jobs.filter(isActiveRun).sort(byStart);
  const lastScheduleTime = latest([
    cronJob.status?.lastScheduleTime,
    startedMs === undefined ? undefined : rfc3339(startedMs),
  ]);
  const lastSuccessfulTime = latest([
    cronJob.status?.lastSuccessfulTime,
    ...jobs
      .filter(({ status }) => isConditionTrue(status?.conditions, 'Complete'))
      .map(({ status }) => status?.completionTime),
  ]);
  const status: Frozen<CronJobStatus> = {
    ...(active.length > 0 ? { active: active.map(referenceTo) } : {}),
    ...(lastScheduleTime ? { lastScheduleTime } : {}),
    ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}),
  };
  return {
    resource: CRON_JOBS,
    object: cronJob,
    status,
    because: `${active.length} Jobs of CronJob ${cronJob.metadata.name} are active, the last was due at ${lastScheduleTime ?? 'no time yet'}`,
  };
}

function referenceTo({ metadata }: StoredJob) {
  const { name, namespace, uid } = metadata;
  return { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid };
}

function latest(times: readonly (string | undefined)[]): string | undefined {
  const known = times.filter((time) => time !== undefined && time !== '');
  return known.sort((a, b) => Date.parse(b ?? '') - Date.parse(a ?? ''))[0];
}
