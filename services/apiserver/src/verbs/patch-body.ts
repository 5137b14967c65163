/** What a patch says, read once; it is then applied to whatever the object turns out to be. */
import {
  ApiError,
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  decodeJson,
  decodeYaml,
  isObject,
  type Schema,
} from '@reckon/api';
import type { KubeObject, PatchRequest } from './types.ts';

export type ParsedPatch =
  | { readonly type: 'json' | 'merge' | 'strategic'; readonly value: unknown }
  | { readonly type: 'apply'; readonly value: Readonly<Record<string, unknown>> };

/** `decodeJson` says so of what no walk over it would survive. */
const TOO_DEEP = 'exceeded max depth';

const decoder = new TextDecoder('utf-8', { fatal: true });

export function parsePatch({ type, body }: PatchRequest): ParsedPatch {
  try {
    const text = decoder.decode(body);
    if (type !== 'apply') return { type, value: decodeJson(text).value };
    const value = appliedOf(text);
    if (isObject(value)) return { type, value };
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw badRequest('error decoding patch: it is no object');
}

/** Most clients send JSON, which is read so much faster; a `{` may also begin YAML's own notation. */
function appliedOf(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return decodeYaml(text).value;
  try {
    return decodeJson(text).value;
  } catch (error) {
    if (error instanceof ApiError && error.message === TOO_DEEP) throw error;
    return decodeYaml(text).value;
  }
}

/** The object as the patch wants it; not decoded yet. */
export function applyPatch(
  schema: Schema,
  patch: Exclude<ParsedPatch, { type: 'apply' }>,
  { target, message }: { readonly target: KubeObject; readonly message: string },
): unknown {
  switch (patch.type) {
    case 'json':
      return applyJsonPatch(target, patch.value);
    case 'merge':
      return applyMergePatch(target, patch.value);
    case 'strategic':
      return applyStrategicMergePatch({ schema, message, target, patch: patch.value });
  }
}
