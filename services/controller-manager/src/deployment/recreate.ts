import type { Action } from '@reckon/client';
import { isActive, sum } from './rollout.ts';
import { scaleTo } from './scale.ts';
import type { DeploymentObserved, Rollout } from './types.ts';

/** True while anything of an old version may still run. */
export function oldPodsRemain(rollout: Rollout, observed: DeploymentObserved): boolean {
  return sum(rollout.old, ({ metadata }) => observed.unfinishedPods.get(metadata.uid) ?? 0) > 0;
}

/** Recreate: all old pods go before the first new one comes. */
export function planRecreate(rollout: Rollout, observed: DeploymentObserved): readonly Action[] {
  const shrink = rollout.old
    .filter(isActive)
    .flatMap((old) => scaleTo(rollout, old, 0, 'the strategy Recreate stops the old version first'));
  if (shrink.length > 0 || oldPodsRemain(rollout, observed) || !rollout.current) return shrink;
  return scaleTo(rollout, rollout.current, rollout.replicas, 'no pod of an old version is left');
}
