/**
 * A Job makes pods until enough of them have succeeded. Its states, each seen in its conditions:
 *
 *   (suspended ◀─▶) running ──▶ SuccessCriteriaMet ──▶ Complete
 *                      └──────▶ FailureTarget ───────▶ Failed
 *
 * In the second state its pods are stopped and counted; the third, which is for ever, comes once none of them runs any
 * longer. Counting (`count.ts`, `record.ts`) goes on in the first two, and never goes wrong.
 */
import { isPodActive, isPodFinished } from '@reckon/api';
import { type Action, JOBS, nameOf, type Plan, type PlanInput, PODS } from '@reckon/client';
import { adoption, matches, release } from '../ownership.ts';
import type { StoredJob, StoredPod } from '../resources.ts';
import { type Count, countPods } from './count.ts';
import { deadlineAtMs, endOf, isJobFinished } from './end.ts';
import { managePods } from './manage.ts';
import { byName, isTracked } from './pod-facts.ts';
import { deletionOf } from './pods.ts';
import { type JobRecord, recordPods, releaseOf } from './record.ts';
import { jobStatus, transitionEvents } from './status.ts';
import { type End, type JobDesired, type JobObserved, TRACKING_FINALIZER } from './types.ts';

export function planJob({ desired: job, observed, now: nowMs }: PlanInput<JobDesired, JobObserved>): Plan {
  if (isJobFinished(job)) return planFinished(job, nowMs);
  const handovers = planHandovers(job, observed);
  if (handovers.length > 0) return { actions: handovers };
  const owned = [...observed.owned].sort(byName);
  const count = countPods(job, owned);
  const decided = endOf({ job, owned, count, nowMs });
  const end = decided ?? completionOf(job, owned, count);
  const deleting = job.metadata.deletionTimestamp !== undefined;
  const record = recordPods({ job, owned, count, end });
  const managed = end || deleting ? { actions: [] } : managePods({ job, owned, count, nowMs });
  const ended = end !== undefined && record.settled && owned.every(isPodFinished);
  const status = jobStatus({ job, owned, record, end, ended, nowMs });
  const deadlineMs = end ? undefined : deadlineAtMs({ ...job, status });
  return {
    actions: [
      ...releases(job, record),
      ...(deleting ? [] : stragglers(job, owned, end)),
      ...managed.actions,
      ...transitionEvents(job, status, count),
    ],
    status: {
      resource: JOBS,
      object: job,
      status,
      because: `${count.succeeded} pods of Job ${job.metadata.name} have succeeded, ${count.failed} have failed, ${status.active ?? 0} are active`,
    },
    wakeAtMs: earliest(deadlineMs, managed.wakeAtMs),
  };
}

/** `ttlSecondsAfterFinished` (KEP-592): the Job goes, and its pods before it. */
function planFinished(job: StoredJob, nowMs: number): Plan {
  const ttlSeconds = job.spec?.ttlSecondsAfterFinished;
  const finished = job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  const finishedMs = Date.parse(finished?.lastTransitionTime ?? '');
  if (ttlSeconds === undefined || Number.isNaN(finishedMs) || job.metadata.deletionTimestamp) {
    return { actions: [] };
  }
  const dueMs = finishedMs + ttlSeconds * 1_000;
  if (dueMs > nowMs) return { actions: [], wakeAtMs: dueMs };
  const { uid, resourceVersion } = job.metadata;
  return {
    actions: [
      {
        type: 'delete',
        resource: JOBS,
        target: nameOf(job),
        precondition: { uid, resourceVersion },
        propagationPolicy: 'Foreground',
        because: `Job ${job.metadata.name} finished more than ${ttlSeconds} s ago (ttlSecondsAfterFinished)`,
      },
    ],
  };
}

function planHandovers(job: StoredJob, { owned, orphans }: JobObserved): readonly Action[] {
  const selector = job.spec?.selector;
  const strangers = owned.filter((pod) => !matches(selector, pod) && isPodActive(pod));
  const adopted = job.metadata.deletionTimestamp ? [] : orphans;
  return [
    ...strangers.map((pod) => release(PODS, pod, job)),
    ...adopted.map((pod) => tracked(adoption(PODS, pod, job), pod)),
  ];
}

/** What a Job adopts counts from then on. */
function tracked(action: Action, pod: StoredPod): Action {
  if (action.type !== 'patch' || action.patch.type !== 'merge' || isTracked(pod)) return action;
  const finalizers = [...(pod.metadata.finalizers ?? []), TRACKING_FINALIZER];
  const { metadata } = action.patch.value as { readonly metadata: object };
  return { ...action, patch: { type: 'merge', value: { metadata: { ...metadata, finalizers } } } };
}

function completionOf(job: StoredJob, owned: readonly StoredPod[], { succeeded }: Count): End | undefined {
  if (owned.some(isPodActive)) return undefined;
  const completions = job.spec?.completions;
  const complete = completions === undefined ? succeeded > 0 : succeeded >= completions;
  return complete
    ? {
        outcome: 'succeeded',
        reason: 'CompletionsReached',
        message: 'Reached expected number of succeeded pods',
      }
    : undefined;
}

function releases(job: StoredJob, { releasable }: JobRecord): readonly Action[] {
  return releasable.map((pod) => releaseOf(job, pod, 'what the pod counts for is recorded'));
}

/** Pods that must not go on: all of a Job that ends, and those that were given up before a crash. */
function stragglers(job: StoredJob, owned: readonly StoredPod[], end: End | undefined): readonly Action[] {
  const because = end
    ? `Job ${job.metadata.name} has ${end.outcome}: ${end.reason}`
    : 'the pod was given up and counts for nothing';
  return owned
    .filter((pod) => isPodActive(pod) && (end !== undefined || !isTracked(pod)))
    .map((pod) => deletionOf(job, pod, because));
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}
