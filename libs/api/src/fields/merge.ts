/** Merges an applied object into the live one: what is owned by parts part by part, everything else whole. */
import { setField } from '../json/build.ts';
import { isArray, isObject } from '../json/types.ts';
import { elementOf, groupItems, itemsOf } from './element.ts';
import type { ListShape, SetShape, Shape } from './shape.ts';

/** Undefined where neither side has anything. Null in the applied object removes a leaf. */
export function mergeFields(shape: Shape, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  switch (shape.kind) {
    case 'leaf':
      return applied;
    case 'struct':
    case 'map':
      return mergeObjects(shape, live, applied);
    case 'set':
    case 'list':
      return mergeItems(shape, live, applied);
  }
}

function mergeObjects(
  shape: Extract<Shape, { kind: 'struct' | 'map' }>,
  live: unknown,
  applied: unknown,
): unknown {
  if (!isObject(applied)) return isObject(live) && Object.keys(live).length > 0 ? live : applied;
  const result: Record<string, unknown> = isObject(live) ? { ...live } : {};
  for (const name of Object.keys(applied)) {
    const field = shape.kind === 'struct' ? shape.field(name) : undefined;
    const inner = shape.kind === 'map' ? shape.values : (field?.shape ?? LEAF);
    const current = Object.hasOwn(result, name) ? result[name] : undefined;
    const merged = mergeFields(inner, current, applied[name]);
    if (merged === null || merged === undefined) delete result[name];
    else setField(result, name, merged);
  }
  return result;
}

const LEAF: Shape = { kind: 'leaf' };

/**
 * Elements that only the live list has stay, before the common element they stood before; the others come in the
 * order of the applied list.
 */
function mergeItems(shape: ListShape | SetShape, live: unknown, applied: unknown): unknown {
  const current = itemsOf(live);
  const wanted = itemsOf(applied);
  if (current.length === 0) return isArray(applied) ? applied : live;
  if (wanted.length === 0) return live;
  const elements: Shape = shape.kind === 'list' ? shape.elements : LEAF;
  const currentByName = groupItems(shape, current);
  const wantedNames = wanted.map((item) => elementOf(shape, item));
  const isWanted = new Set(wantedNames);

  const result: unknown[] = [];
  const placed = new Set<string>();
  /** What both lists have and is still to come, in the applied order. */
  const common = wantedNames.filter((name) => currentByName.has(name));
  const place = (name: string, item: unknown): void => {
    const same = currentByName.get(name) ?? [];
    result.push(same.length === 1 ? mergeFields(elements, same[0], item) : item);
    placed.add(name);
    if (common[0] === name) common.shift();
  };
  let at = 0;
  for (const item of current) {
    const name = elementOf(shape, item);
    if (!isWanted.has(name)) {
      result.push(item);
      continue;
    }
    if (common[0] !== undefined && common[0] !== name) continue;
    // An element that is there once more is dropped, and the next applied one comes here.
    const again = placed.has(name);
    while (at < wanted.length) {
      const next = wantedNames[at] ?? '';
      place(next, wanted[at]);
      at++;
      if (next === name || again) break;
    }
  }
  while (at < wanted.length) {
    place(wantedNames[at] ?? '', wanted[at]);
    at++;
  }
  return result;
}
