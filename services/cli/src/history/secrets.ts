/** Values of secrets are shown to those only who ask for them; that they changed, to everybody who may read the log. */
import type { ObjectKey } from '@reckon/api';
import { type FieldChange, isObject, type Json } from './diff.ts';

export const HIDDEN = '(hidden)';
const VALUES: ReadonlySet<string> = new Set(['data', 'stringData']);
/** kubectl keeps a copy of the whole object there. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export function isSecret({ resource }: ObjectKey): boolean {
  return resource === 'secrets';
}

/** The object without the values of its data. */
export function maskSecret(object: Json): Json {
  if (!isObject(object)) return object;
  const masked = Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, VALUES.has(key) ? maskAll(value) : value]),
  );
  const { metadata } = masked;
  if (!isObject(metadata) || !isObject(metadata.annotations)) return masked;
  if (metadata.annotations[LAST_APPLIED] === undefined) return masked;
  const annotations = { ...metadata.annotations, [LAST_APPLIED]: HIDDEN };
  return { ...masked, metadata: { ...metadata, annotations } };
}

/** The change with its field named and its values hidden. */
export function maskChange(change: FieldChange): FieldChange {
  if (!VALUES.has(change.keys[0] ?? '')) return change;
  const { op, path, keys, before, after } = change;
  return {
    op,
    path,
    keys,
    ...(before !== undefined && { before: maskAll(before) }),
    ...(after !== undefined && { after: maskAll(after) }),
  };
}

function maskAll(value: Json | undefined): Json | undefined {
  if (!isObject(value)) return value === undefined ? undefined : HIDDEN;
  return Object.fromEntries(Object.keys(value).map((key) => [key, HIDDEN]));
}
