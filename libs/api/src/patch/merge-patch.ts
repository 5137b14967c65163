/** JSON merge patch (RFC 7386): null removes, objects merge, everything else replaces. */
import { getField, setField } from '../json/build.ts';
import { jsonEqual } from '../json/equal.ts';
import { isObject, jsonTypeName } from '../json/types.ts';
import { badPatch } from './errors.ts';

/** The object after the patch. Throws BadRequest if the patch is no object. */
export function applyMergePatch(
  target: Readonly<Record<string, unknown>>,
  patch: unknown,
): Readonly<Record<string, unknown>> {
  if (!isObject(patch)) {
    const type = jsonTypeName(patch);
    throw badPatch(
      `error decoding patch: json: cannot unmarshal ${type} into Go value of type map[string]interface {}`,
    );
  }
  return mergeObjects(target, patch);
}

function mergeObjects(
  target: Readonly<Record<string, unknown>> | undefined,
  patch: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const field of Object.keys(target ?? {})) {
    if (!Object.hasOwn(patch, field)) setField(result, field, target?.[field]);
    else if (patch[field] !== null) setField(result, field, mergeValue(target?.[field], patch[field]));
  }
  for (const field of Object.keys(patch)) {
    if (patch[field] === null || (target !== undefined && Object.hasOwn(target, field))) continue;
    setField(result, field, mergeValue(undefined, patch[field]));
  }
  return result;
}

function mergeValue(target: unknown, patch: unknown): unknown {
  return isObject(patch) ? mergeObjects(isObject(target) ? target : undefined, patch) : patch;
}

/** The merge patch that makes `after` of `before`; undefined if they are equal. Neither may hold null. */
export function createMergePatch(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const patch: Record<string, unknown> = {};
  for (const field of Object.keys(before)) {
    if (getField(after, field) === undefined) setField(patch, field, null);
  }
  for (const field of Object.keys(after)) {
    const value = after[field];
    const old = getField(before, field);
    if (value === undefined || jsonEqual(old, value)) continue;
    setField(patch, field, isObject(old) && isObject(value) ? createMergePatch(old, value) : value);
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}
