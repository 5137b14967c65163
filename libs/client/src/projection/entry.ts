import { deepFreeze, type ObjectKey, type Revision } from '@reckon/api';
import type { KubeObject, Stored } from '../types.ts';

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
  #value: Stored | undefined;

  private constructor(
    at: { key: ObjectKey; rev: Revision; uid: string; learntAtMs: number },
    form: { body: Uint8Array } | { value: Stored },
  ) {
    this.key = at.key;
    this.rev = at.rev;
    this.uid = at.uid;
    this.learntAtMs = at.learntAtMs;
    if ('body' in form) this.#body = form.body;
    else this.#value = form.value;
  }

  /** `body` is UTF-8 JSON without `metadata.resourceVersion`, as in the log. */
  static fromBody(
    at: { key: ObjectKey; rev: Revision; uid: string; learntAtMs: number },
    body: Uint8Array,
  ): Entry {
    return new Entry(at, { body });
  }

  static fromValue(key: ObjectKey, value: Stored, learntAtMs: number): Entry {
    const { uid, resourceVersion } = value.metadata;
    return new Entry({ key, rev: Number(resourceVersion), uid, learntAtMs }, { value });
  }

  /** Deep-frozen, with its resourceVersion. */
  get value(): Stored {
    this.#value ??= parseStored(this.#body ?? new Uint8Array(), this.rev);
    this.#body = undefined;
    return this.#value;
  }
}

/** An object from its bytes in the log, frozen and with the revision that they do not contain. */
export function parseStored<T extends KubeObject>(body: Uint8Array, rev: Revision): Stored<T> {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const value: { metadata: { resourceVersion?: string } } = JSON.parse(text);
  value.metadata.resourceVersion = String(rev);
  return deepFreeze(value) as unknown as Stored<T>;
}
