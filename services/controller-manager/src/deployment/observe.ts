import { controllerOf, isPodFinished, labelSelectorOf } from '@reckon/api';
import { DEPLOYMENTS, type Observation, PODS, parseKey, REPLICA_SETS, type Snapshot } from '@reckon/client';
import { currentName } from './revision.ts';
import { rolloutOf } from './rollout.ts';
import type { DeploymentDesired, DeploymentObserved } from './types.ts';

export function observeDeployment(
  snapshot: Snapshot,
  key: string,
): Observation<DeploymentDesired, DeploymentObserved> | undefined {
  const { namespace, name } = parseKey(key);
  const desired = snapshot.get(DEPLOYMENTS, namespace, name);
  if (!desired) return undefined;
  const { uid } = desired.metadata;
  const owned = snapshot
    .ownedBy(REPLICA_SETS, uid)
    .filter((replicaSet) => controllerOf(replicaSet)?.uid === uid);
  const orphans = snapshot
    .select(REPLICA_SETS, namespace, labelSelectorOf(desired.spec?.selector))
    .filter((replicaSet) => !controllerOf(replicaSet) && !replicaSet.metadata.deletionTimestamp);
  const unfinishedPods = new Map(
    owned.map(({ metadata }) => [
      metadata.uid,
      snapshot.ownedBy(PODS, metadata.uid).filter((pod) => !isPodFinished(pod)).length,
    ]),
  );
  const rollout = rolloutOf(desired, owned);
  const nameTaken =
    !rollout.current && snapshot.get(REPLICA_SETS, namespace, currentName(rollout)) !== undefined;
  return { desired, observed: { owned, orphans, unfinishedPods, nameTaken } };
}
