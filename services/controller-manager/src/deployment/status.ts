import { findCondition, removeCondition, rfc3339 } from '@reckon/api';
import type { ActionFailure, Frozen } from '@reckon/client';
import type { DeploymentCondition, DeploymentStatus } from '@reckon/proto/reckon/api/apps/v1/deployment.ts';
import type { Canary } from './canary.ts';
import { currentName } from './revision.ts';
import { sum } from './rollout.ts';
import type { Rollout } from './types.ts';

type Conditions = readonly Frozen<DeploymentCondition>[];
type Counts = Frozen<Omit<DeploymentStatus, 'conditions'>>;

/** Reasons of `Progressing` during which nothing is expected to move. After a resumption it is, again. */
const STANDING_STILL = new Set([
  'NewReplicaSetAvailable',
  'DeploymentPaused',
  'CanaryHolding',
  'CanaryInvalid',
]);

const NO_DEADLINE_SECONDS = 2_147_483_647;

export interface DeploymentStatusPlan {
  readonly status: Frozen<DeploymentStatus>;
  /** When the progress deadline passes, or a step of a canary has been held for long enough. */
  readonly wakeAtMs: number | undefined;
}

export interface StatusInput {
  readonly rollout: Rollout;
  readonly failures: readonly ActionFailure[];
  /** This pass creates the current ReplicaSet. */
  readonly creating: boolean;
  /** The name that the current ReplicaSet would get belongs to another one. */
  readonly collision: boolean;
  /** Where a stepwise rollout is; a string: what is wrong with its steps. */
  readonly canary: Canary | string | undefined;
  readonly nowMs: number;
}

/** `.status` as it should be (Kubernetes: "Deployments", "Deployment status"). */
export function deploymentStatus(input: StatusInput): DeploymentStatusPlan {
  const counts = countsOf(input);
  let conditions: Conditions = input.rollout.deployment.status?.conditions ?? [];
  conditions = set(conditions, availability(input.rollout, counts), input.nowMs);
  conditions = progress(input, counts, conditions);
  conditions = replicaFailure(input, conditions);
  const status = { ...counts, ...(conditions.length > 0 ? { conditions } : {}) };
  const heldUntilMs = typeof input.canary === 'object' ? input.canary.untilMs : undefined;
  return { status, wakeAtMs: heldUntilMs ?? deadlineAtMs(input.rollout, conditions, input.nowMs) };
}

export function isComplete({ deployment, replicas }: Rollout, counts: Counts | undefined): boolean {
  return (
    (counts?.updatedReplicas ?? 0) === replicas &&
    (counts?.replicas ?? 0) === replicas &&
    (counts?.availableReplicas ?? 0) === replicas &&
    (counts?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function countsOf({ rollout, collision }: StatusInput): Counts {
  const { deployment, all, current, replicas } = rollout;
  const total = sum(all, (replicaSet) => replicaSet.status?.replicas ?? 0);
  const updated = current?.status?.replicas ?? 0;
  const ready = sum(all, (replicaSet) => replicaSet.status?.readyReplicas ?? 0);
  const available = sum(all, (replicaSet) => replicaSet.status?.availableReplicas ?? 0);
  const collisions = (deployment.status?.collisionCount ?? 0) + (collision ? 1 : 0);
  const unavailable = Math.max(0, Math.max(replicas, total) - available);
  return {
    observedGeneration: deployment.metadata.generation,
    ...(total > 0 ? { replicas: total } : {}),
    ...(updated > 0 ? { updatedReplicas: updated } : {}),
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(available > 0 ? { availableReplicas: available } : {}),
    ...(unavailable > 0 ? { unavailableReplicas: unavailable } : {}),
    ...(collisions > 0 ? { collisionCount: collisions } : {}),
  };
}

function availability({ replicas, maxUnavailable }: Rollout, counts: Counts): Frozen<DeploymentCondition> {
  return (counts.availableReplicas ?? 0) >= replicas - maxUnavailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

function progress(input: StatusInput, counts: Counts, before: Conditions): Conditions {
  const { rollout, creating, nowMs } = input;
  const { deployment } = rollout;
  const now = findCondition(before, 'Progressing');
  if (deployment.spec?.paused) {
    return progressing(before, ['Unknown', 'DeploymentPaused', 'Deployment is paused'], nowMs);
  }
  if (now?.reason === 'DeploymentPaused') {
    return progressing(before, ['Unknown', 'DeploymentResumed', 'Deployment is resumed'], nowMs);
  }
  const held = heldByCanary(input);
  if (held) return progressing(before, held, nowMs);
  if (now?.reason === 'CanaryHolding' || now?.reason === 'CanaryInvalid') {
    return progressing(before, ['True', 'CanaryGoesOn', 'The rollout goes on to its next step'], nowMs);
  }
  if (deadlineSeconds(rollout) === undefined) return removeCondition(before, 'Progressing');
  const name = rollout.current?.metadata.name ?? currentName(rollout);
  if (creating) {
    return progressing(before, ['True', 'NewReplicaSetCreated', `Created new replica set "${name}"`], nowMs);
  }
  const settled =
    now?.reason === 'NewReplicaSetAvailable' && (counts.replicas ?? 0) === (counts.updatedReplicas ?? 0);
  if (settled) return before;
  if (isComplete(rollout, counts)) {
    const message = `ReplicaSet "${name}" has successfully progressed.`;
    return progressing(before, ['True', 'NewReplicaSetAvailable', message], nowMs);
  }
  if (!now && rollout.current) {
    return progressing(before, ['True', 'FoundNewReplicaSet', `Found new replica set "${name}"`], nowMs);
  }
  if (hasProgressed(deployment.status, counts)) {
    const message = `ReplicaSet "${name}" is progressing.`;
    return progressing(
      removeCondition(before, 'Progressing'),
      ['True', 'ReplicaSetUpdated', message],
      nowMs,
      now,
    );
  }
  const dueAtMs = progressDueAtMs(rollout, now);
  if (dueAtMs !== undefined && dueAtMs <= nowMs) {
    const message = `ReplicaSet "${name}" has timed out progressing.`;
    return progressing(before, ['False', 'ProgressDeadlineExceeded', message], nowMs);
  }
  return before;
}

/** While a step is held nothing is expected to move, so the deadline does not run. */
function heldByCanary({ canary, rollout }: StatusInput): readonly [string, string, string] | undefined {
  if (typeof canary === 'string') return ['Unknown', 'CanaryInvalid', canary];
  if (canary?.untilMs === undefined) return undefined;
  const { index, count, most, untilMs } = canary;
  const of = `${most} of ${rollout.replicas} replicas are of the new version`;
  const message = `Step ${index + 1} of ${count}: ${of} until ${rfc3339(untilMs)}`;
  return ['Unknown', 'CanaryHolding', message];
}

function hasProgressed(before: Counts | undefined, after: Counts): boolean {
  const rest = (counts: Counts | undefined) => (counts?.replicas ?? 0) - (counts?.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    rest(after) < rest(before) ||
    (after.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  );
}

/** The ReplicaSet's trouble, or our own with making it. */
function replicaFailure({ rollout, failures, nowMs }: StatusInput, conditions: Conditions): Conditions {
  const refused = failures.find(({ action }) => action.type === 'create');
  if (refused) {
    const condition = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'ReplicaSetCreateError',
      message: refused.error.message,
    };
    return set(conditions, condition, nowMs);
  }
  const troubled = [rollout.current, ...rollout.old]
    .map((replicaSet) => findCondition(replicaSet?.status?.conditions, 'ReplicaFailure'))
    .find((condition) => condition?.status === 'True');
  if (!troubled) return removeCondition(conditions, 'ReplicaFailure');
  const { type, status, reason, message } = troubled;
  return set(conditions, { type, status, reason, message }, nowMs);
}

function progressing(
  conditions: Conditions,
  [status, reason, message]: readonly [string, string, string],
  nowMs: number,
  transitionOf?: Frozen<DeploymentCondition>,
): Conditions {
  const next = set(conditions, { type: 'Progressing', status, reason, message }, nowMs);
  if (transitionOf?.status !== status) return next;
  return next.map((condition) =>
    condition.type === 'Progressing'
      ? { ...condition, lastTransitionTime: transitionOf.lastTransitionTime }
      : condition,
  );
}

/** A condition with the same status and reason stays as it is, times and all. */
function set(conditions: Conditions, next: Frozen<DeploymentCondition>, nowMs: number): Conditions {
  const before = findCondition(conditions, next.type ?? '');
  if (before && before.status === next.status && before.reason === next.reason) return conditions;
  const now = rfc3339(nowMs);
  const lastTransitionTime = before?.status === next.status ? (before?.lastTransitionTime ?? now) : now;
  const dated = { ...next, lastUpdateTime: now, lastTransitionTime };
  return [...conditions.filter(({ type }) => type !== next.type), dated];
}

function deadlineSeconds({ deployment }: Rollout): number | undefined {
  const seconds = deployment.spec?.progressDeadlineSeconds ?? NO_DEADLINE_SECONDS;
  return seconds >= NO_DEADLINE_SECONDS ? undefined : seconds;
}

function progressDueAtMs(
  rollout: Rollout,
  condition: Frozen<DeploymentCondition> | undefined,
): number | undefined {
  const seconds = deadlineSeconds(rollout);
  const since = Date.parse(condition?.lastUpdateTime ?? '');
  if (seconds === undefined || Number.isNaN(since)) return undefined;
  if (STANDING_STILL.has(condition?.reason ?? '')) return undefined;
  return since + seconds * 1_000;
}

function deadlineAtMs(rollout: Rollout, conditions: Conditions, nowMs: number): number | undefined {
  const dueAtMs = progressDueAtMs(rollout, findCondition(conditions, 'Progressing'));
  return dueAtMs !== undefined && dueAtMs > nowMs ? dueAtMs : undefined;
}
