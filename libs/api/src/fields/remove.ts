/** Takes fields out of an object. */
import { setField } from '../json/build.ts';
import { isObject } from '../json/types.ts';
import { elementOf, itemsOf } from './element.ts';
import { childOf, type FieldSet, hasMember } from './field-set.ts';
import type { ListShape, SetShape, Shape } from './shape.ts';

/**
 * `value` without the fields of the set and everything in them. A list or object that loses all it had becomes null,
 * so that it still counts as there; `dropEmpty` takes it away as well.
 */
export function removeFields(shape: Shape, value: unknown, set: FieldSet, dropEmpty = false): unknown {
  switch (shape.kind) {
    case 'leaf':
      return value;
    case 'struct':
    case 'map':
      return removeFromObject(shape, value, set, dropEmpty);
    case 'set':
    case 'list':
      return removeFromItems(shape, value, set, dropEmpty);
  }
}

function removeFromObject(
  shape: Extract<Shape, { kind: 'struct' | 'map' }>,
  value: unknown,
  set: FieldSet,
  dropEmpty: boolean,
): unknown {
  if (!isObject(value)) return value;
  const names = Object.keys(value);
  if (names.length === 0) return value;
  const result: Record<string, unknown> = {};
  for (const name of names) {
    const element = `f:${name}`;
    const below = childOf(set, element);
    if (below === undefined) {
      setField(result, name, value[name]);
      continue;
    }
    if (hasMember(set, element)) continue;
    const field = shape.kind === 'struct' ? shape.field(name) : undefined;
    const inner = shape.kind === 'map' ? shape.values : (field?.shape ?? LEAF);
    const rest = removeFields(inner, value[name], below, dropEmpty);
    if (rest !== null || !dropEmpty) setField(result, name, rest);
  }
  return Object.keys(result).length === 0 ? null : result;
}

const LEAF: Shape = { kind: 'leaf' };

function removeFromItems(
  shape: ListShape | SetShape,
  value: unknown,
  set: FieldSet,
  dropEmpty: boolean,
): unknown {
  const items = itemsOf(value);
  if (items.length === 0) return value;
  const result: unknown[] = [];
  for (const item of items) {
    const element = elementOf(shape, item);
    if (hasMember(set, element)) continue;
    const below = childOf(set, element);
    result.push(
      below === undefined || shape.kind === 'set'
        ? item
        : removeFields(shape.elements, item, below, dropEmpty),
    );
  }
  return result.length === 0 ? null : result;
}

/**
 * The set with every declared field that leads to one of its own: who owns `spec.replicas` then has `spec` too. Keys
 * of maps and elements of lists are not added.
 */
export function withNamedFields(shape: Shape, set: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in set) {
    const child = set[element];
    if (child === undefined) continue;
    if (element === '.') {
      result[element] = child;
      continue;
    }
    const inner = shapeBelow(shape, element);
    const below = inner === undefined ? child : withNamedFields(inner, child);
    const named = shape.kind === 'struct' && inner !== undefined && Object.keys(below).length > 0;
    result[element] = named ? { '.': {}, ...below } : below;
  }
  return result;
}

function shapeBelow(shape: Shape, element: string): Shape | undefined {
  switch (shape.kind) {
    case 'struct':
      return shape.field(element.slice(2))?.shape;
    case 'map':
      return shape.values;
    case 'list':
      return shape.elements;
    default:
      return undefined;
  }
}
