/**
 * Owner references (Kubernetes: "Garbage collection"). An object is
 *   - kept while one owner is present,
 *   - deleted once all its owners are absent or wait for it,
 *   - if it is itself being deleted in the foreground: let go once no dependent that blocks it is left but those that
 *     in a circle wait for it,
 *   - if it is being deleted with its dependents orphaned: let go once none refers to it.
 */
import { FINALIZER_FOREGROUND, FINALIZER_ORPHAN } from '@reckon/api';
import {
  type Action,
  nameOf,
  type Plan,
  type PlanInput,
  type PropagationPolicy,
  type Stored,
} from '@reckon/client';
import { metadataPatch } from '../metadata-patch.ts';
import type { Dependent, GarbageDesired, GarbageObserved, Owner } from './types.ts';

export function planGarbage({ desired, observed }: PlanInput<GarbageDesired, GarbageObserved>): Plan {
  return {
    actions: desired.metadata.deletionTimestamp
      ? planDeleting(desired, observed)
      : planLiving(desired, observed),
  };
}

function planDeleting(object: Stored, { resource, dependents }: GarbageObserved): readonly Action[] {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(FINALIZER_ORPHAN)) {
    if (dependents.length > 0) return dependents.map((dependent) => orphan(dependent, object));
    return [
      dropFinalizer(object, resource, FINALIZER_ORPHAN, 'none of its dependents refers to it any longer'),
    ];
  }
  if (finalizers.includes(FINALIZER_FOREGROUND)) {
    const blocking = dependents.some((one) => !one.waitsForOwner && blocks(one.object, object));
    return blocking
      ? []
      : [dropFinalizer(object, resource, FINALIZER_FOREGROUND, 'no dependent blocks its deletion')];
  }
  return [];
}

/** The dependent holds back its owner's deletion in the foreground. */
export function blocks(dependent: Stored, owner: Stored): boolean {
  return (dependent.metadata.ownerReferences ?? []).some(
    ({ uid, blockOwnerDeletion }) => uid === owner.metadata.uid && blockOwnerDeletion === true,
  );
}

export function isDeletedInForeground({ metadata }: Stored): boolean {
  return (
    metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(FINALIZER_FOREGROUND)
  );
}

function planLiving(object: Stored, observed: GarbageObserved): readonly Action[] {
  const elsewhere = observed.owners.filter(({ state }) => state === 'elsewhere');
  return [...elsewhere.map((owner) => reportMisplaced(object, owner)), ...planOwned(object, observed)];
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/#owner-references-in-object-specifications */
function reportMisplaced(object: Stored, { reference }: Owner): Action {
  const { apiVersion, kind, name, uid } = reference;
  const { namespace = '' } = object.metadata;
  const message = `ownerRef [${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}] does not exist in namespace "${namespace}"`;
  return {
    type: 'event',
    event: { regarding: object, type: 'Warning', reason: 'OwnerRefInvalidNamespace', message },
  };
}

function planOwned(object: Stored, { resource, owners, dependents }: GarbageObserved): readonly Action[] {
  // What lies in no namespace cannot be owned from one: whether that owner is there cannot be said.
  if (!object.metadata.namespace && owners.some(({ state }) => state === 'elsewhere')) return [];
  if (owners.length === 0 || owners.every(({ state }) => state === 'present')) return [];
  const { name, uid, resourceVersion } = object.metadata;
  if (owners.some(({ state }) => state === 'present')) {
    const ownerReferences = owners
      .filter(({ state }) => state === 'present')
      .map(({ reference }) => reference);
    return [metadataPatch({ resource, object }, { ownerReferences }, 'some of its owners are gone')];
  }
  const waiting = owners.find(({ state }) => state === 'waiting');
  const owner = (waiting ?? owners[0])?.reference;
  return [
    {
      type: 'delete',
      resource,
      target: nameOf(object),
      precondition: { uid, resourceVersion },
      propagationPolicy: policyFor(object, waiting !== undefined && dependents.length > 0),
      because: `the owner of ${object.kind} ${name}, ${owner?.kind} ${owner?.name}, ${waiting ? 'is being deleted' : 'is gone'}`,
    },
  ];
}

function policyFor(object: Stored, foreground: boolean): PropagationPolicy {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(FINALIZER_ORPHAN)) return 'Orphan';
  return foreground || finalizers.includes(FINALIZER_FOREGROUND) ? 'Foreground' : 'Background';
}

function orphan(dependent: Dependent, owner: Stored): Action {
  const others = (dependent.object.metadata.ownerReferences ?? []).filter(
    ({ uid }) => uid !== owner.metadata.uid,
  );
  return metadataPatch(
    dependent,
    { ownerReferences: others },
    `its owner ${owner.kind} ${owner.metadata.name} is deleted without its dependents`,
  );
}

function dropFinalizer(
  object: Stored,
  resource: Dependent['resource'],
  finalizer: string,
  because: string,
): Action {
  const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
  return metadataPatch({ resource, object }, { finalizers }, because);
}
