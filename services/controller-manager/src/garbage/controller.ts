import { jsonEqual, splitApiVersion } from '@reckon/api';
import {
  type Change,
  type Controller,
  type ResourceType,
  type Snapshot,
  type Stored,
  watch,
} from '@reckon/client';
import { ALL_RESOURCES } from '../resources.ts';
import { blocks, isDeletedInForeground, planGarbage } from './plan.ts';
import type { Dependent, GarbageDesired, GarbageObserved, Owner } from './types.ts';

const byGroupResource = new Map(ALL_RESOURCES.map((resource) => [resource.groupResource, resource]));
const byKind = new Map(ALL_RESOURCES.map((resource) => [`${resource.group}/${resource.kind}`, resource]));

/** Keys are `resource/namespace/name`: it looks after objects of every kind. */
export const garbageCollector: Controller<GarbageDesired, GarbageObserved> = {
  name: 'garbage-collector-controller',
  watches: ALL_RESOURCES.map((resource) => watch(resource, concerned)),
  observe(snapshot, key) {
    const [groupResource = '', namespace = '', name = ''] = key.split('/');
    const resource = byGroupResource.get(groupResource);
    const desired = resource && snapshot.get(resource, namespace, name);
    if (!resource || !desired) return undefined;
    const owners = (desired.metadata.ownerReferences ?? []).map((reference) =>
      ownerState(snapshot, desired, reference),
    );
    return { desired, observed: { resource, owners, dependents: dependentsOf(snapshot, desired) } };
  },
  plan: planGarbage,
};

/** The object itself where owners or finalizers are at play; what depends on it when it goes; what it held back. */
function* concerned(change: Change, snapshot: Snapshot): Iterable<string> {
  // Most changes are Events and heartbeats, which are not even parsed.
  if (!change.mayBeBound && change.operation !== 'delete') return;
  const { object, previous, operation, resource } = change;
  const { metadata } = object;
  const isBound = metadata.ownerReferences?.length || metadata.deletionTimestamp;
  if (operation !== 'delete' && isBound && !(previous && areBoundAlike(previous, object))) {
    yield garbageKey(resource, object);
  }
  const leaving =
    operation === 'delete' || (metadata.deletionTimestamp && !previous?.metadata.deletionTimestamp);
  if (leaving)
    for (const [dependentResource, dependent] of ownedBy(snapshot, object))
      yield garbageKey(dependentResource, dependent);
  const before = (previous ?? object).metadata.ownerReferences ?? [];
  const after = operation === 'delete' ? [] : (metadata.ownerReferences ?? []);
  for (const reference of before) {
    if (after.some(({ uid }) => uid === reference.uid)) continue;
    const ownerResource = resourceOf(reference);
    const owner = ownerResource && snapshot.byUid(ownerResource, reference.uid ?? '');
    if (ownerResource && owner) yield garbageKey(ownerResource, owner);
  }
}

/** Whatever else has changed is no concern of this controller: a pod's status does so many times. */
function areBoundAlike({ metadata: before }: Stored, { metadata: after }: Stored): boolean {
  return (
    before.uid === after.uid &&
    before.deletionTimestamp === after.deletionTimestamp &&
    jsonEqual(before.ownerReferences, after.ownerReferences) &&
    jsonEqual(before.finalizers, after.finalizers)
  );
}

function garbageKey(resource: ResourceType, { metadata }: Stored): string {
  return `${resource.groupResource}/${metadata.namespace ?? ''}/${metadata.name}`;
}

function resourceOf({ apiVersion, kind }: Owner['reference']): ResourceType | undefined {
  return byKind.get(`${splitApiVersion(apiVersion ?? '').group}/${kind}`);
}

function ownerState(snapshot: Snapshot, dependent: Stored, reference: Owner['reference']): Owner {
  const resource = resourceOf(reference);
  if (!resource) return { reference, state: 'present' };
  const owner = snapshot.byUid(resource, reference.uid ?? '');
  const { namespace = '' } = dependent.metadata;
  const misplaced = resource.namespaced && (owner ? owner.metadata.namespace !== namespace : !namespace);
  if (misplaced) return { reference, state: 'elsewhere' };
  if (!owner) return { reference, state: 'absent' };
  return {
    reference,
    state: isDeletedInForeground(owner) ? 'waiting' : 'present',
  };
}

function dependentsOf(snapshot: Snapshot, owner: Stored): readonly Dependent[] {
  const mayBeCircle = isDeletedInForeground(owner);
  return ownedBy(snapshot, owner).map(([resource, object]) => ({
    resource,
    object,
    waitsForOwner: mayBeCircle && waitsFor(snapshot, object, owner),
  }));
}

function ownedBy(snapshot: Snapshot, owner: Stored): readonly (readonly [ResourceType, Stored])[] {
  return ALL_RESOURCES.flatMap((resource) =>
    snapshot.ownedBy(resource, owner.metadata.uid).map((object) => [resource, object] as const),
  );
}

/** Follows those that wait for their dependents, from one to what blocks it, until it comes to `target` or to an end. */
function waitsFor(snapshot: Snapshot, from: Stored, target: Stored): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let object = open.pop(); object; object = open.pop()) {
    if (object.metadata.uid === target.metadata.uid) return true;
    if (seen.has(object.metadata.uid) || !isDeletedInForeground(object)) continue;
    seen.add(object.metadata.uid);
    for (const [, dependent] of ownedBy(snapshot, object))
      if (blocks(dependent, object)) open.push(dependent);
  }
  return false;
}
