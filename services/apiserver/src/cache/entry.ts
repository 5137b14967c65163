import type { ObjectKey, Revision } from '@reckon/api';
import type { KubeObject, ObjectAt } from '../verbs/types.ts';
import { spliceResourceVersion } from './splice.ts';

/** What selectors look at; kept beside the bytes so that selecting parses nothing. */
export interface Selectable {
  readonly labels: Readonly<Record<string, string>>;
  /** The values of the fields that field selectors know for the resource, each at the place of its name there. */
  readonly fields: readonly string[];
  /** Of the node that the object is for; the dispatcher files watches of one node apart. */
  readonly nodeName: string | undefined;
}

export const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

/** How entries keep parsed values: shared by all entries of one cache. */
export interface ValuePolicy {
  /** Called with an entry that has just got its value; may make an older one forget its own. */
  remember(entry: Entry): void;
  /** Freezes a value deeply where the process is set to notice mutations of shared objects. */
  protect(value: KubeObject): KubeObject;
}

export interface EntryInit {
  readonly key: ObjectKey;
  readonly rev: Revision;
  readonly uid: string;
  /** UTF-8 JSON without resourceVersion, as it lies in the log. */
  readonly body: Uint8Array;
  readonly selectable: Selectable;
  readonly policy: ValuePolicy;
  /** The value with its resourceVersion, if somebody has it at hand already. */
  readonly value?: KubeObject;
}

/**
 * One object at one revision, shared by everybody who reads it. Its bytes with the resourceVersion are made once, at
 * the first read; its value is parsed when somebody needs it and may be forgotten again.
 */
export class Entry implements ObjectAt {
  readonly key: ObjectKey;
  readonly rev: Revision;
  readonly uid: string;
  readonly selectable: Selectable;
  /** Bytes of the body, for bounds on what is kept. */
  readonly sizeBytes: number;
  readonly #policy: ValuePolicy;
  #body: Uint8Array | undefined;
  #json: Uint8Array | undefined;
  #value: KubeObject | undefined;

  constructor(init: EntryInit) {
    this.key = init.key;
    this.rev = init.rev;
    this.uid = init.uid;
    this.selectable = init.selectable;
    this.sizeBytes = init.body.length;
    this.#policy = init.policy;
    this.#body = init.body;
    this.#value = init.value;
    if (init.value) init.policy.remember(this);
  }

  get json(): Uint8Array {
    if (this.#json) return this.#json;
    if (!this.#body) throw new Error('an entry has neither body nor JSON');
    this.#json = spliceResourceVersion(this.#body, this.rev);
    this.#body = undefined;
    return this.#json;
  }

  get value(): KubeObject {
    if (this.#value) return this.#value;
    this.#value = this.#policy.protect(parse(this.json));
    this.#policy.remember(this);
    return this.#value;
  }

  /** The parsed value can be had again from the bytes. */
  forgetValue(): void {
    this.#value = undefined;
  }

  /** The same content at another revision: what a watcher sees last of an object that left its selection. */
  at(rev: Revision): Entry {
    return new Entry({
      key: this.key,
      rev,
      uid: this.uid,
      body: this.json,
      selectable: this.selectable,
      policy: this.#policy,
    });
  }
}

const decoder = new TextDecoder();

function parse(json: Uint8Array): KubeObject {
  return JSON.parse(decoder.decode(json)) as KubeObject;
}
