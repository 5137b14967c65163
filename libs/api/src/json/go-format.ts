import { isObject } from './types.ts';

/** A JSON value as Go's `%v` prints it: `map[a:1 b:[x y]]`. Some of Kubernetes' messages hold values in this form. */
export function goFormat(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goFormat).join(' ')}]`;
  if (!isObject(value)) return String(value);
  const fields = Object.keys(value).sort();
  return `map[${fields.map((field) => `${field}:${goFormat(value[field])}`).join(' ')}]`;
}
