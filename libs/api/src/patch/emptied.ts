/**
 * Lists and maps that a patch has taken the last element from go with it, as they do in Kubernetes, whose types cannot
 * tell an empty one from none: whoever fills it again owns it, too. A message that lost its last field stays: `emptyDir: {}`
 * says something.
 */
import { setField } from '../json/build.ts';
import { isArray, isObject } from '../json/types.ts';
import type { MessageSchema, Schema } from '../schema/types.ts';

/** To empty these is to ask that nobody manage the object any more. */
const MANAGED_FIELDS = 'managedFields';

type Fields = Readonly<Record<string, unknown>>;

/** `after` without the optional lists and maps that are empty in it and were not in `before`; itself if there are none. */
export function withoutEmptied(
  schema: Schema,
  message: MessageSchema,
  { before, after }: { readonly before: Fields; readonly after: Fields },
): Fields {
  let changed: Record<string, unknown> | undefined;
  for (const { name, cardinality, required, type } of message.fields) {
    const had = before[name];
    const has = after[name];
    if (has === undefined || has === had) continue;
    if (cardinality !== 'single') {
      if (required || name === MANAGED_FIELDS || !isEmpty(has) || had === undefined || isEmpty(had)) continue;
      changed ??= { ...after };
      delete changed[name];
    } else if ('message' in type && isObject(had) && isObject(has)) {
      const inner = withoutEmptied(schema, schema.message(type.message), { before: had, after: has });
      if (inner === has) continue;
      changed ??= { ...after };
      setField(changed, name, inner);
    }
  }
  return changed ?? after;
}

function isEmpty(value: unknown): boolean {
  return isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}
