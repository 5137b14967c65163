import { goJsonText, type ObjectKey, type Revision } from '@reckon/api';
import type { KubeMetadata, KubeObject, ObjectAt } from './types.ts';

/** Clients compare its data byte by byte with what Go makes of the same. */
const VERBATIM = 'ControllerRevision';

/**
 * The bytes of an object as the log keeps them: UTF-8 JSON, apiVersion, kind and metadata first, no resourceVersion.
 */
export function encodeBody(object: KubeObject): Buffer {
  const { apiVersion, kind, metadata } = object;
  // Assigned one by one: what a rest pattern makes is twice as slow to encode.
  const ordered: Record<string, unknown> = { apiVersion, kind, metadata: withoutVersion(metadata) };
  for (const name in object) if (!(name in ordered)) ordered[name] = object[name];
  return Buffer.from(kind === VERBATIM ? goJsonText(ordered) : JSON.stringify(ordered));
}

function withoutVersion(metadata: KubeMetadata): KubeMetadata {
  if (metadata.resourceVersion === undefined) return metadata;
  const { resourceVersion: _, ...rest } = metadata;
  return rest;
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
