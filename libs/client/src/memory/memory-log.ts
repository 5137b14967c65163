import {
  type Head,
  keyString,
  type LogRecord,
  type ObjectKey,
  type Operation,
  type Provenance,
  type Revision,
} from '@reckon/api';
import type { Clock } from '@reckon/service';
import { parseStored } from '../projection/entry.ts';
import type { Stored } from '../types.ts';

const SCHEMA_VERSION = 1;
const encoder = new TextEncoder();

/** The log and its fold in memory: the twin of the store, for one process. */
export class MemoryLog {
  readonly logId: string;
  readonly #clock: Clock;
  readonly #records: LogRecord[] = [];
  readonly #objects = new Map<string, Stored>();
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock, logId: string) {
    this.#clock = clock;
    this.logId = logId;
  }

  get head(): Head {
    return { logId: this.logId, rev: this.#records.length, atMs: this.#records.at(-1)?.atMs ?? 0 };
  }

  get(key: ObjectKey): Stored | undefined {
    return this.#objects.get(keyString(key));
  }

  /** Live objects of a resource (`pods`), by namespace and name, now or at a past revision. */
  list(resource: string, rev: Revision = this.head.rev): readonly Stored[] {
    const objects = rev === this.head.rev ? this.#objects : this.#fold(resource, rev);
    const prefix = `${resource}/`;
    return [...objects]
      .filter(([id]) => id.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  /** Records with after < rev <= through. */
  read(after: Revision, through: Revision): readonly LogRecord[] {
    return this.#records.slice(after, through);
  }

  /** The object as a record left it (of a delete: as it was), with that record's revision. */
  objectAt(rev: Revision): Stored | undefined {
    const record = this.#records[rev - 1];
    return record?.body && parseStored(record.body, rev);
  }

  /** Runs several writes as one commit: if one throws, none has happened. */
  transact<R>(provenance: Provenance, work: (staging: Staging) => R): R {
    const staging = new Staging(this.head.rev, (id) => this.#objects.get(id));
    const result = work(staging);
    for (const write of staging.writes) this.#append(write, provenance);
    if (staging.writes.length > 0) for (const listener of this.#listeners) listener();
    return result;
  }

  /** Called after each commit. */
  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #append({ key, op, object, body, prevRev }: StagedWrite, provenance: Provenance): void {
    const rev = this.#records.length + 1;
    const atMs = Math.max(this.#clock.nowMs(), this.head.atMs);
    const uid = object.metadata.uid;
    this.#records.push({ rev, atMs, key, uid, op, body, prevRev, provenance, schemaVersion: SCHEMA_VERSION });
    if (op === 'delete') this.#objects.delete(keyString(key));
    else this.#objects.set(keyString(key), object);
  }

  #fold(resource: string, rev: Revision): Map<string, Stored> {
    const objects = new Map<string, Stored>();
    for (const record of this.#records.slice(0, rev)) {
      if (record.key.resource !== resource || !record.body) continue;
      if (record.op === 'delete') objects.delete(keyString(record.key));
      else objects.set(keyString(record.key), parseStored(record.body, record.rev));
    }
    return objects;
  }
}

interface StagedWrite {
  readonly key: ObjectKey;
  readonly op: Operation;
  /** Frozen, at its own revision. */
  readonly object: Stored;
  /** Its bytes in the log. */
  readonly body: Uint8Array;
  readonly prevRev: Revision;
}

/** The state as the writes of one commit see it: each sees those before it. */
export class Staging {
  readonly writes: StagedWrite[] = [];
  readonly #headRev: Revision;
  readonly #base: (id: string) => Stored | undefined;
  readonly #changed = new Map<string, Stored | undefined>();

  constructor(headRev: Revision, base: (id: string) => Stored | undefined) {
    this.#headRev = headRev;
    this.#base = base;
  }

  get(key: ObjectKey): Stored | undefined {
    const id = keyString(key);
    return this.#changed.has(id) ? this.#changed.get(id) : this.#base(id);
  }

  /** Creates or replaces. Returns the object at the revision that it gets. */
  put(key: ObjectKey, object: Unstored): Stored {
    const previous = this.get(key);
    return this.#write(key, previous ? 'update' : 'create', object, previous);
  }

  /** `object` is the last state. */
  remove(key: ObjectKey, object: Unstored): Stored {
    return this.#write(key, 'delete', object, this.get(key));
  }

  #write(key: ObjectKey, op: Operation, object: Unstored, previous: Stored | undefined): Stored {
    const { apiVersion, kind, metadata, ...rest } = object;
    const { resourceVersion: _, ...unversioned } = metadata;
    const body = encoder.encode(JSON.stringify({ apiVersion, kind, metadata: unversioned, ...rest }));
    const stored = parseStored(body, this.#headRev + this.writes.length + 1);
    const prevRev = Number(previous?.metadata.resourceVersion ?? 0);
    this.writes.push({ key, op, object: stored, body, prevRev });
    this.#changed.set(keyString(key), op === 'delete' ? undefined : stored);
    return stored;
  }
}

/** An object that has all but its revision. */
export type Unstored = Omit<Stored, 'metadata'> & {
  readonly metadata: Omit<Stored['metadata'], 'resourceVersion'> & { readonly resourceVersion?: string };
};
