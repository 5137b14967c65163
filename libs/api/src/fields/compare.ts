/** What changed between two objects, as sets of fields. Parts that are one and the same value are not looked into. */
import { jsonEqual } from '../json/equal.ts';
import { isObject } from '../json/types.ts';
import { elementOf, groupItems, itemsOf, sameElement } from './element.ts';
import { branch, EMPTY, type FieldSet, MEMBER, unionOf } from './field-set.ts';
import { allFieldsOf } from './of-value.ts';
import type { ListShape, MapShape, SetShape, Shape, StructField, StructShape } from './shape.ts';

export interface Comparison {
  readonly added: FieldSet;
  readonly removed: FieldSet;
  readonly modified: FieldSet;
}

/** Branches of the three trees; those without anything in them are left out. */
interface Changes {
  readonly added?: FieldSet | undefined;
  readonly removed?: FieldSet | undefined;
  readonly modified?: FieldSet | undefined;
}

const MODIFIED: Changes = Object.freeze({ modified: MEMBER });

export function compareFields(shape: Shape, before: unknown, after: unknown): Comparison {
  const changes = compareValues(shape, before, after);
  return {
    added: changes?.added ?? EMPTY,
    removed: changes?.removed ?? EMPTY,
    modified: changes?.modified ?? EMPTY,
  };
}

/** Everything that is new or another value than before. */
export function changedFields(comparison: Comparison): FieldSet {
  return unionOf(comparison.added, comparison.modified);
}

/** Both are there. Null is there and empty. */
function compareValues(shape: Shape, before: unknown, after: unknown): Changes | undefined {
  if (before === after) return undefined;
  switch (shape.kind) {
    case 'leaf':
      return jsonEqual(before, after) ? undefined : MODIFIED;
    case 'struct':
    case 'map':
      return compareObjects(shape, before, after);
    case 'set':
    case 'list':
      return compareItems(shape, itemsOf(before), itemsOf(after));
  }
}

function compareObjects(shape: StructShape | MapShape, before: unknown, after: unknown): Changes | undefined {
  const old = isObject(before) ? before : NO_FIELDS;
  const next = isObject(after) ? after : NO_FIELDS;
  const collected = new Collector();
  for (const name in next) {
    if (next[name] === old[name]) continue;
    const field = fieldOf(shape, name);
    collected.put(field.element, compareField(field, old[name], next[name]));
  }
  for (const name in old) {
    if (next[name] !== undefined) continue;
    const field = fieldOf(shape, name);
    collected.put(field.element, compareField(field, old[name], undefined));
  }
  return collected.changes();
}

const NO_FIELDS: Readonly<Record<string, unknown>> = Object.freeze({});

function fieldOf(shape: StructShape | MapShape, name: string): StructField {
  const known = shape.kind === 'struct' ? shape.field(name) : undefined;
  if (known !== undefined) return known;
  return { element: `f:${name}`, shape: shape.kind === 'map' ? shape.values : LEAF, alwaysThere: false };
}

const LEAF: Shape = { kind: 'leaf' };

function compareField(field: StructField, before: unknown, after: unknown): Changes | undefined {
  // Null stands for the empty value that the Go type has where JSON has nothing.
  const absent = field.alwaysThere ? null : undefined;
  return compareOptional(
    field.shape,
    before === undefined ? absent : before,
    after === undefined ? absent : after,
  );
}

function compareOptional(shape: Shape, before: unknown, after: unknown): Changes | undefined {
  if (before === undefined) return after === undefined ? undefined : { added: allFieldsOf(shape, after) };
  if (after === undefined) return { removed: allFieldsOf(shape, before) };
  return compareValues(shape, before, after);
}

function compareItems(
  shape: ListShape | SetShape,
  before: readonly unknown[],
  after: readonly unknown[],
): Changes | undefined {
  const inPlace =
    before.length === after.length && before.every((item, at) => sameElement(shape, item, after[at]));
  // Elements of a set that have the same names are the same.
  if (inPlace && shape.kind === 'set') return undefined;
  if (inPlace && shape.kind === 'list') {
    const pairs = before.map((item, at) => compareValues(shape.elements, item, after[at]));
    if (pairs.every((changes) => changes === undefined)) return undefined;
    const names = before.map((item) => elementOf(shape, item));
    if (new Set(names).size === names.length) {
      const changed = new Collector();
      for (const [at, name] of names.entries()) changed.put(name, pairs[at]);
      return changed.changes();
    }
  }
  const old = groupItems(shape, before);
  const next = groupItems(shape, after);
  const collected = new Collector();
  for (const [element, items] of next) {
    collected.put(element, compareGroups(shape, old.get(element) ?? [], items));
  }
  for (const [element, items] of old) {
    if (!next.has(element)) collected.put(element, compareGroups(shape, items, []));
  }
  return collected.changes();
}

/** Elements of one name. Several of them count as one leaf, since nothing below them can be named. */
function compareGroups(
  shape: ListShape | SetShape,
  before: readonly unknown[],
  after: readonly unknown[],
): Changes | undefined {
  const elements: Shape = shape.kind === 'list' ? shape.elements : LEAF;
  if (before.length <= 1 && after.length <= 1) return compareOptional(elements, before[0], after[0]);
  if (before.length > 1 && after.length > 1) return jsonEqual(before, after) ? undefined : MODIFIED;
  if (before.length > 1) {
    const [now] = after;
    return { removed: MEMBER, added: now === undefined ? undefined : allFieldsOf(elements, now) };
  }
  const [once] = before;
  return { added: MEMBER, removed: once === undefined ? undefined : allFieldsOf(elements, once) };
}

/** Puts the changes of parts together into those of the whole. */
class Collector {
  #added: Record<string, FieldSet> | undefined;
  #removed: Record<string, FieldSet> | undefined;
  #modified: Record<string, FieldSet> | undefined;

  put(element: string, changes: Changes | undefined): void {
    if (changes === undefined) return;
    if (changes.added !== undefined) {
      this.#added ??= {};
      this.#added[element] = changes.added;
    }
    if (changes.removed !== undefined) {
      this.#removed ??= {};
      this.#removed[element] = changes.removed;
    }
    if (changes.modified !== undefined) {
      this.#modified ??= {};
      this.#modified[element] = changes.modified;
    }
  }

  changes(): Changes | undefined {
    if (this.#added === undefined && this.#removed === undefined && this.#modified === undefined) {
      return undefined;
    }
    return {
      added: branch(false, this.#added),
      removed: branch(false, this.#removed),
      modified: branch(false, this.#modified),
    };
  }
}
