/** Server-side apply (KEP-555): merges what a manager wants into the live object, by who owns what. */
import { ApiError } from '../errors/api-error.ts';
import { changedFields, compareFields } from '../fields/compare.ts';
import {
  differenceOf,
  EMPTY,
  type FieldSet,
  intersectionOf,
  isEmptySet,
  sameSet,
  unionOf,
} from '../fields/field-set.ts';
import { mergeFields } from '../fields/merge.ts';
import { declaredFieldsOf, FieldSetError, fieldsOf } from '../fields/of-value.ts';
import { removeFields, withNamedFields } from '../fields/remove.ts';
import { type Shape, shapeOf } from '../fields/shape.ts';
import { jsonEqual } from '../json/equal.ts';
import { isObject } from '../json/types.ts';
import { joinApiVersion } from '../meta/names.ts';
import type { KubeObject } from '../meta/types.ts';
import type { ResourceSchema, Schema } from '../schema/types.ts';
import { applyConflict, conflictsOutside, type OwnershipConflict } from './conflicts.ts';
import { fieldsKubectlApplied, withLastApplied } from './last-applied.ts';
import {
  decodeManagedFields,
  encodeManagedFields,
  type ManagedEntry,
  type Manager,
  managerOf,
  sameManager,
  withFields,
} from './managed-fields.ts';
import { withoutResetFields, withoutServerFields } from './own-fields.ts';
import { takeOwnership, withManagedFields } from './track-update.ts';

export interface ApplyInput {
  readonly schema: Schema;
  readonly resource: ResourceSchema;
  /** The object as it is stored; undefined if the apply is to make it. */
  readonly live: KubeObject | undefined;
  /** What the manager wants, and only that: not defaulted. */
  readonly applied: KubeObject;
  readonly manager: string;
  /** Take fields from other managers. */
  readonly force: boolean;
  readonly nowRfc3339: string;
  /** '' for the object itself. */
  readonly subresource: string;
  /** Of the request, where its fields are those of the version that is kept; absent: that one. */
  readonly apiVersion?: string | undefined;
}

export interface ApplyResult {
  /** With its managedFields; not yet defaulted. */
  readonly object: KubeObject;
  /** True if something besides managedFields is other than before. */
  readonly changed: boolean;
}

/**
 * Throws Conflict with a cause a field if other managers own, with other values, what is applied and `force` is not
 * set; BadRequest if the applied object is of another kind, brings managedFields or does not fit the schema.
 */
export function applyObject(input: ApplyInput): ApplyResult {
  const { schema, resource, applied, live } = input;
  checkApplied(resource, applied);
  const shape = shapeOf(schema, resource.message);
  const manager = managerOf(input.manager, {
    operation: 'Apply',
    apiVersion: input.apiVersion ?? joinApiVersion(resource.group, resource.version),
    subresource: input.subresource,
  });
  const base: KubeObject = live ?? { apiVersion: applied.apiVersion, kind: applied.kind, metadata: {} };
  const known = knownEntries(input, shape);
  const wanted = withoutResetFields(wantedFields(shape, applied), resource, input.subresource);
  const previous = known.find((entry) => sameManager(entry.manager, manager));
  const others = known.filter((entry) => entry !== previous);

  const merged = mergeFields(shape, base, applied);
  const pruned = prune({
    shape,
    merged,
    lost: previous?.fields ?? EMPTY,
    owned: others.reduce((set, entry) => unionOf(set, entry.fields), wanted),
    wanted,
  });
  const object = asObject(pruned.object);

  const { added, modified, removed } = compareFields(shape, base, pruned.withEmptied);
  const limit = (set: FieldSet): FieldSet => withoutResetFields(set, resource, input.subresource);
  const changes = limit(changedFields({ added, modified, removed: EMPTY }));
  const conflicts = conflictsWith(others, changes);
  if (conflicts.length > 0 && !input.force) {
    const open = conflictsOutside(conflicts, fieldsKubectlApplied(shape, base, input.manager));
    if (open.length > 0) throw applyConflict(open);
  }

  const gone = limit(removed);
  const changed = live === undefined || !jsonEqual(live, object);
  const entries = others.map((entry) =>
    withFields(entry, differenceOf(differenceOf(entry.fields, changes), gone)),
  );
  entries.push(ownEntry({ manager, previous, fields: withoutServerFields(wanted), changed, input }));
  const noted = withLastApplied(object, applied, input.manager);
  return { object: withManagedFields(noted, encodeManagedFields(entries)), changed };
}

function checkApplied(resource: ResourceSchema, applied: KubeObject): void {
  if (
    applied.apiVersion !== joinApiVersion(resource.group, resource.version) ||
    applied.kind !== resource.kind
  ) {
    const slash = applied.apiVersion.includes('/') ? '' : '/';
    throw new ApiError(
      'BadRequest',
      `invalid object type: ${slash}${applied.apiVersion}, Kind=${applied.kind}`,
    );
  }
  if (applied.metadata.managedFields !== undefined) {
    throw new ApiError('BadRequest', 'metadata.managedFields must be nil');
  }
}

/** Who owned what before. What an object without managedFields has is owned by whoever was before the first apply. */
function knownEntries(input: ApplyInput, shape: Shape): readonly ManagedEntry[] {
  const { live, resource } = input;
  if (live === undefined) return [];
  const known = decodeManagedFields(live.metadata.managedFields, true);
  if (known === undefined) {
    throw new ApiError('InternalError', 'failed to decode managed fields of the stored object');
  }
  if (known.length > 0) return known;
  return takeOwnership({
    shape,
    resource,
    live: undefined,
    updated: live,
    known: [],
    manager: managerOf('before-first-apply', {
      operation: 'Update',
      apiVersion: joinApiVersion(resource.group, resource.version),
      subresource: input.subresource,
    }),
    nowRfc3339: input.nowRfc3339,
    subresource: input.subresource,
  });
}

function wantedFields(shape: Shape, applied: KubeObject): FieldSet {
  try {
    return declaredFieldsOf(shape, applied);
  } catch (error) {
    if (!(error instanceof FieldSetError)) throw error;
    const { namespace = '', name = '' } = applied.metadata;
    const slash = applied.apiVersion.includes('/') ? '' : '/';
    throw new ApiError(
      'BadRequest',
      `failed to create typed patch object (${namespace}/${name}; ${slash}${applied.apiVersion}, Kind=${applied.kind}): ${error.message}`,
    );
  }
}

interface PruneInput {
  readonly shape: Shape;
  readonly merged: unknown;
  /** What the manager owned up to now. */
  readonly lost: FieldSet;
  /** What it wants now. */
  readonly wanted: FieldSet;
  /** What anybody owns now, the manager's wishes included. */
  readonly owned: FieldSet;
}

interface Pruned {
  readonly object: unknown;
  /** The object with null for what has lost all it had, but is owned itself and so stays owned. */
  readonly withEmptied: unknown;
}

/**
 * The merged object without what the manager applied last time, does not apply now, and nobody else owns. Fields in
 * it that others own, or that nobody ever applied, keep what they are in.
 */
function prune({ shape, merged, lost, wanted, owned }: PruneInput): Pruned {
  if (isEmptySet(differenceOf(lost, wanted))) return { object: merged, withEmptied: merged };
  const named = (set: FieldSet): FieldSet => withNamedFields(shape, set);
  const all = named(fieldsOf(shape, merged));
  const bare = removeFields(shape, merged, named(lost));
  const keep = unionOf(named(fieldsOf(shape, bare)), named(owned));
  const withOwned = removeFields(shape, merged, differenceOf(all, keep));
  const dangling = differenceOf(all, named(fieldsOf(shape, withOwned)));
  const gone = intersectionOf(dangling, named(lost));
  return {
    object: removeFields(shape, merged, gone, true),
    withEmptied: removeFields(shape, merged, gone),
  };
}

function conflictsWith(others: readonly ManagedEntry[], changes: FieldSet): readonly OwnershipConflict[] {
  const conflicts: OwnershipConflict[] = [];
  for (const { manager, fields } of others) {
    const taken = intersectionOf(fields, changes);
    if (!isEmptySet(taken)) conflicts.push({ manager, fields: taken });
  }
  return conflicts;
}

interface OwnEntry {
  readonly manager: Manager;
  readonly previous: ManagedEntry | undefined;
  readonly fields: FieldSet;
  readonly changed: boolean;
  readonly input: ApplyInput;
}

/** An apply that changes nothing leaves its entry, with its time, as it was. */
function ownEntry({ manager, previous, fields, changed, input }: OwnEntry): ManagedEntry {
  const same = previous !== undefined && sameSet(previous.fields, fields);
  if (same && !changed && previous.manager.apiVersion === manager.apiVersion) return previous;
  return { manager, time: input.nowRfc3339, fields };
}

function asObject(value: unknown): KubeObject {
  if (isKubeObject(value)) return value;
  throw new ApiError('InternalError', 'an applied object lost its kind or its metadata');
}

function isKubeObject(value: unknown): value is KubeObject {
  return (
    isObject(value) &&
    typeof value.apiVersion === 'string' &&
    typeof value.kind === 'string' &&
    isObject(value.metadata)
  );
}
