import { deepFreeze, type ObjectKey, type Revision } from '@reckon/api';
import type { KubeObject, ResourceType, Stored } from '../types.ts';
import { BINDING_FIELDS, type Binding, bindingOfBody, bindingOfValue } from './binding.ts';
import { metadataFields } from './metadata-fields.ts';

/** How much of an object is kept: all of it, or what `Entry.owning` says. */
export type EntryPart = 'all' | 'owners';

/**
 * One object at one revision. It arrives as bytes and is parsed when somebody first looks at it: most revisions of
 * heartbeats are superseded before anyone does.
 */
export class Entry {
  readonly key: ObjectKey;
  readonly rev: Revision;
  readonly uid: string;
  /** Clock.monotonicMs when this process learnt of the revision. */
  readonly learntAtMs: number;
  #body: Uint8Array | undefined;
  #binding: Binding | undefined;
  #value: Stored | undefined;

  private constructor(
    at: { key: ObjectKey; rev: Revision; uid: string; learntAtMs: number },
    form: { body: Uint8Array } | { value: Stored },
  ) {
    this.key = at.key;
    this.rev = at.rev;
    this.uid = at.uid;
    this.learntAtMs = at.learntAtMs;
    if ('body' in form) this.#body = own(form.body);
    else this.#value = form.value;
  }

  /** `body` is UTF-8 JSON without `metadata.resourceVersion`, as in the log. */
  static fromBody(
    at: { key: ObjectKey; rev: Revision; uid: string; learntAtMs: number },
    body: Uint8Array,
    { type, part }: { readonly type: ResourceType; readonly part: EntryPart },
  ): Entry {
    const entry = new Entry(at, { body });
    return part === 'all' ? entry : entry.owning(type);
  }

  static fromValue(key: ObjectKey, value: Stored, learntAtMs: number): Entry {
    const { uid, resourceVersion } = value.metadata;
    return new Entry({ key, rev: Number(resourceVersion), uid, learntAtMs }, { value: unmanaged(value) });
  }

  /**
   * The same with no more of the object than who it is, who owns it and what holds it: enough for those who only collect
   * garbage, and a tenth of an Event or a ConfigMap.
   */
  owning(type: ResourceType): Entry {
    const { key, rev, uid, learntAtMs } = this;
    const kept = this.#body
      ? Object.entries(metadataFields(this.#body, KEPT)).map(([field, json]) => [field, JSON.parse(json)])
      : Object.entries(this.value.metadata).filter(([field]) => KEPT.some((kept) => kept === field));
    const { namespace, name } = key;
    const identity = { name, ...(namespace ? { namespace } : {}), uid, resourceVersion: String(rev) };
    const value = {
      apiVersion: type.group ? `${type.group}/${type.version}` : type.version,
      kind: type.kind,
      metadata: { ...Object.fromEntries(kept), ...identity },
    };
    return new Entry({ key, rev, uid, learntAtMs }, { value: deepFreeze(value) as unknown as Stored });
  }

  /** What ties it to others. An object that nobody has looked at is not parsed for the answer. */
  get binding(): Binding {
    if (!this.#body) return bindingOfValue(this.value);
    this.#binding ??= bindingOfBody(this.#body);
    return this.#binding;
  }

  /** Deep-frozen, with its resourceVersion, without its managedFields. */
  get value(): Stored {
    this.#value ??= parseUnmanaged(this.#body ?? new Uint8Array(), this.rev);
    this.#body = undefined;
    this.#binding = undefined;
    return this.#value;
  }
}

const KEPT = [...BINDING_FIELDS, 'creationTimestamp', 'deletionGracePeriodSeconds'] as const;

/** A copy, where these bytes are a part of more: the whole packet that they came in would live as long as they. */
function own(body: Uint8Array): Uint8Array {
  return body.byteLength === body.buffer.byteLength ? body : new Uint8Array(body);
}

/**
 * Without managedFields, which are half of many an object and which nobody here reads. An update that leaves them out
 * leaves them as they are.
 */
function unmanaged(value: Stored): Stored {
  if (!('managedFields' in value.metadata)) return value;
  const { managedFields: _left, ...metadata } = value.metadata;
  return Object.freeze({ ...value, metadata: Object.freeze(metadata) });
}

/** An object from its bytes in the log, frozen and with the revision that they do not contain. */
export function parseStored<T extends KubeObject>(body: Uint8Array, rev: Revision): Stored<T> {
  const value = parse(body);
  return frozen(value, { ...value.metadata, resourceVersion: String(rev) });
}

interface Parsed {
  metadata: { readonly resourceVersion?: string; readonly managedFields?: unknown };
}

function parseUnmanaged(body: Uint8Array, rev: Revision): Stored {
  const value = parse(body);
  const { managedFields: _left, ...metadata } = value.metadata;
  return frozen(value, { ...metadata, resourceVersion: String(rev) });
}

function parse(body: Uint8Array): Parsed {
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
}

function frozen<T extends KubeObject>(value: Parsed, metadata: Parsed['metadata']): Stored<T> {
  value.metadata = metadata;
  return deepFreeze(value) as unknown as Stored<T>;
}
