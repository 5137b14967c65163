import type { Action } from '@reckon/client';
import { available, isActive, sum, wanted } from './rollout.ts';
import { scaleTo } from './scale.ts';
import type { Rollout } from './types.ts';

/** How many replicas the current ReplicaSet may have now: up to the surge above what is asked for, in all. */
export function allowedForCurrent(rollout: Rollout): number {
  const { replicas, maxSurge, all, current } = rollout;
  const has = wanted(current);
  if (has >= replicas) return replicas;
  const room = replicas + maxSurge - sum(all, wanted);
  return room <= 0 ? has : has + Math.min(room, replicas - has);
}

/**
 * One step of a rolling update: first the new version grows as far as the surge allows, then the old ones shrink as
 * far as enough pods stay available. Each step waits for what the step before brought about.
 */
export function planRollingUpdate(rollout: Rollout): readonly Action[] {
  const { current } = rollout;
  if (!current) return [];
  const size = allowedForCurrent(rollout);
  const grow = scaleTo(
    rollout,
    current,
    size,
    `the rolling update may have ${size} pods of the new version now`,
  );
  return grow.length > 0 ? grow : shrinkOld(rollout);
}

function shrinkOld(rollout: Rollout): readonly Action[] {
  const { all, current, replicas, maxUnavailable } = rollout;
  const old = rollout.old.filter(isActive);
  const minAvailable = replicas - maxUnavailable;
  const coming = wanted(current) - available(current);
  const removable = sum(all, wanted) - minAvailable - coming;
  if (old.length === 0 || removable <= 0) return [];

  const sizes = new Map(old.map((replicaSet) => [replicaSet, wanted(replicaSet)]));
  let left = removable;
  // Pods that do not work are not missed: they go first, and count for nothing.
  for (const replicaSet of old) {
    const broken = Math.min(left, wanted(replicaSet) - available(replicaSet));
    sizes.set(replicaSet, wanted(replicaSet) - broken);
    left -= broken;
  }
  let spare = Math.min(left, sum(all, available) - minAvailable);
  for (const replicaSet of old) {
    const size = sizes.get(replicaSet) ?? 0;
    const gone = Math.max(0, Math.min(spare, size));
    sizes.set(replicaSet, size - gone);
    spare -= gone;
  }
  return old.flatMap((replicaSet) => {
    const size = sizes.get(replicaSet) ?? 0;
    if (size === wanted(replicaSet)) return [];
    return scaleTo(rollout, replicaSet, size, `${available(current)} pods of the new version are available`);
  });
}
