import { controllerOf, labelSelectorOf, splitApiVersion } from '@reckon/api';
import {
  DEPLOYMENTS,
  type KubeObject,
  type Observation,
  POD_DISRUPTION_BUDGETS,
  PODS,
  parseKey,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  type ResourceType,
  type Snapshot,
  STATEFUL_SETS,
  type Stored,
} from '@reckon/client';
import type { OwnerReference } from '@reckon/proto/reckon/api/meta/v1/meta.ts';
import { ALL_RESOURCES, type StoredPod } from '../resources.ts';
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
    const found = replicasOf(snapshot, owner);
    if (typeof found === 'string') unknown ??= found;
    else if (found) scales.set(found.metadata.uid, found.spec?.replicas ?? 1);
    else unknown ??= `found no controllers for pod "${pod.metadata.name}"`;
  }
  return { scale: [...scales.values()].reduce((sum, count) => sum + count, 0), unmanaged, unknown };
}

interface Scaled extends KubeObject {
  readonly spec?: { readonly replicas?: number | undefined } | undefined;
}

/** The kinds with a scale subresource. */
const SCALED: readonly ResourceType<Scaled>[] = [
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  STATEFUL_SETS,
  DEPLOYMENTS,
];

/** Undefined if it is not there; a sentence, in Kubernetes' words, if it is of a kind that has no scale. */
function replicasOf(snapshot: Snapshot, owner: OwnerReference): Stored<Scaled> | string | undefined {
  const { apiVersion = '', kind = '', uid = '' } = owner;
  const { group } = splitApiVersion(apiVersion);
  const isOf = (type: ResourceType) =>
    type.kind === kind && (type.group === group || (group === 'extensions' && type.group === 'apps'));
  const known = ALL_RESOURCES.find(isOf);
  if (!known) return `no matches for kind "${kind}" in version "${apiVersion}"`;
  const resource = SCALED.find(isOf);
  if (!resource) return `${known.groupResource} does not implement the scale subresource`;
  const found = snapshot.byUid(resource, uid);
  const above = found && resource === REPLICA_SETS ? controllerOf(found) : undefined;
  const deployment = above?.kind === 'Deployment' ? snapshot.byUid(DEPLOYMENTS, above.uid ?? '') : undefined;
  return deployment ?? found;
}
