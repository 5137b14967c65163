/** Which run of a CronJob is due (Kubernetes: "CronJob", "Schedule timezones", "Limitations"). */
import { type CronSchedule, parseCronSchedule } from '@reckon/api';
import type { StoredCronJob } from '../resources.ts';

export interface Runs {
  /** The last time of the schedule that has passed and was not run; ms since the epoch. */
  readonly dueMs: number | undefined;
  /** The last time that passed and is too late by the starting deadline, where none is due. */
  readonly tooLateMs: number | undefined;
  /** How many times have passed since the last run; more than `TOO_MANY` are not told apart. */
  readonly missed: number;
  /** The next time after now. */
  readonly nextMs: number | undefined;
}

export const TOO_MANY = 100;

/** A sentence says what is wrong with the schedule. */
export function runsOf(cronJob: StoredCronJob, nowMs: number): Runs | string {
  const { schedule = '', timeZone } = cronJob.spec ?? {};
  const parsed = parseCronSchedule(...parseInput(schedule, timeZone));
  if (typeof parsed === 'string') return parsed;
  const nextMs = parsed.nextMs(nowMs);
  const { dueMs, missed } = missedRuns(parsed, sinceMs(cronJob, nowMs), nowMs);
  return {
    dueMs,
    missed,
    nextMs,
    tooLateMs: dueMs === undefined ? tooLate(cronJob, parsed, nowMs) : undefined,
  };
}

function tooLate({ metadata, spec, status }: StoredCronJob, schedule: CronSchedule, nowMs: number) {
  const seconds = spec?.startingDeadlineSeconds;
  if (seconds === undefined) return undefined;
  const lastMs = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp);
  return missedRuns(schedule, lastMs, nowMs - seconds * 1_000).dueMs;
}

/** A schedule may name its own zone, for old CronJobs: `TZ=Europe/Vienna 0 9 * * *`. */
function parseInput(schedule: string, timeZone: string | undefined): [string, string | undefined] {
  const named = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(schedule);
  return named && timeZone === undefined ? [named[2] ?? '', named[1]] : [schedule, timeZone];
}

/** Runs up to here are no longer asked for: they were run, or are too late by the starting deadline. */
function sinceMs({ metadata, spec, status }: StoredCronJob, nowMs: number): number {
  const lastMs = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp);
  const deadlineSeconds = spec?.startingDeadlineSeconds;
  return deadlineSeconds === undefined ? lastMs : Math.max(lastMs, nowMs - deadlineSeconds * 1_000);
}

function missedRuns(
  schedule: CronSchedule,
  sinceMsExclusive: number,
  nowMs: number,
): Pick<Runs, 'dueMs' | 'missed'> {
  const first = schedule.nextMs(sinceMsExclusive);
  if (first === undefined || first > nowMs) return { dueMs: undefined, missed: 0 };
  let missed = 0;
  let dueMs = first;
  for (let at: number | undefined = first; at !== undefined && at <= nowMs; at = schedule.nextMs(at)) {
    dueMs = at;
    missed += 1;
    if (missed > TOO_MANY) return { dueMs: lastBefore(schedule, at, nowMs), missed };
  }
  return { dueMs, missed };
}

/** The last time of the schedule up to now, after many: found by halving, not by counting. */
function lastBefore(schedule: CronSchedule, fromMs: number, nowMs: number): number {
  let low = fromMs;
  let high = nowMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const next = schedule.nextMs(middle);
    if (next !== undefined && next <= nowMs) low = next;
    else high = middle;
  }
  return low;
}
