import { findCondition, isConditionTrue, isPodReady, rfc3339, setCondition } from '@reckon/api';
import type { Action, Frozen } from '@reckon/client';
import type { JobCondition, JobStatus } from '@reckon/proto/reckon/api/batch/v1/job.ts';
import type { StoredJob, StoredPod } from '../resources.ts';
import type { Count } from './count.ts';
import { isTerminating, isWorking } from './pod-facts.ts';
import type { JobRecord } from './record.ts';
import type { End } from './types.ts';

type Conditions = readonly Frozen<JobCondition>[] | undefined;

export interface StatusInput {
  readonly job: StoredJob;
  readonly owned: readonly StoredPod[];
  readonly record: JobRecord;
  readonly end: End | undefined;
  /** The end has been reached: nothing runs and everything is counted. */
  readonly ended: boolean;
  readonly nowMs: number;
}

export function jobStatus({ job, owned, record, end, ended, nowMs }: StatusInput): Frozen<JobStatus> {
  const now = rfc3339(nowMs);
  const conditions = conditionsOf({ job, end, ended, now });
  const active = owned.filter(isWorking);
  const resumed =
    isConditionTrue(job.status?.conditions, 'Suspended') && !isConditionTrue(conditions, 'Suspended');
  const started = resumed || (!job.status?.startTime && !job.spec?.suspend) ? now : job.status?.startTime;
  return {
    ...(conditions && conditions.length > 0 ? { conditions } : {}),
    ...(started ? { startTime: started } : {}),
    ...(isConditionTrue(conditions, 'Complete') ? { completionTime: now } : {}),
    ...(active.length > 0 ? { active: active.length } : {}),
    ready: active.filter(isPodReady).length,
    terminating: owned.filter(isTerminating).length,
    ...record.counters,
  };
}

function conditionsOf({
  job,
  end,
  ended,
  now,
}: {
  readonly job: StoredJob;
  readonly end: End | undefined;
  readonly ended: boolean;
  readonly now: string;
}): Conditions {
  const before: Conditions = job.status?.conditions;
  if (end) return endConditions(before, end, { ended, now });
  if (job.metadata.deletionTimestamp) return before;
  const set = (status: 'True' | 'False', reason: string, message: string) =>
    withCondition(before, { type: 'Suspended', status, reason, message }, now);
  if (job.spec?.suspend) return set('True', 'JobSuspended', 'Job suspended');
  return findCondition(before, 'Suspended') ? set('False', 'JobResumed', 'Job resumed') : before;
}

function endConditions(
  before: Conditions,
  { outcome, reason, message }: End,
  { ended, now }: { readonly ended: boolean; readonly now: string },
): Conditions {
  const [interim, final] =
    outcome === 'succeeded' ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed'];
  const conditions = withCondition(before, { type: interim, status: 'True', reason, message }, now);
  return ended
    ? withCondition(conditions, { type: final, status: 'True', reason, message }, now)
    : conditions;
}

function withCondition(before: Conditions, next: Frozen<JobCondition>, now: string): Conditions {
  const current = findCondition(before, next.type ?? '');
  if (current?.status === next.status) return before;
  return setCondition(before, { ...next, lastProbeTime: now }, now);
}

/** Told once: when the condition that a pass sets was not there before. */
export function transitionEvents(job: StoredJob, status: Frozen<JobStatus>, count: Count): readonly Action[] {
  const before = job.status?.conditions;
  const becomes = (type: string, value = 'True') =>
    findCondition(status.conditions, type)?.status === value && findCondition(before, type)?.status !== value;
  const tell = (type: 'Normal' | 'Warning', reason: string, message: string): Action => ({
    type: 'event',
    event: { regarding: job, type, reason, message },
  });
  const events: Action[] = [];
  if (becomes('Suspended')) events.push(tell('Normal', 'Suspended', 'Job suspended'));
  if (becomes('Suspended', 'False')) events.push(tell('Normal', 'Resumed', 'Job resumed'));
  if (becomes('Complete')) {
    const completions = job.spec?.completions;
    if (completions !== undefined && count.succeeded > completions) {
      events.push(
        tell(
          'Warning',
          'TooManySucceededPods',
          'Too many succeeded pods running after completion count reached',
        ),
      );
    }
    events.push(tell('Normal', 'Completed', 'Job completed'));
  }
  if (becomes('Failed')) {
    const { reason = 'Failed', message = '' } = findCondition(status.conditions, 'Failed') ?? {};
    events.push(tell('Warning', reason, message));
  }
  return events;
}
