import { controllerRef, isPodActive } from '@reckon/api';
import {
  type Action,
  derivedName,
  type Frozen,
  nameOf,
  type Plan,
  type PlanInput,
  PODS,
  REPLICA_SETS,
} from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { adoption, matches, release } from '../ownership.ts';
import type { StoredPod, StoredReplicaSet } from '../resources.ts';
import { replicaSetStatus } from './status.ts';
import type { ReplicaSetDesired, ReplicaSetObserved } from './types.ts';
import { inVictimOrder } from './victims.ts';

/** Creates and deletes at most so many pods a pass, so that one ReplicaSet does not keep the others waiting. */
const BURST = 500;

/** Keeps the number of active pods that a ReplicaSet asks for. */
export function planReplicaSet({
  desired,
  observed,
  now,
  failures,
}: PlanInput<ReplicaSetDesired, ReplicaSetObserved>): Plan {
  const deleting = desired.metadata.deletionTimestamp !== undefined;
  const selector = desired.spec?.selector;
  const kept = observed.owned.filter((pod) => matches(selector, pod));
  const released = observed.owned.filter((pod) => !matches(selector, pod) && isPodActive(pod));
  const adopted = deleting ? [] : observed.orphans;
  const active = [...kept, ...adopted].filter(isPodActive);
  const missing = (desired.spec?.replicas ?? 1) - active.length;
  const { status, wakeAtMs } = replicaSetStatus(desired, [...kept, ...adopted], failures, now);
  const actions: Action[] = [
    ...released.map((pod) => release(PODS, pod, desired)),
    ...adopted.map((pod) => adoption(PODS, pod, desired)),
  ];
  if (!deleting && missing > 0) actions.push(...creations(desired, kept, Math.min(missing, BURST)));
  if (!deleting && missing < 0) {
    const victims = inVictimOrder(active, observed.siblingsByNode).slice(0, Math.min(-missing, BURST));
    actions.push(...victims.map((pod) => deletion(desired, pod)));
  }
  return {
    actions,
    status: {
      resource: REPLICA_SETS,
      object: desired,
      status,
      because: `of ${desired.spec?.replicas ?? 1} pods asked for, ${status.replicas} run and ${status.readyReplicas ?? 0} are ready`,
    },
    wakeAtMs,
  };
}

/**
 * Names depend on the revision of the ReplicaSet: a plan made twice names the same pods, a pod that replaces another
 * has a new name. Names that are taken are passed over.
 */
function creations(replicaSet: StoredReplicaSet, present: readonly StoredPod[], count: number): Action[] {
  const { metadata } = replicaSet;
  const taken = new Set(present.map((pod) => pod.metadata.name));
  const actions: Action[] = [];
  for (let ordinal = 0; actions.length < count; ordinal++) {
    const name = derivedName(metadata.name, metadata.uid, metadata.resourceVersion, ordinal);
    if (taken.has(name)) continue;
    actions.push(creation(replicaSet, podOf(replicaSet, name)));
  }
  return actions;
}

function creation(replicaSet: StoredReplicaSet, pod: Frozen<Pod>): Action {
  const { kind, metadata, spec } = replicaSet;
  return {
    type: 'create',
    resource: PODS,
    object: pod,
    because: `${kind} ${metadata.name} asks for ${spec?.replicas ?? 1} pods`,
    event: {
      regarding: replicaSet,
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created pod: ${pod.metadata?.name}`,
    },
    failureEvent: {
      regarding: replicaSet,
      type: 'Warning',
      reason: 'FailedCreate',
      message: 'Error creating',
    },
  };
}

function podOf(replicaSet: StoredReplicaSet, name: string): Frozen<Pod> {
  const { metadata, spec } = replicaSet;
  const template = spec?.template;
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${metadata.name}-`,
      namespace: metadata.namespace,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerRef(replicaSet)],
    },
    spec: template?.spec ?? {},
  };
}

function deletion(replicaSet: StoredReplicaSet, pod: StoredPod): Action {
  const { name, uid } = pod.metadata;
  return {
    type: 'delete',
    resource: PODS,
    target: nameOf(pod),
    precondition: { uid },
    because: `${replicaSet.kind} ${replicaSet.metadata.name} asks for only ${replicaSet.spec?.replicas ?? 1} pods`,
    event: {
      regarding: replicaSet,
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${name}`,
    },
    failureEvent: {
      regarding: replicaSet,
      type: 'Warning',
      reason: 'FailedDelete',
      message: `Error deleting pod ${name}`,
    },
  };
}
