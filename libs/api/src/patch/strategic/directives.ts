/** The special fields of a strategic merge patch (Kubernetes documentation, "strategic merge patch"). */
import { setField } from '../../json/build.ts';
import { isArray, isObject } from '../../json/types.ts';

/** `replace`, `delete` or `merge`: what to do with the object or list it stands in. */
export const PATCH = '$patch';
/** The fields of an object that stay; all others go. */
export const RETAIN_KEYS = '$retainKeys';
/** `$deleteFromPrimitiveList/FIELD`: values that go from a merged list of scalars. */
export const DELETE_FROM_LIST = '$deleteFromPrimitiveList/';
/** `$setElementOrder/FIELD`: the order of a merged list. */
export const SET_ORDER = '$setElementOrder/';

export function isDirective(field: string): boolean {
  return (
    field === PATCH ||
    field === RETAIN_KEYS ||
    field.startsWith(DELETE_FROM_LIST) ||
    field.startsWith(SET_ORDER)
  );
}

/** What a patch's value is where there was nothing to merge with: no directives, no nulls, nothing to be deleted. */
export function withoutDirectives(value: unknown): unknown {
  if (isArray(value)) return value.filter((item) => !hasPatchDirective(item)).map(withoutDirectives);
  return isObject(value) ? fieldsWithoutDirectives(value) : value;
}

export function fieldsWithoutDirectives(
  value: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const field of Object.keys(value)) {
    const part = value[field];
    if (part === null || isDirective(field) || hasPatchDirective(part)) continue;
    setField(result, field, withoutDirectives(part));
  }
  return result;
}

export function hasPatchDirective(value: unknown): boolean {
  return isObject(value) && Object.hasOwn(value, PATCH);
}
