/** The files of volumes that are made from API objects: pure. */
import { ApiError } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { ConfigMap } from '@reckon/proto/reckon/api/core/v1/config_map.ts';
import type { Secret } from '@reckon/proto/reckon/api/core/v1/secret.ts';
import type { DownwardAPIVolumeFile, KeyToPath } from '@reckon/proto/reckon/api/core/v1/volume.ts';
import { type PodFacts, podField, resourceField } from '../container/fields.ts';
import type { PodModel } from '../pod/model.ts';

export interface PayloadFile {
  readonly content: Uint8Array;
  readonly mode: number;
  /** Undefined: root. */
  readonly uid?: number | undefined;
}

/** Path below the volume → file. */
export type Payload = ReadonlyMap<string, PayloadFile>;

export const DEFAULT_MODE = 0o644;

/** As in the API: which keys, where to, with which mode. */
export interface KeySelection {
  readonly items?: readonly Frozen<KeyToPath>[] | undefined;
  readonly defaultMode?: number | undefined;
  readonly optional?: boolean | undefined;
}

export function configMapPayload(
  name: string,
  configMap: Frozen<ConfigMap> | undefined,
  selection: KeySelection,
): Payload {
  if (!configMap && !selection.optional) throw new ApiError('NotFound', `configmap "${name}" not found`);
  const data = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(configMap?.data ?? {})) data.set(key, Buffer.from(text));
  for (const [key, base64] of Object.entries(configMap?.binaryData ?? {}))
    data.set(key, Buffer.from(base64, 'base64'));
  return select(data, selection);
}

export function secretPayload(
  name: string,
  secret: Frozen<Secret> | undefined,
  selection: KeySelection,
): Payload {
  if (!secret && !selection.optional) throw new ApiError('NotFound', `secret "${name}" not found`);
  const data = new Map<string, Uint8Array>();
  for (const [key, base64] of Object.entries(secret?.data ?? {}))
    data.set(key, Buffer.from(base64, 'base64'));
  return select(data, selection);
}

function select(data: ReadonlyMap<string, Uint8Array>, selection: KeySelection): Payload {
  const defaultMode = selection.defaultMode ?? DEFAULT_MODE;
  const payload = new Map<string, PayloadFile>();
  if (!selection.items || selection.items.length === 0) {
    for (const [key, content] of data) payload.set(key, { content, mode: defaultMode });
    return payload;
  }
  for (const { key = '', path = '', mode } of selection.items) {
    const content = data.get(key);
    if (content === undefined) {
      if (selection.optional) continue;
      throw new ApiError('NotFound', `references non-existent config key: ${key}`);
    }
    payload.set(checkedPath(path), { content, mode: mode ?? defaultMode });
  }
  return payload;
}

export function downwardPayload(
  pod: PodModel,
  items: readonly Frozen<DownwardAPIVolumeFile>[],
  known: {
    readonly defaultMode: number;
    readonly facts: PodFacts;
    readonly allocatable: Readonly<Record<string, string>>;
  },
): Payload {
  const payload = new Map<string, PayloadFile>();
  for (const { path = '', fieldRef, resourceFieldRef, mode } of items) {
    const text = fieldRef
      ? podField(pod, fieldRef, known.facts)
      : resourceField(pod, resourceFieldRef ?? {}, { containerName: '', allocatable: known.allocatable });
    payload.set(checkedPath(path), { content: Buffer.from(text), mode: mode ?? known.defaultMode });
  }
  return payload;
}

/** A path of the API that stays below the volume. The API server checks it too; a node trusts nobody with `..`. */
export function checkedPath(path: string): string {
  const parts = path.split('/');
  if (path === '' || path.startsWith('/') || parts.includes('..') || parts[0]?.startsWith('..'))
    throw new ApiError('BadRequest', `invalid path: ${path}`);
  return parts.filter((part) => part !== '' && part !== '.').join('/');
}
