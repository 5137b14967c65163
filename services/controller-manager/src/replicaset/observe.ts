import { controllerOf, isPodActive, labelSelectorOf } from '@reckon/api';
import { type Observation, PODS, parseKey, REPLICA_SETS, type Snapshot } from '@reckon/client';
import type { StoredPod, StoredReplicaSet } from '../resources.ts';
import type { ReplicaSetDesired, ReplicaSetObserved } from './types.ts';

export function observeReplicaSet(
  snapshot: Snapshot,
  key: string,
): Observation<ReplicaSetDesired, ReplicaSetObserved> | undefined {
  const { namespace, name } = parseKey(key);
  const desired = snapshot.get(REPLICA_SETS, namespace, name);
  return desired ? { desired, observed: observeReplicas(snapshot, desired) } : undefined;
}

/** The same for a ReplicationController, in the shape of a ReplicaSet. */
export function observeReplicas(snapshot: Snapshot, desired: StoredReplicaSet): ReplicaSetObserved {
  const owned = ownedPods(snapshot, desired);
  const orphans = snapshot
    .select(PODS, desired.metadata.namespace ?? '', labelSelectorOf(desired.spec?.selector))
    .filter((pod) => isPodActive(pod) && !controllerOf(pod));
  // Where the others of its Deployment are matters only for who has to go.
  const tooMany = owned.length + orphans.length > (desired.spec?.replicas ?? 1);
  return { owned, orphans, siblingsByNode: tooMany ? siblingsByNode(snapshot, desired, owned) : NOWHERE };
}

const NOWHERE: ReadonlyMap<string, number> = new Map();

function ownedPods(snapshot: Snapshot, replicaSet: StoredReplicaSet): readonly StoredPod[] {
  const { uid } = replicaSet.metadata;
  return snapshot.ownedBy(PODS, uid).filter((pod) => controllerOf(pod)?.uid === uid);
}

/** Old and new ReplicaSets of one Deployment count together: a node is crowded by all of them. */
function siblingsByNode(
  snapshot: Snapshot,
  replicaSet: StoredReplicaSet,
  owned: readonly StoredPod[],
): ReadonlyMap<string, number> {
  const owner = controllerOf(replicaSet);
  const family = owner?.uid ? snapshot.ownedBy(REPLICA_SETS, owner.uid) : [];
  const pods = owner ? family.flatMap((sibling) => ownedPods(snapshot, sibling)) : owned;
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const node = pod.spec?.nodeName;
    if (node && isPodActive(pod)) counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return counts;
}
