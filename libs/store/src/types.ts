/**
 * The log and the state as the rest of the API server sees them. `PostgresStore` is the truth, `MemoryStore` its twin
 * in one process; both pass the same contract tests. Every method throws `ApiError` and nothing else on purpose:
 * ServiceUnavailable when Postgres cannot be reached or cannot write (never a conflict, never an empty answer),
 * Timeout when nobody can say whether a write happened, Expired when history is no longer kept, Gone when the log has
 * been replaced by another one.
 */
import type { Head, LogRecord, ObjectKey, Provenance, Revision } from '@reckon/api';

/** A live object, or one as it was. */
export interface StoredObject {
  readonly key: ObjectKey;
  readonly uid: string;
  /** Of its last change. */
  readonly rev: Revision;
  /** UTF-8 JSON without `metadata.resourceVersion`, in the clear. Shared: never to be changed. */
  readonly body: Uint8Array;
}

/** One event of the log with what only the API server may know. */
export interface StoredRecord extends LogRecord {
  /** The body must not leave the API server except to those who may read the object. */
  readonly confidential: boolean;
  /** With `previous: true`: the body of `prevRev`; undefined if there was none or it is no longer kept. */
  readonly previousBody?: Uint8Array | undefined;
}

interface WriteBase {
  readonly key: ObjectKey;
  readonly uid: string;
  /** After the change; of a delete, the last object. Not copied: the caller must not change it any more. */
  readonly body: Uint8Array;
  readonly schemaVersion: number;
  /** Ciphertext at rest, left out of what travels (secrets). */
  readonly confidential?: boolean | undefined;
  /** Only the latest revision keeps its body (leases). */
  readonly heartbeat?: boolean | undefined;
  /** By which verb it was asked for, where that is not what the transaction's provenance says (`Provenance.via`). */
  readonly via?: string | undefined;
}

/** Succeeds only against the state that it names (L2). */
export type Write =
  /** The object must not exist. */
  | (WriteBase & { readonly op: 'create' })
  /** The object must be at `expectedRev`. */
  | (WriteBase & { readonly op: 'update' | 'delete'; readonly expectedRev: Revision });

/** Must hold before the transaction: the object is at `rev`; 0: it does not exist. */
export interface Condition {
  readonly key: ObjectKey;
  readonly rev: Revision;
}

/** All of it or nothing. Its writes get consecutive revisions in their order. */
export interface Transaction {
  /** No two of the same object. May be empty: then only the conditions are checked. */
  readonly writes: readonly Write[];
  readonly conditions?: readonly Condition[] | undefined;
  readonly provenance: Provenance;
  /** The log that the caller read from: Gone if it has been replaced. Absent: whichever it is. */
  readonly logId?: string | undefined;
  /** Aborted while it still waits for its turn: nothing is written, and it is refused with Timeout. */
  readonly signal?: AbortSignal | undefined;
}

/** Which of the transaction's demands did not hold, and what is there instead: no second read is needed. */
export interface Conflict {
  readonly demand: 'write' | 'condition';
  /** In `writes` or `conditions`; the first that failed, writes before conditions. */
  readonly index: number;
  readonly key: ObjectKey;
  /** Undefined: there is no such object. */
  readonly current: StoredObject | undefined;
}

export type CommitResult =
  | {
      readonly ok: true;
      /** `writes[i]` is at `firstRev + i`. */
      readonly firstRev: Revision;
      /** `firstRev - 1`, the head that the conditions were checked at, if there were no writes. */
      readonly lastRev: Revision;
      readonly atMs: number;
    }
  | { readonly ok: false; readonly conflict: Conflict };

/** Absent fields take everything. */
export interface LogFilter {
  /** `pods`, `deployments.apps`. */
  readonly resources?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** User name as authenticated. */
  readonly actor?: string | undefined;
}

export interface ReadLogOptions {
  /** Records with after < rev <= through. */
  readonly after: Revision;
  /** Absent: the present head. */
  readonly through?: Revision | undefined;
  /** At most so many records; absent: as many as make a page. */
  readonly limit?: number | undefined;
  /** A page ends with the record whose body brings it to so many bytes, at most 4 MiB, which is the default. */
  readonly maxBytes?: number | undefined;
  readonly filter?: LogFilter | undefined;
  /** Also read the body that each record replaced. */
  readonly previous?: boolean | undefined;
  /** Leave the bodies of confidential records out (nothing is decrypted). */
  readonly withholdConfidential?: boolean | undefined;
}

export interface LogPage {
  readonly records: readonly StoredRecord[];
  /** Every matching record up to here has now been given; ask again from here until it is far enough. */
  readonly through: Revision;
  readonly head: Head;
}

/** All objects at one revision. */
export interface Snapshot {
  readonly head: Head;
  /**
   * Every object that lived at `head.rev`, once each, in no order; to be read once. A heartbeat object that was
   * superseded while this was read comes at its newer revision instead (L3 holds for those at the head only).
   */
  readonly pages: AsyncIterable<readonly StoredObject[]>;
}

export interface ListAtOptions {
  readonly rev: Revision;
  readonly resource: string;
  /** Absent or '': all. */
  readonly namespace?: string | undefined;
  /** The `next` of the page before. */
  readonly after?: ListCursor | undefined;
  /** At most so many objects; default 500. */
  readonly limit?: number | undefined;
}

/** Objects after this one in the order of namespace and name. */
export interface ListCursor {
  readonly namespace: string;
  readonly name: string;
}

export interface ListPage {
  /** By namespace, then name, in the order of their bytes. May be empty although there are more. */
  readonly objects: readonly StoredObject[];
  /** Undefined: that was all. */
  readonly next: ListCursor | undefined;
}

export interface HistoryOptions {
  /** Only events with after < rev; default 0. */
  readonly after?: Revision | undefined;
  /** Only events with rev < before; default: all. */
  readonly before?: Revision | undefined;
  /** Default 100. */
  readonly limit?: number | undefined;
  /** Default newest first. */
  readonly order?: 'newest' | 'oldest' | undefined;
  /** Leave the bodies of confidential records out (nothing is decrypted). */
  readonly withholdConfidential?: boolean | undefined;
}

/** What of the log can be read. */
export interface KeptRange {
  readonly head: Head;
  /** Events up to this revision are no longer kept; the state as of it is. 0: everything is. */
  readonly floor: Revision;
}

export interface Store {
  /** Resolves once the transaction is durable, or with what it conflicts with. */
  commit(transaction: Transaction): Promise<CommitResult>;
  /** As Postgres has it now: not older than any commit that was acknowledged before the call. */
  head(): Promise<Head>;
  /** The newest head that this process has heard of; asks nobody. */
  lastHead(): Head;
  get(key: ObjectKey): Promise<StoredObject | undefined>;
  snapshot(): Promise<Snapshot>;
  /** As it was; undefined if it did not exist then. A heartbeat object before its present revision: Expired. */
  getAt(key: ObjectKey, rev: Revision): Promise<StoredObject | undefined>;
  /** Objects as they were, by pages. */
  listAt(options: ListAtOptions): Promise<ListPage>;
  /** The last revision whose time is not after this one; 0 if there is none. */
  revisionAt(atMs: number): Promise<Revision>;
  readLog(options: ReadLogOptions): Promise<LogPage>;
  /** These revisions, in the same order; undefined for what is not in the log. */
  records(revs: readonly Revision[]): Promise<readonly (StoredRecord | undefined)[]>;
  /** The events of one name, of all its incarnations. */
  history(key: ObjectKey, options?: HistoryOptions): Promise<readonly StoredRecord[]>;
  /** What these revisions are the cause of, at one remove, by revision; confidential bodies left out. */
  effects(causes: readonly Revision[], options: { readonly limit: number }): Promise<readonly StoredRecord[]>;
  kept(): Promise<KeptRange>;
  /**
   * Called with every new head that this process hears of, its own commits and those of other API servers, in order
   * (coalesced); with another `logId` after the log was replaced. Must not throw. The result ends it.
   */
  onHead(listener: (head: Head) => void): () => void;
  /**
   * Called with what this process has committed, in order of revision, before the answers are given; revisions that
   * others have committed in between are missing. Must not throw. The result ends it.
   */
  onCommit(listener: (records: readonly StoredRecord[]) => void): () => void;
  /** Gives the log a new id, because what is out there in the old one's name is not (or no longer) a part of it. */
  replaceLogId(options: { readonly expected: string; readonly because: string }): Promise<Head>;
  /** Exclusive among all API servers of this database, for as long as the connection lives. */
  leaderLock(name: string): LeaderLock;
  close(): Promise<void>;
}

export interface LeaderLock {
  /** Waits until this process leads; rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<Leadership>;
}

export interface Leadership {
  /** Aborted when leadership is lost or given up. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Wraps the keys that secrets are encrypted with. The wrapping key itself never comes near the database. */
export interface KeyProvider {
  /** Names the wrapping key in use. */
  readonly keyId: string;
  /** Looks whether another key has come into use since; cheap, as it is asked before every write of secrets. */
  refresh?(): Promise<void>;
  wrap(dataKey: Uint8Array): Promise<Uint8Array>;
  /** `keyId`: the one that was in use when it was wrapped. */
  unwrap(wrapped: Uint8Array, keyId: string): Promise<Uint8Array>;
}
