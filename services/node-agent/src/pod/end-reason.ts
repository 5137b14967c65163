import type { Rejection } from './admission.ts';
import { outcome } from './instances.ts';
import type { PlanInput } from './types.ts';

/** Why a pod is to be ended. The first that holds. */
export type EndReason =
  /** The API has no such pod. */
  | { readonly kind: 'removed' }
  | { readonly kind: 'deleted'; readonly graceS: number }
  /** Its status in the API is final, whoever wrote it. */
  | { readonly kind: 'final'; readonly phase: 'Succeeded' | 'Failed' }
  | ({ readonly kind: 'rejected' } & Rejection)
  | { readonly kind: 'finished'; readonly phase: 'Succeeded' | 'Failed' }
  | { readonly kind: 'deadline' };

export function endReason({ pod, observed, nowMs }: PlanInput): EndReason | undefined {
  const { model, removed } = pod;
  if (removed) return { kind: 'removed' };
  if (model.deletion) return { kind: 'deleted', graceS: model.deletion.graceS };
  const phase = model.object.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') return { kind: 'final', phase };
  if (pod.rejection) return { kind: 'rejected', ...pod.rejection };
  const deadlineAtMs = deadlineOf(model.activeDeadlineS, observed.firstSeenAtMs);
  if (deadlineAtMs !== undefined && deadlineAtMs <= nowMs) return { kind: 'deadline' };
  const end = outcome(model, observed);
  return end && { kind: 'finished', phase: end };
}

/** `activeDeadlineSeconds` counts from the pod's start time. */
export function deadlineOf(activeDeadlineS: number | undefined, startMs: number): number | undefined {
  return activeDeadlineS === undefined ? undefined : startMs + activeDeadlineS * 1_000;
}
