import { goJsonText, managedFieldsText, type ObjectKey, type Revision } from '@reckon/api';
import type { KubeMetadata, KubeObject, ObjectAt } from './types.ts';

/** Clients compare its data byte by byte with what Go makes of the same. */
const VERBATIM = 'ControllerRevision';

/**
 * The bytes of an object as the log keeps them: UTF-8 JSON, apiVersion, kind and metadata first, no resourceVersion.
 */
export function encodeBody(object: KubeObject): Buffer {
  const { apiVersion, kind, metadata } = object;
  if (kind === VERBATIM) return Buffer.from(verbatim(object));
  // Assigned one by one: what a rest pattern makes is twice as slow to encode.
  const rest: Record<string, unknown> = {};
  for (const name in object) if (!HEAD.has(name)) rest[name] = object[name];
  const restText = JSON.stringify(rest);
  const head = JSON.stringify({ apiVersion, kind });
  const tail = restText === '{}' ? '}' : `,${restText.slice(1)}`;
  return Buffer.from(`${head.slice(0, -1)},"metadata":${metadataText(metadata)}${tail}`);
}

const HEAD: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

function metadataText(metadata: KubeMetadata): string {
  const own: Record<string, unknown> = {};
  for (const name in metadata)
    if (name !== 'resourceVersion' && name !== 'managedFields') own[name] = metadata[name];
  const text = JSON.stringify(own);
  const { managedFields } = metadata;
  if (managedFields === undefined) return text;
  return `${text.slice(0, -1)}${text === '{}' ? '' : ','}"managedFields":${managedFieldsText(managedFields)}}`;
}

function verbatim({ apiVersion, kind, metadata, ...rest }: KubeObject): string {
  const { resourceVersion: _, ...kept } = metadata;
  return goJsonText({ apiVersion, kind, metadata: kept, ...rest });
}

/** An object that is not (or not yet) in the log: of a dry run or a transaction, Status, Scale, TokenRequest. */
export class Unsaved implements ObjectAt {
  readonly key: ObjectKey;
  readonly rev: Revision;
  readonly uid: string;
  readonly value: KubeObject;
  #json: Uint8Array | undefined;

  constructor(init: { key: ObjectKey; value: KubeObject; rev?: Revision; uid?: string }) {
    this.key = init.key;
    this.value = init.value;
    this.rev = init.rev ?? 0;
    this.uid = init.uid ?? init.value.metadata.uid ?? '';
  }

  get json(): Uint8Array {
    this.#json ??= Buffer.from(JSON.stringify(this.value));
    return this.#json;
  }
}
