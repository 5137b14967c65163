/** The fields that an object has. */
import { isObject } from '../json/types.ts';
import { ElementError, groupItems, itemsOf } from './element.ts';
import { branch, displayElement, EMPTY, type FieldSet, MEMBER } from './field-set.ts';
import type { ListShape, SetShape, Shape } from './shape.ts';

/** An object whose fields cannot be named; the message starts with the path. */
export class FieldSetError extends Error {}

/**
 * The fields that someone who applies this object owns: its leaves, its list elements, the keys of its maps, and
 * objects that are empty. Of a list element that is there twice only the element itself is owned.
 */
export function fieldsOf(shape: Shape, value: unknown): FieldSet {
  return fieldsIn(shape, value, NOWHERE) ?? EMPTY;
}

/** The same; throws FieldSetError for fields that the schema does not know, and for elements that are there twice. */
export function declaredFieldsOf(shape: Shape, value: unknown): FieldSet {
  const errors: string[] = [];
  const fields = fieldsIn(shape, value, { errors, path: '' }) ?? EMPTY;
  if (errors.length > 1) throw new FieldSetError(['errors:', ...errors].join('\n  '));
  if (errors[0] !== undefined) throw new FieldSetError(errors[0]);
  return fields;
}

interface Place {
  readonly path: string;
  /** Where to put what is wrong; undefined: nobody asks. */
  readonly errors: string[] | undefined;
}

const NOWHERE: Place = Object.freeze({ path: '', errors: undefined });

/** Paths are made only where they may be told. */
function below(at: Place, step: string): Place {
  return at.errors === undefined ? at : { ...at, path: at.path + step };
}

function fieldsIn(shape: Shape, value: unknown, at: Place): FieldSet | undefined {
  switch (shape.kind) {
    case 'leaf':
      return MEMBER;
    case 'set':
    case 'list':
      return fieldsOfItems(shape, value, at);
    case 'struct':
    case 'map': {
      if (!isObject(value)) return undefined;
      const children: Record<string, FieldSet> = {};
      for (const name of Object.keys(value)) {
        const part = value[name];
        if (part === undefined) continue;
        const here = below(at, `.${name}`);
        const field = shape.kind === 'struct' ? shape.field(name) : undefined;
        if (shape.kind === 'struct' && field === undefined) {
          at.errors?.push(`${here.path}: field not declared in schema`);
        }
        const inner = field?.shape ?? (shape.kind === 'map' ? shape.values : LEAF);
        const parts = fieldsIn(inner, part, here);
        const owned = field === undefined || isEmptyObject(part);
        const child = owned ? withMember(parts) : parts;
        if (child !== undefined) children[`f:${name}`] = child;
      }
      return branch(false, children);
    }
  }
}

const LEAF: Shape = { kind: 'leaf' };

function fieldsOfItems(shape: ListShape | SetShape, value: unknown, at: Place): FieldSet | undefined {
  const children: Record<string, FieldSet> = {};
  for (const [element, group] of grouped(shape, value, at)) {
    if (group.length > 1) at.errors?.push(`${at.path}: duplicate entries for key ${displayElement(element)}`);
    const single = shape.kind === 'list' && group.length === 1;
    children[element] = single
      ? withMember(fieldsIn(shape.elements, group[0], below(at, displayElement(element))))
      : MEMBER;
  }
  return branch(false, children);
}

function grouped(
  shape: ListShape | SetShape,
  value: unknown,
  at: Place,
): ReadonlyMap<string, readonly unknown[]> {
  try {
    return groupItems(shape, itemsOf(value));
  } catch (error) {
    if (!(error instanceof ElementError)) throw error;
    const message = `${at.path}: ${error.message}`;
    if (at.errors === undefined) throw new FieldSetError(message);
    at.errors.push(message);
    return new Map();
  }
}

function withMember(node: FieldSet | undefined): FieldSet {
  return branch(true, node === undefined || node === MEMBER ? undefined : node) ?? MEMBER;
}

function isEmptyObject(value: unknown): boolean {
  return value === null || (isObject(value) && Object.keys(value).length === 0);
}

/** Everything from a value down: its leaves and all that leads to them. What a comparison calls added or removed. */
export function allFieldsOf(shape: Shape, value: unknown): FieldSet {
  const children: Record<string, FieldSet> = {};
  if (shape.kind === 'set' || shape.kind === 'list') {
    for (const [element, group] of groupItems(shape, itemsOf(value))) {
      const single = shape.kind === 'list' && group.length === 1;
      children[element] = single ? allFieldsOf(shape.elements, group[0]) : MEMBER;
    }
  } else if (shape.kind !== 'leaf' && isObject(value)) {
    for (const name in value) {
      if (value[name] === undefined) continue;
      const field = shape.kind === 'struct' ? shape.field(name) : undefined;
      const inner = shape.kind === 'map' ? shape.values : (field?.shape ?? LEAF);
      children[field?.element ?? `f:${name}`] = allFieldsOf(inner, value[name]);
    }
  }
  return branch(true, children) ?? MEMBER;
}
