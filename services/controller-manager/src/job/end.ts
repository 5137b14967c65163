/** Whether a Job has come to its end, and which: what was decided once stays decided. */
import { findCondition, isConditionTrue } from '@reckon/api';
import type { StoredJob, StoredPod } from '../resources.ts';
import type { Count } from './count.ts';
import { failureVerdict } from './failure-policy.ts';
import { countIndexesOf } from './index-set.ts';
import { hasFailed, isPerIndex } from './pod-facts.ts';
import { successByPolicy } from './success-policy.ts';
import type { End } from './types.ts';

export function isJobFinished(job: StoredJob): boolean {
  const { conditions } = job.status ?? {};
  return isConditionTrue(conditions, 'Complete') || isConditionTrue(conditions, 'Failed');
}

export interface EndInput {
  readonly job: StoredJob;
  readonly owned: readonly StoredPod[];
  readonly count: Count;
  readonly nowMs: number;
}

export function endOf(input: EndInput): End | undefined {
  const { job, count } = input;
  return decidedEnd(job) ?? failureOf(input) ?? successByPolicy(job, count.completed);
}

function decidedEnd({ status }: StoredJob): End | undefined {
  const success = findCondition(status?.conditions, 'SuccessCriteriaMet');
  const failure = findCondition(status?.conditions, 'FailureTarget');
  const [outcome, condition] =
    success?.status === 'True' ? (['succeeded', success] as const) : (['failed', failure] as const);
  if (condition?.status !== 'True') return undefined;
  return { outcome, reason: condition.reason ?? '', message: condition.message ?? '' };
}

function failureOf({ job, owned, count, nowMs }: EndInput): End | undefined {
  for (const pod of count.tracked) {
    const verdict = hasFailed(job, pod) ? failureVerdict(job, pod) : undefined;
    if (verdict?.action === 'FailJob') return failed('PodFailurePolicy', verdict.message);
  }
  if (count.failed > (job.spec?.backoffLimit ?? 6) || restartsExceeded(job, owned)) {
    return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const deadlineMs = deadlineAtMs(job);
  if (deadlineMs !== undefined && deadlineMs <= nowMs) {
    return failed('DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  return isPerIndex(job) ? indexFailure(job, count) : undefined;
}

function indexFailure({ spec }: StoredJob, { failedIndexes, completed }: Count): End | undefined {
  const lost = countIndexesOf(failedIndexes);
  if (spec?.maxFailedIndexes !== undefined && lost > spec.maxFailedIndexes) {
    return failed(
      'MaxFailedIndexesExceeded',
      'Job has exceeded the specified maximal number of failed indexes',
    );
  }
  if (lost > 0 && lost + countIndexesOf(completed) >= (spec?.completions ?? 0)) {
    return failed('FailedIndexes', 'Job has failed indexes');
  }
  return undefined;
}

/** When `activeDeadlineSeconds` is over, in ms since the epoch; undefined: never, as things are. */
export function deadlineAtMs({ spec, status }: StoredJob): number | undefined {
  if (spec?.activeDeadlineSeconds === undefined || spec.suspend || !status?.startTime) return undefined;
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1_000;
}

/** With restartPolicy OnFailure the restarts of containers are what counts against the limit. */
function restartsExceeded({ spec }: StoredJob, owned: readonly StoredPod[]): boolean {
  if (spec?.template?.spec?.restartPolicy !== 'OnFailure') return false;
  const limit = spec.backoffLimit ?? 6;
  const restarts = owned
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function failed(reason: string, message: string): End {
  return { outcome: 'failed', reason, message };
}
