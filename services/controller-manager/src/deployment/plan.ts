/**
 * A Deployment moves its pods from one ReplicaSet to the next. Every pass does one step of:
 *
 *   adopt and release ─▶ go back if the rollout has failed ─▶ make the ReplicaSet of the present template ─▶ share out a changed size
 *     ─▶ rolling update (grow the new, shrink the old) or recreate (empty the old, fill the new)
 *     ─▶ forget revisions beyond the history limit
 *
 * A paused Deployment is only scaled. Each step is triggered by what the step before changed.
 */
import type { Action, Plan, PlanInput } from '@reckon/client';
import { DEPLOYMENTS, REPLICA_SETS } from '@reckon/client';
import { adoption, matches, release } from '../ownership.ts';
import { type Canary, canaryOf, holdCanary, isHeldCanary } from './canary.ts';
import { markCompleted } from './completed.ts';
import { isScalingEvent, planScaling } from './proportional.ts';
import { oldPodsRemain, planRecreate } from './recreate.ts';
import { alignRevision, createCurrent, forgetOldRevisions, tellOfRivals } from './revision.ts';
import { planRollback } from './rollback.ts';
import { allowedForCurrent, planRollingUpdate } from './rolling-update.ts';
import { isActive, rolloutOf } from './rollout.ts';
import { deploymentStatus, isComplete } from './status.ts';
import type { DeploymentDesired, DeploymentObserved, Rollout } from './types.ts';

export function planDeployment(input: PlanInput<DeploymentDesired, DeploymentObserved>): Plan {
  const { desired, observed, failures, now } = input;
  const selector = desired.spec?.selector;
  const deleting = desired.metadata.deletionTimestamp !== undefined;
  const kept = observed.owned.filter((replicaSet) => matches(selector, replicaSet));
  const strangers = observed.owned.filter((replicaSet) => !matches(selector, replicaSet));
  const adopted = deleting ? [] : observed.orphans;
  const rollout = rolloutOf(desired, [...kept, ...adopted]);

  const handovers = [
    ...strangers.map((replicaSet) => release(REPLICA_SETS, replicaSet, desired)),
    ...adopted.map((replicaSet) => adoption(REPLICA_SETS, replicaSet, desired)),
  ];
  // Adopted ReplicaSets are worked with once they are ours.
  const canary = canaryOf(rollout, now);
  const steps = deleting || handovers.length > 0 ? [] : planSteps(rollout, { observed, canary, nowMs: now });
  const creating = steps.some(({ type }) => type === 'create');
  const collision = !creating && needsCurrent(rollout, observed) && observed.nameTaken;
  const { status, wakeAtMs } = deploymentStatus({
    rollout,
    failures,
    creating,
    collision,
    canary,
    nowMs: now,
  });
  return {
    actions: [...handovers, ...steps],
    status: {
      resource: DEPLOYMENTS,
      object: desired,
      status,
      because: `${status.updatedReplicas ?? 0} of ${rollout.replicas} replicas are up to date, ${status.availableReplicas ?? 0} available`,
    },
    wakeAtMs,
  };
}

interface Circumstances {
  readonly observed: DeploymentObserved;
  /** A string: what is wrong with the steps that were asked for. */
  readonly canary: Canary | string | undefined;
  readonly nowMs: number;
}

function planSteps(rollout: Rollout, { observed, canary, nowMs }: Circumstances): readonly Action[] {
  const { deployment } = rollout;
  if (isScalingEvent(rollout)) return planScaling(rollout);
  // Filling up to the surge, as a pause otherwise does, would shift the weight of a step that is held.
  if (deployment.spec?.paused) return isHeldCanary(rollout) ? [] : planScaling(rollout);
  // Who asks for steps that nobody can read does not want all of it at once.
  if (typeof canary === 'string') return [];
  const back = planRollback(rollout);
  if (back.length > 0) return back;
  if (needsCurrent(rollout, observed)) {
    if (observed.nameTaken) return [];
    const create = createCurrent(rollout, allowedForNew(rollout, canary));
    return [create, ...tellOfRivals(rollout, observed.rivals)];
  }
  const aligned = alignRevision(rollout);
  if (aligned.length > 0) return aligned;
  const moves = isRecreate(rollout)
    ? planRecreate(rollout, observed)
    : planRollingUpdate(rollout, canary?.most);
  if (moves.length > 0) return moves;
  const held = canary ? holdCanary(rollout, canary, nowMs) : [];
  if (held.length > 0) return held;
  if (!isComplete(rollout, deployment.status)) return [];
  const marked = markCompleted(rollout);
  return marked.length > 0 ? marked : forgetOldRevisions(rollout);
}

function needsCurrent(rollout: Rollout, observed: DeploymentObserved): boolean {
  if (rollout.current || rollout.deployment.spec?.paused) return false;
  return !isRecreate(rollout) || !(rollout.old.some(isActive) || oldPodsRemain(rollout, observed));
}

function allowedForNew(rollout: Rollout, canary: Canary | undefined): number {
  return isRecreate(rollout) ? rollout.replicas : allowedForCurrent(rollout, canary?.most);
}

function isRecreate({ deployment }: Rollout): boolean {
  return deployment.spec?.strategy?.type === 'Recreate';
}
