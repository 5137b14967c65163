/** Keeps what a newer release wrote and this one does not know (design: "The log"). */
import { jsonEqual } from '../json/equal.ts';
import { isArray, isObject } from '../json/types.ts';
import type { FieldSchema, Schema } from '../schema/types.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * `next` with the fields of `stored` that the schema does not know, wherever both have the message that holds them;
 * items of lists belong together if their keys are equal. Returns `next` itself if there are none.
 */
export type CarryUnknown = (message: string, stored: Fields, next: Fields) => Fields;

function sameItem(field: FieldSchema, item: unknown, candidates: readonly unknown[]): Fields | undefined {
  const keys = field.listMapKeys;
  if (keys === undefined || !isObject(item)) return undefined;
  return candidates
    .filter(isObject)
    .find((candidate) => keys.every((key) => jsonEqual(candidate[key], item[key])));
}

export function createUnknownCarrier(schema: Schema): CarryUnknown {
  const carryMessage: CarryUnknown = (message, stored, next) => {
    const { byName } = schema.message(message);
    let copy: Record<string, unknown> | undefined;
    for (const key in stored) {
      const field = byName.get(key);
      const before = stored[key];
      const after = field === undefined ? (next[key] ?? before) : carryField(field, before, next[key]);
      if (after === next[key]) continue;
      copy ??= { ...next };
      copy[key] = after;
    }
    return copy ?? next;
  };

  const carryField = (field: FieldSchema, stored: unknown, next: unknown): unknown => {
    if (!('message' in field.type) || field.structType === 'atomic') return next;
    const { message } = field.type;
    switch (field.cardinality) {
      case 'single':
        return isObject(stored) && isObject(next) ? carryMessage(message, stored, next) : next;
      case 'list':
        return isArray(stored) && isArray(next) ? carryList(field, message, stored, next) : next;
      case 'map':
        // No message of the API is the value of a map.
        return next;
    }
  };

  const carryList = (
    field: FieldSchema,
    message: string,
    stored: readonly unknown[],
    next: readonly unknown[],
  ): readonly unknown[] => {
    let changed = false;
    const items = next.map((item) => {
      const before = sameItem(field, item, stored);
      if (before === undefined || !isObject(item)) return item;
      const after = carryMessage(message, before, item);
      changed ||= after !== item;
      return after;
    });
    return changed ? items : next;
  };

  return carryMessage;
}
