import { controllerOf, isPodFinished, labelSelectorOf } from '@reckon/api';
import { DEPLOYMENTS, type Observation, PODS, parseKey, REPLICA_SETS, type Snapshot } from '@reckon/client';
import type { StoredDeployment } from '../resources.ts';
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
  const rivals = rollout.current ? [] : rivalsOf(snapshot, desired);
  return { desired, observed: { owned, orphans, unfinishedPods, nameTaken, rivals } };
}

function rivalsOf(snapshot: Snapshot, { metadata, spec }: StoredDeployment): readonly string[] {
  const labels = spec?.template?.metadata?.labels;
  return snapshot
    .list(DEPLOYMENTS, metadata.namespace ?? '')
    .filter((other) => other.metadata.uid !== metadata.uid)
    .filter((other) => labelSelectorOf(other.spec?.selector).matches(labels))
    .map((other) => other.metadata.name);
}
