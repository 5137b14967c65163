import { controllerOf, labelSelectorOf } from '@reckon/api';
import {
  DEPLOYMENTS,
  type Observation,
  POD_DISRUPTION_BUDGETS,
  PODS,
  parseKey,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  type Snapshot,
  STATEFUL_SETS,
} from '@reckon/client';
import type { StoredPod } from '../resources.ts';
import type { DisruptionDesired, DisruptionObserved } from './types.ts';

export function observeDisruption(
  snapshot: Snapshot,
  key: string,
): Observation<DisruptionDesired, DisruptionObserved> | undefined {
  const { namespace, name } = parseKey(key);
  const desired = snapshot.get(POD_DISRUPTION_BUDGETS, namespace, name);
  if (!desired) return undefined;
  // An absent selector matches nothing, an empty one everything.
  const { selector } = desired.spec ?? {};
  const pods = selector ? snapshot.select(PODS, namespace, labelSelectorOf(selector)) : [];
  return { desired, observed: { pods, ...scaleOf(snapshot, pods) } };
}

function scaleOf(snapshot: Snapshot, pods: readonly StoredPod[]): Omit<DisruptionObserved, 'pods'> {
  // By the uid of what is scaled: the ReplicaSets of one Deployment count as it does, once.
  const scales = new Map<string, number>();
  const seen = new Set<string>();
  const unmanaged: string[] = [];
  let unknown: string | undefined;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner?.uid) unmanaged.push(pod.metadata.name);
    if (!owner?.uid || seen.has(owner.uid)) continue;
    seen.add(owner.uid);
    const found = replicasOf(snapshot, owner.kind ?? '', owner.uid);
    if (found) scales.set(found.uid, found.replicas);
    else unknown ??= `found no controller with a scale for pod "${pod.metadata.name}"`;
  }
  return { scale: [...scales.values()].reduce((sum, count) => sum + count, 0), unmanaged, unknown };
}

function replicasOf(
  snapshot: Snapshot,
  kind: string,
  uid: string,
): { readonly uid: string; readonly replicas: number } | undefined {
  switch (kind) {
    case 'ReplicaSet': {
      const replicaSet = snapshot.byUid(REPLICA_SETS, uid);
      const owner = replicaSet && controllerOf(replicaSet);
      const deployment =
        owner?.kind === 'Deployment' ? snapshot.byUid(DEPLOYMENTS, owner.uid ?? '') : undefined;
      const scaled = deployment ?? replicaSet;
      return scaled && { uid: scaled.metadata.uid, replicas: scaled.spec?.replicas ?? 1 };
    }
    case 'ReplicationController': {
      const controller = snapshot.byUid(REPLICATION_CONTROLLERS, uid);
      return controller && { uid, replicas: controller.spec?.replicas ?? 1 };
    }
    case 'StatefulSet': {
      const set = snapshot.byUid(STATEFUL_SETS, uid);
      return set && { uid, replicas: set.spec?.replicas ?? 1 };
    }
    default:
      return undefined;
  }
}
