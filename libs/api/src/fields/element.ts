import { ApiError } from '../errors/api-error.ts';
import { goFormat } from '../json/go-format.ts';
import { isArray, isObject } from '../json/types.ts';
import type { ListKey, ListShape, SetShape } from './shape.ts';

/** What is wrong with a list whose elements cannot be told apart, for messages. */
export class ElementError extends ApiError {
  constructor(message: string) {
    super('Invalid', message);
  }
}

/** Names an element of a list: `k:{"name":"web"}`, `v:"a"`. Throws ElementError if it has none of its keys. */
export function elementOf(shape: ListShape | SetShape, item: unknown): string {
  return shape.kind === 'set' ? setElement(item) : keyedElement(shape.keys, item);
}

function setElement(item: unknown): string {
  if (item === null || typeof item === 'object') {
    throw new ElementError(
      `associative list without keys has an element that is no scalar: ${goFormat(item)}`,
    );
  }
  return `v:${JSON.stringify(item)}`;
}

function keyedElement(keys: readonly ListKey[], item: unknown): string {
  if (!isObject(item)) throw new ElementError('associative list with keys may not have non-map elements');
  let text = '';
  for (const key of keys) {
    const value = item[key.name] ?? key.default;
    if (value !== undefined) text += `${text === '' ? '' : ','}"${key.name}":${JSON.stringify(value)}`;
  }
  if (text === '') {
    const names = keys.map((key) => `"${key.name}"`).join(' ');
    throw new ElementError(
      `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
    );
  }
  return `k:{${text}}`;
}

/** True if both items have the same name in a list of this shape. */
export function sameElement(shape: ListShape | SetShape, a: unknown, b: unknown): boolean {
  if (shape.kind === 'set') return a === b;
  if (!isObject(a) || !isObject(b)) return false;
  for (const key of shape.keys) {
    if ((a[key.name] ?? key.default) !== (b[key.name] ?? key.default)) return false;
  }
  return true;
}

/** An absent list and null are lists without items. */
export function itemsOf(value: unknown): readonly unknown[] {
  return isArray(value) ? value : NONE;
}

const NONE: readonly unknown[] = Object.freeze([]);

/** The items by name; several of one name are kept together. */
export function groupItems(
  shape: ListShape | SetShape,
  items: readonly unknown[],
): ReadonlyMap<string, readonly unknown[]> {
  const groups = new Map<string, unknown[]>();
  for (const item of items) {
    const element = elementOf(shape, item);
    const group = groups.get(element);
    if (group === undefined) groups.set(element, [item]);
    else group.push(item);
  }
  return groups;
}
