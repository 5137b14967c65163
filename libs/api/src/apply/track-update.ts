/** Keeps `metadata.managedFields` up when an object is created, updated or patched without apply. */
import { changedFields, compareFields } from '../fields/compare.ts';
import { ElementError } from '../fields/element.ts';
import { differenceOf, EMPTY, type FieldSet, isEmptySet, unionOf } from '../fields/field-set.ts';
import { type Shape, shapeOf } from '../fields/shape.ts';
import { joinApiVersion } from '../meta/names.ts';
import type { KubeObject, ManagedFieldsEntry } from '../meta/types.ts';
import type { ResourceSchema, Schema } from '../schema/types.ts';
import {
  capUpdaters,
  decodeManagedFields,
  encodeManagedFields,
  type ManagedEntry,
  type Manager,
  managerOf,
  sameManager,
  sharedFields,
  withFields,
} from './managed-fields.ts';
import { withoutResetFields, withoutServerFields } from './own-fields.ts';

export interface TrackUpdateInput {
  readonly schema: Schema;
  readonly resource: ResourceSchema;
  /** The object as it is stored; undefined for a create. */
  readonly live: KubeObject | undefined;
  /** The object that is to be stored. */
  readonly updated: KubeObject;
  /** The request's field manager; see `fieldManagerName`. */
  readonly manager: string;
  readonly nowRfc3339: string;
  /** '' for the object itself. */
  readonly subresource: string;
  /** Of the request, where its fields are those of the version that is kept; absent: that one. */
  readonly apiVersion?: string | undefined;
}

/**
 * `updated` with `metadata.managedFields`: the manager owns what it added or changed, and nobody else does any more.
 * An object that is not tracked (its managedFields were removed) stays so until the next apply.
 */
export function trackUpdate(input: TrackUpdateInput): KubeObject {
  const { live, updated, resource, subresource } = input;
  const known = knownEntries(live, updated, subresource);
  if (known.length === 0 && live !== undefined) return withManagedFields(updated, undefined);
  const manager = managerOf(input.manager, {
    operation: 'Update',
    apiVersion: input.apiVersion ?? joinApiVersion(resource.group, resource.version),
    subresource,
  });
  try {
    const shape = shapeOf(input.schema, resource.message);
    const entries = takeOwnership({ ...input, shape, known, manager });
    return withManagedFields(updated, encodeManagedFields(capUpdaters(entries)));
  } catch (error) {
    // An object with a list element that cannot be named has no fields to own. Validation refuses it.
    if (error instanceof ElementError) return withManagedFields(updated, undefined);
    throw error;
  }
}

interface Ownership {
  readonly shape: Shape;
  readonly resource: ResourceSchema;
  readonly live: KubeObject | undefined;
  readonly updated: KubeObject;
  readonly known: readonly ManagedEntry[];
  readonly manager: Manager;
  readonly nowRfc3339: string;
  readonly subresource: string;
}

/** The entries after `manager` made `updated` of `live`. */
export function takeOwnership(input: Ownership): readonly ManagedEntry[] {
  const { manager } = input;
  const all = ownedByCreator(input);
  if (all !== undefined) return isEmptySet(all) ? [] : [{ manager, time: input.nowRfc3339, fields: all }];
  const comparison = compareFields(
    input.shape,
    withoutManagedFields(input.live),
    withoutManagedFields(input.updated),
  );
  const limit = (set: FieldSet): FieldSet => withoutResetFields(set, input.resource, input.subresource);
  const changed = limit(changedFields(comparison));
  const removed = limit(comparison.removed);
  const entries = input.known.map((entry) =>
    withFields(entry, differenceOf(differenceOf(entry.fields, changed), removed)),
  );
  const own = withoutServerFields(changed);
  if (isEmptySet(own)) return entries;
  const at = entries.findIndex((entry) => sameManager(entry.manager, manager));
  const previous = entries[at]?.fields ?? EMPTY;
  const entry: ManagedEntry = { manager, time: input.nowRfc3339, fields: unionOf(own, previous) };
  return at < 0 ? [...entries, entry] : entries.with(at, entry);
}

const creators = new WeakMap<ResourceSchema, WeakMap<FieldSet, FieldSet>>();

/**
 * What belongs to who creates an object: it follows from the fields that the object has, so it is worked out once for
 * all objects with the same ones. Undefined if it is no plain creation, or has to be worked out from the values.
 */
function ownedByCreator(input: Ownership): FieldSet | undefined {
  const { live, updated, known, resource, subresource, shape } = input;
  if (live !== undefined || known.length > 0 || subresource !== '') return undefined;
  if (updated.metadata.managedFields !== undefined) return undefined;
  const fields = sharedFields.allFieldsOf(shape, updated);
  if (fields === undefined) return undefined;
  let owned = creators.get(resource);
  if (owned === undefined) {
    owned = new WeakMap();
    creators.set(resource, owned);
  }
  let own = owned.get(fields);
  if (own === undefined) {
    const added = changedFields(compareFields(shape, NEW_OBJECT, updated));
    own = sharedFields.share(withoutServerFields(withoutResetFields(added, resource, subresource)));
    owned.set(fields, own);
  }
  return own;
}

/**
 * The entries to start from. A request may set managedFields itself; what it leaves out or gets wrong is taken from
 * the stored object, and an empty list (or one empty entry) resets them. A subresource cannot set them.
 */
function knownEntries(
  live: KubeObject | undefined,
  updated: KubeObject,
  subresource: string,
): readonly ManagedEntry[] {
  const stored = live?.metadata.managedFields;
  if (subresource === '') {
    const given = updated.metadata.managedFields;
    if (isReset(given)) return [];
    const decoded = given === undefined || given === stored ? undefined : decodeManagedFields(given);
    if (decoded !== undefined && decoded.length > 0) return decoded;
  }
  return decodeManagedFields(stored, true) ?? [];
}

function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (entries === undefined || entries.length > 1) return false;
  const [only] = entries;
  return only === undefined || Object.keys(only).length === 0;
}

/** What counts in a comparison; managedFields are no field that anybody owns. */
function withoutManagedFields(object: KubeObject | undefined): unknown {
  if (object?.metadata.managedFields === undefined) return object ?? NEW_OBJECT;
  const { managedFields: _managed, ...metadata } = object.metadata;
  return { ...object, metadata };
}

const NEW_OBJECT = Object.freeze({});

export function withManagedFields(
  object: KubeObject,
  managedFields: readonly ManagedFieldsEntry[] | undefined,
): KubeObject {
  if (object.metadata.managedFields === managedFields) return object;
  const { managedFields: _managed, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: managedFields === undefined ? metadata : { ...metadata, managedFields },
  };
}
