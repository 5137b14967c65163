import type { Action } from '@reckon/client';
import { available, isActive, sum, wanted } from './rollout.ts';
import { scaleTo } from './scale.ts';
import type { Rollout } from './types.ts';

/**
 * How many replicas the current ReplicaSet may have now: up to the surge above what is asked for, in all, and up to
 * `most` of its own (a canary's weight). A limit never takes away what is there.
 */
export function allowedForCurrent(rollout: Rollout, most = rollout.replicas): number {
  const { replicas, maxSurge, all, current } = rollout;
  const has = wanted(current);
  if (has >= replicas) return replicas;
  const room = replicas + maxSurge - sum(all, wanted);
  return room <= 0 ? has : has + Math.min(room, Math.max(0, most - has));
}

/**
 * One step of a rolling update: first the new version grows as far as the surge allows, then the old ones shrink as
 * far as enough pods stay available. Each step waits for what the step before brought about.
 */
export function planRollingUpdate(rollout: Rollout, most = rollout.replicas): readonly Action[] {
  const { current } = rollout;
  if (!current) return [];
  const size = allowedForCurrent(rollout, most);
  const grow = scaleTo(
    rollout,
    current,
    size,
    `the rolling update may have ${size} pods of the new version now`,
  );
  return grow.length > 0 ? grow : shrinkOld(rollout, most);
}

/** The old versions keep what the new one may not have yet. */
function shrinkOld(rollout: Rollout, most: number): readonly Action[] {
  const { all, current, replicas, maxUnavailable } = rollout;
  const old = rollout.old.filter(isActive);
  const minAvailable = replicas - maxUnavailable;
  const coming = wanted(current) - available(current);
  const beyondTheirPart = sum(old, wanted) - (replicas - Math.min(most, replicas));
  const removable = Math.min(sum(all, wanted) - minAvailable - coming, beyondTheirPart);
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
