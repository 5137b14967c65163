/** The tables as Kysely knows them. `int8` comes as a number (see `connect.ts`). */
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

/** Append-only, partitioned by ranges of `rev`. */
export interface LogTable {
  readonly rev: number;
  readonly prev_rev: number;
  readonly at: ColumnType<Date, never, never>;
  readonly cause: number | null;
  readonly schema_version: number;
  readonly op: number;
  readonly confidential: boolean;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly actor: string;
  readonly request_id: string;
  readonly because: string | null;
  readonly via: string | null;
  /** Null: a heartbeat that was superseded. */
  readonly body: Buffer | null;
}

/** One row a live object: the fold of the log. */
export interface ObjectsTable {
  readonly rev: number;
  readonly confidential: boolean;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly body: Buffer;
}

/** One row: the lock that orders all commits, and what the last one left. */
export interface HeadTable {
  readonly one: Generated<boolean>;
  readonly log_id: string;
  readonly rev: number;
  readonly at: ColumnType<Date, never, never>;
  /** Revisions up to this one are no longer kept. */
  readonly floor: Generated<number>;
}

/** One row a living store: its last batch and what became of it, so that a lost answer can be found again. */
export interface WritersTable {
  readonly id: string;
  /** A batch of an older epoch can no longer commit. */
  readonly epoch: number;
  readonly batch: number;
  readonly first_rev: number;
  readonly at: ColumnType<Date, never, never>;
  /** Transactions of the batch, counted from 1, that were refused. */
  readonly failed: number[];
}

/** Keys that confidential bodies are encrypted with, each wrapped by a key that is not in the database. */
export interface DataKeysTable {
  readonly id: GeneratedAlways<number>;
  readonly wrapped: Buffer;
  /** Of the wrapping key. */
  readonly key_id: string;
  /** The head when it was made. */
  readonly made_rev: number;
}

/** The key of one confidential object, in one of its incarnations. */
export interface ObjectKeysTable {
  readonly id: GeneratedAlways<number>;
  readonly uid: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** The key, sealed by a data key; null: shredded. */
  readonly sealed: Buffer | null;
  /** Of what is shredded: the object that is shown in its place, UTF-8 JSON. */
  readonly shown_instead: Buffer | null;
  /** The head when it was made. */
  readonly made_rev: number;
  readonly made_at: ColumnType<Date, never, never>;
}

/** Revisions whose rows are no longer kept one by one. */
export interface RangesTable {
  readonly first_rev: number;
  /** Inclusive. */
  readonly last_rev: number;
  readonly first_at: ColumnType<Date, never, never>;
  readonly last_at: ColumnType<Date, never, never>;
}

/** Of a kind with a retention of its own: its events up to here are no longer kept. */
export interface FloorsTable {
  readonly resource: string;
  readonly floor: number;
}

export interface Tables {
  readonly log: LogTable;
  readonly objects: ObjectsTable;
  readonly log_head: HeadTable;
  readonly writers: WritersTable;
  readonly data_keys: DataKeysTable;
  readonly object_keys: ObjectKeysTable;
  readonly log_ranges: RangesTable;
  readonly log_floors: FloorsTable;
}

/** `log.op`. */
export const OPERATIONS = ['create', 'update', 'delete'] as const;
