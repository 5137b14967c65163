import type { ObjectKey, Revision } from '@reckon/api';
import { expectedRev, provenanceOf, remade } from '../../check-transaction.ts';
import type { CommitResult, Conflict, StoredRecord, Transaction, Write } from '../../types.ts';
import { OPERATIONS } from '../schema/tables.ts';
import { bytesArray, int2Array, int4Array, int8Array, textArray } from './arrays.ts';
import type { Pending } from './pending.ts';

/** Who sends it, and which of his batches it is. */
export interface BatchId {
  readonly writer: string;
  readonly epoch: number;
  readonly batch: number;
}

/** What `reckon_commit` answers. */
export interface CommitRow {
  readonly o_first: number;
  readonly o_at_us: number;
  readonly o_conflicts: readonly ConflictRow[] | null;
}

interface ConflictRow {
  /** Counted from 1. */
  readonly tx: number;
  readonly demand: number;
  /** Among the writes (or conditions) of the whole batch, counted from 1. */
  readonly i: number;
  readonly rev: number | null;
  readonly uid: string | null;
  readonly confidential: boolean | null;
  /** Base64. */
  readonly body: string | null;
}

/** A conflict whose current object may still be ciphertext. */
export interface SealedConflict {
  readonly demand: Conflict['demand'];
  readonly index: number;
  readonly key: ObjectKey;
  readonly current:
    | { readonly rev: Revision; readonly uid: string; readonly confidential: boolean; readonly body: Buffer }
    | undefined;
}

export const COMMIT_SQL = `select * from reckon_commit(${Array.from({ length: 25 }, (_, i) => `$${i + 1}`).join(', ')})`;

const FLAG = { confidential: 1, heartbeat: 2, remade: 4 } as const;

function writesOf(transaction: Transaction): readonly { readonly write: Write; readonly flags: number }[] {
  const freed = remade(transaction);
  return transaction.writes.map((write) => ({
    write,
    flags:
      (write.confidential ? FLAG.confidential : 0) |
      (write.heartbeat ? FLAG.heartbeat : 0) |
      (freed.has(write) ? FLAG.remade : 0),
  }));
}

/** The arguments of `reckon_commit`. */
export function commitArguments(id: BatchId, batch: readonly Pending[]): unknown[] {
  const logId = batch[0]?.logId ?? '';
  const writes = batch.flatMap(({ transaction }, tx) =>
    writesOf(transaction).map(({ write, flags }) => ({ tx: tx + 1, write, flags })),
  );
  const conditions = batch.flatMap(({ transaction }, tx) =>
    (transaction.conditions ?? []).map((condition) => ({ tx: tx + 1, condition })),
  );
  const provenances = batch.map(({ transaction }) => transaction.provenance);
  return [
    id.writer,
    id.epoch,
    id.batch,
    logId,
    int4Array(writes.map(({ tx }) => tx)),
    int2Array(writes.map(({ write }) => OPERATIONS.indexOf(write.op))),
    int2Array(writes.map(({ flags }) => flags)),
    int8Array(writes.map(({ write }) => expectedRev(write))),
    int4Array(writes.map(({ write }) => write.schemaVersion)),
    textArray(writes.map(({ write }) => write.key.resource)),
    textArray(writes.map(({ write }) => write.key.namespace)),
    textArray(writes.map(({ write }) => write.key.name)),
    textArray(writes.map(({ write }) => write.uid)),
    bytesArray(batch.flatMap(({ bodies }) => bodies)),
    textArray(provenances.map(({ actor }) => actor)),
    textArray(provenances.map(({ requestId }) => requestId)),
    int8Array(provenances.map(({ cause }) => cause)),
    textArray(provenances.map(({ because }) => because)),
    textArray(provenances.map(({ via }) => via)),
    int4Array(conditions.map(({ tx }) => tx)),
    textArray(conditions.map(({ condition }) => condition.key.resource)),
    textArray(conditions.map(({ condition }) => condition.key.namespace)),
    textArray(conditions.map(({ condition }) => condition.key.name)),
    int8Array(conditions.map(({ condition }) => condition.rev)),
    writes.some(({ write }) => write.via !== undefined)
      ? textArray(writes.map(({ write }) => write.via))
      : null,
  ];
}

/** What became of a batch. */
export interface BatchOutcome {
  readonly committed: readonly Committed[];
  readonly conflicts: readonly { readonly pending: Pending; readonly conflict: SealedConflict }[];
  readonly records: readonly StoredRecord[];
}

interface Committed {
  readonly pending: Pending;
  readonly result: CommitResult;
}

export function outcomeOf(batch: readonly Pending[], row: CommitRow): BatchOutcome {
  const refused = new Map((row.o_conflicts ?? []).map((conflict) => [conflict.tx - 1, conflict]));
  const atMs = row.o_at_us / 1000;
  const committed: Committed[] = [];
  const conflicts: BatchOutcome['conflicts'][number][] = [];
  const records: StoredRecord[] = [];
  let rev = row.o_first;
  let writesBefore = 0;
  let conditionsBefore = 0;
  batch.forEach((pending, tx) => {
    const { writes, conditions = [] } = pending.transaction;
    const conflict = refused.get(tx);
    if (conflict) {
      const before = conflict.demand === 0 ? writesBefore : conditionsBefore;
      conflicts.push({ pending, conflict: sealedConflict(pending, conflict, conflict.i - 1 - before) });
    } else {
      committed.push({
        pending,
        result: { ok: true, firstRev: rev, lastRev: rev + writes.length - 1, atMs },
      });
      for (const write of writes) records.push(recordOf(pending, write, rev++, atMs));
    }
    writesBefore += writes.length;
    conditionsBefore += conditions.length;
  });
  return { committed, conflicts, records };
}

function recordOf(
  { transaction }: Pending,
  write: Pending['transaction']['writes'][number],
  rev: Revision,
  atMs: number,
): StoredRecord {
  return {
    rev,
    atMs,
    key: write.key,
    uid: write.uid,
    op: write.op,
    body: write.body,
    prevRev: expectedRev(write),
    provenance: provenanceOf(transaction, write),
    schemaVersion: write.schemaVersion,
    confidential: write.confidential ?? false,
  };
}

function sealedConflict({ transaction }: Pending, row: ConflictRow, index: number): SealedConflict {
  const demand = row.demand === 0 ? 'write' : 'condition';
  const demands = demand === 'write' ? transaction.writes : (transaction.conditions ?? []);
  const key = demands[index]?.key;
  if (!key) throw new Error(`the database named ${demand} ${index}, which the transaction does not have`);
  if (row.rev === null || row.uid === null || row.body === null)
    return { demand, index, key, current: undefined };
  const body = Buffer.from(row.body, 'base64');
  return {
    demand,
    index,
    key,
    current: { rev: row.rev, uid: row.uid, confidential: row.confidential === true, body },
  };
}
