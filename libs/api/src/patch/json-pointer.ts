/** JSON Pointer (RFC 6901) as JSON patches use it, on values that are never changed in place. */
import { setField } from '../json/build.ts';
import { isArray, isObject } from '../json/types.ts';

export type Pointer = readonly string[];

/** `/a~1b/0` → `['a/b', '0']`; undefined if it does not start with a slash. */
export function parsePointer(text: string): Pointer | undefined {
  if (text === '') return [];
  if (!text.startsWith('/')) return undefined;
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export const MISSING: unique symbol = Symbol('missing');

/** The value at a pointer, or MISSING. */
export function valueAt(document: unknown, pointer: Pointer): unknown {
  let value: unknown = document;
  for (const token of pointer) {
    if (isArray(value)) {
      const index = arrayIndex(token, value.length);
      if (index === undefined || index >= value.length) return MISSING;
      value = value[index];
    } else if (isObject(value) && Object.hasOwn(value, token)) {
      value = value[token];
    } else {
      return MISSING;
    }
  }
  return value;
}

/**
 * The document with the container at `pointer`'s parent replaced by `change(container, last token)`; MISSING if there
 * is no such container. Only the path to it is copied.
 */
export function changeParent(
  document: unknown,
  pointer: Pointer,
  change: (container: unknown, token: string) => unknown,
  depth = 0,
): unknown {
  const token = pointer[depth];
  if (token === undefined) return MISSING;
  if (depth === pointer.length - 1) return change(document, token);
  const child = valueAt(document, [token]);
  if (child === MISSING) return MISSING;
  const changed = changeParent(child, pointer, change, depth + 1);
  if (changed === MISSING) return MISSING;
  if (isArray(document)) {
    return document.with(arrayIndex(token, document.length) ?? 0, changed);
  }
  return withField(isObject(document) ? document : {}, token, changed);
}

/** An index into an array of `length`; negative ones count from the end, as Kubernetes' patch library has it. */
export function arrayIndex(token: string, length: number): number | undefined {
  if (!/^-?(0|[1-9][0-9]*)$/.test(token)) return undefined;
  const index = Number(token);
  if (index >= 0) return index;
  return index + length >= 0 ? index + length : undefined;
}

export function withField(
  object: Readonly<Record<string, unknown>>,
  field: string,
  value: unknown,
): Readonly<Record<string, unknown>> {
  const copy: Record<string, unknown> = { ...object };
  setField(copy, field, value);
  return copy;
}

export function withoutField(
  object: Readonly<Record<string, unknown>>,
  field: string,
): Readonly<Record<string, unknown>> {
  const copy: Record<string, unknown> = { ...object };
  delete copy[field];
  return copy;
}
