import type { Action } from '@reckon/client';
import type { StoredReplicaSet } from '../resources.ts';
import { available, isActive, sum, wanted } from './rollout.ts';
import { scaleTo } from './scale.ts';
import { DESIRED_REPLICAS_ANNOTATION, MAX_REPLICAS_ANNOTATION, type Rollout } from './types.ts';

/** True if the Deployment's size changed since its ReplicaSets were last told. */
export function isScalingEvent(rollout: Rollout): boolean {
  return rollout.all.filter(isActive).some((replicaSet) => {
    const told = replicaSet.metadata.annotations?.[DESIRED_REPLICAS_ANNOTATION];
    return told !== undefined && Number(told) !== rollout.replicas;
  });
}

/**
 * Shares a new size between the ReplicaSets of a rollout that is under way, in proportion to what they have, so that
 * a risk taken by the new version stays as large as it was (Kubernetes: "Deployments", "Proportional scaling").
 */
export function planScaling(rollout: Rollout): readonly Action[] {
  const { all, current, replicas, maxSurge } = rollout;
  const because = `the Deployment was scaled to ${replicas} replicas`;
  const active = all.filter(isActive);
  const latest = active.length === 0 ? (current ?? all.at(-1)) : active.length === 1 ? active[0] : undefined;
  if (latest) return scaleTo(rollout, latest, replicas, because);
  if (current && isSaturated(rollout, current)) {
    return rollout.old
      .filter(isActive)
      .flatMap((old) => scaleTo(rollout, old, 0, 'the new version is all there'));
  }
  if (rollout.deployment.spec?.strategy?.type === 'Recreate') return [];
  const total = sum(active, wanted);
  const allowed = replicas > 0 ? replicas + maxSurge : 0;
  return share(active, allowed, allowed - total).flatMap(([replicaSet, size]) =>
    scaleTo(rollout, replicaSet, size, because),
  );
}

function isSaturated({ replicas }: Rollout, current: StoredReplicaSet): boolean {
  const told = Number(current.metadata.annotations?.[DESIRED_REPLICAS_ANNOTATION]);
  return wanted(current) === replicas && told === replicas && available(current) === replicas;
}

/** New sizes: each takes its part of `toAdd` (which may be negative), the largest what rounding leaves over. */
function share(
  active: readonly StoredReplicaSet[],
  allowed: number,
  toAdd: number,
): readonly (readonly [StoredReplicaSet, number])[] {
  // Equal sizes: the newer one grows first, the older one shrinks first. `active` is oldest first.
  const ages = new Map(active.map((replicaSet, age) => [replicaSet, age]));
  const age = (replicaSet: StoredReplicaSet) => ages.get(replicaSet) ?? 0;
  const sorted = [...active].sort(
    (a, b) => wanted(b) - wanted(a) || (toAdd > 0 ? age(b) - age(a) : age(a) - age(b)),
  );
  let added = 0;
  const sizes = sorted.map((replicaSet) => {
    const part = toAdd === 0 ? 0 : bounded(fraction(replicaSet, allowed), toAdd - added);
    added += part;
    return wanted(replicaSet) + part;
  });
  if (sizes[0] !== undefined) sizes[0] += toAdd - added;
  return sorted.map((replicaSet, i) => [replicaSet, Math.max(0, sizes[i] ?? 0)] as const);
}

function fraction(replicaSet: StoredReplicaSet, allowed: number): number {
  if (allowed === 0) return -wanted(replicaSet);
  const told = Number(replicaSet.metadata.annotations?.[MAX_REPLICAS_ANNOTATION]) || allowed;
  return Math.round((wanted(replicaSet) * allowed) / told) - wanted(replicaSet);
}

function bounded(part: number, left: number): number {
  return left > 0 ? Math.max(0, Math.min(part, left)) : Math.min(0, Math.max(part, left));
}
