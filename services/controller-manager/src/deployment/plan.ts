/**
 * A Deployment moves its pods from one ReplicaSet to the next. Every pass does one step of:
 *
 *   adopt and release ─▶ make the ReplicaSet of the present template ─▶ share out a changed size
 *     ─▶ rolling update (grow the new, shrink the old) or recreate (empty the old, fill the new)
 *     ─▶ forget revisions beyond the history limit
 *
 * A paused Deployment is only scaled. Each step is triggered by what the step before changed.
 */
import type { Action, Plan, PlanInput } from '@reckon/client';
import { DEPLOYMENTS, REPLICA_SETS } from '@reckon/client';
import { adoption, matches, release } from '../ownership.ts';
import { isScalingEvent, planScaling } from './proportional.ts';
import { oldPodsRemain, planRecreate } from './recreate.ts';
import { alignRevision, createCurrent, forgetOldRevisions } from './revision.ts';
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
  const steps = deleting || handovers.length > 0 ? [] : planSteps(rollout, observed);
  const creating = steps.some(({ type }) => type === 'create');
  const collision = !creating && needsCurrent(rollout, observed) && observed.nameTaken;
  const { status, wakeAtMs } = deploymentStatus({ rollout, failures, creating, collision, nowMs: now });
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

function planSteps(rollout: Rollout, observed: DeploymentObserved): readonly Action[] {
  const { deployment } = rollout;
  if (deployment.spec?.paused) return planScaling(rollout);
  if (isScalingEvent(rollout)) return planScaling(rollout);
  if (needsCurrent(rollout, observed)) {
    return observed.nameTaken ? [] : [createCurrent(rollout, allowedForNew(rollout))];
  }
  const aligned = alignRevision(rollout);
  if (aligned.length > 0) return aligned;
  const moves = isRecreate(rollout) ? planRecreate(rollout, observed) : planRollingUpdate(rollout);
  if (moves.length > 0) return moves;
  return isComplete(rollout, deployment.status) ? forgetOldRevisions(rollout) : [];
}

function needsCurrent(rollout: Rollout, observed: DeploymentObserved): boolean {
  if (rollout.current || rollout.deployment.spec?.paused) return false;
  return !isRecreate(rollout) || !(rollout.old.some(isActive) || oldPodsRemain(rollout, observed));
}

function allowedForNew(rollout: Rollout): number {
  return isRecreate(rollout) ? rollout.replicas : allowedForCurrent(rollout);
}

function isRecreate({ deployment }: Rollout): boolean {
  return deployment.spec?.strategy?.type === 'Recreate';
}
