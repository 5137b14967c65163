/** Fields that the schema says can never change once an object is there. */
import type { Cause } from '../errors/api-error.ts';
import { jsonEqual } from '../json/equal.ts';
import { isObject } from '../json/types.ts';
import type { Schema } from '../schema/types.ts';
import { invalidValue } from './causes.ts';

type Fields = Readonly<Record<string, unknown>>;

const METADATA = 'reckon.api.meta.v1.ObjectMeta';

interface ImmutableField {
  readonly path: readonly string[];
}

function find(
  schema: Schema,
  message: string,
  path: readonly string[],
  within: ReadonlySet<string>,
): ImmutableField[] {
  return schema.message(message).fields.flatMap((field) => {
    const here = [...path, field.name];
    if (field.immutable) return [{ path: here }];
    if (!('message' in field.type) || field.cardinality !== 'single') return [];
    const inner = field.type.message;
    if (inner === METADATA || within.has(inner)) return [];
    return find(schema, inner, here, new Set([...within, inner]));
  });
}

function valueAt(value: Fields, path: readonly string[]): unknown {
  let part: unknown = value;
  for (const name of path) part = isObject(part) ? part[name] : undefined;
  return part;
}

/** Compares two versions of an object of that message. */
export type ValidateImmutable = (message: string, before: Fields, after: Fields) => readonly Cause[];

export function createImmutableValidator(schema: Schema): ValidateImmutable {
  const byMessage = new Map<string, readonly ImmutableField[]>();
  return (message, before, after) => {
    let fields = byMessage.get(message);
    if (fields === undefined) {
      fields = find(schema, message, [], new Set([message]));
      byMessage.set(message, fields);
    }
    const causes: Cause[] = [];
    for (const { path } of fields) {
      const next = valueAt(after, path);
      if (!jsonEqual(valueAt(before, path), next))
        causes.push(invalidValue(path.join('.'), next, 'field is immutable'));
    }
    return causes;
  };
}
