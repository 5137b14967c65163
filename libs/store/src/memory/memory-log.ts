import { type Head, keyString, type ObjectKey, type Revision } from '@reckon/api';
import type { Clock, Random } from '@reckon/service';
import { expectedRev, provenanceOf, remade } from '../check-transaction.ts';
import type { CommitResult, Conflict, StoredObject, StoredRecord, Transaction } from '../types.ts';

/** What Postgres is to `PostgresStore`: any number of `MemoryStore`s share one. */
export class MemoryLog {
  readonly #clock: Clock;
  readonly #random: Random;
  /** `records[rev - 1]`. */
  readonly records: StoredRecord[] = [];
  readonly objects = new Map<string, StoredObject>();
  /** Revisions of each name, oldest first. */
  readonly histories = new Map<string, Revision[]>();
  readonly #listeners = new Set<(head: Head) => void>();
  readonly #leaders = new Set<string>();
  #logId: string;
  #atMs: number;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
    this.#logId = random.uuid();
    this.#atMs = clock.nowMs();
  }

  get head(): Head {
    return { logId: this.#logId, rev: this.records.length, atMs: this.#atMs };
  }

  commit(transaction: Transaction): {
    readonly result: CommitResult;
    readonly records: readonly StoredRecord[];
  } {
    const conflict = this.#conflictOf(transaction);
    if (conflict) return { result: { ok: false, conflict }, records: [] };
    const { writes } = transaction;
    const firstRev = this.records.length + 1;
    if (writes.length > 0) this.#atMs = Math.max(this.#atMs, this.#clock.nowMs());
    const records = writes.map((write, i) => this.#record(write, transaction, firstRev + i));
    for (const record of records) this.#apply(record);
    for (const write of writes)
      if (write.heartbeat && write.op !== 'create') this.#forgetBody(write.expectedRev);
    if (records.length > 0) this.#tell();
    return {
      result: { ok: true, firstRev, lastRev: firstRev + writes.length - 1, atMs: this.#atMs },
      records,
    };
  }

  replaceLogId(expected: string): Head {
    if (this.#logId === expected) {
      this.#logId = this.#random.uuid();
      this.#tell();
    }
    return this.head;
  }

  onHead(listener: (head: Head) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** False if somebody else leads. */
  tryLead(name: string): boolean {
    if (this.#leaders.has(name)) return false;
    this.#leaders.add(name);
    return true;
  }

  resign(name: string): void {
    this.#leaders.delete(name);
  }

  #conflictOf(transaction: Transaction): Conflict | undefined {
    const { writes, conditions = [] } = transaction;
    const freed = remade(transaction);
    const demands = [
      ...writes.flatMap((write, index) =>
        freed.has(write) ? [] : { demand: 'write' as const, index, key: write.key, rev: expectedRev(write) },
      ),
      ...conditions.map(({ key, rev }, index) => ({ demand: 'condition' as const, index, key, rev })),
    ];
    for (const { demand, index, key, rev } of demands) {
      const current = this.objects.get(keyString(key));
      if ((current?.rev ?? 0) !== rev) return { demand, index, key, current };
    }
    return undefined;
  }

  #record(write: Transaction['writes'][number], transaction: Transaction, rev: Revision): StoredRecord {
    return {
      rev,
      atMs: this.#atMs,
      key: write.key,
      uid: write.uid,
      op: write.op,
      body: write.body,
      prevRev: write.op === 'create' ? 0 : write.expectedRev,
      provenance: provenanceOf(transaction, write),
      schemaVersion: write.schemaVersion,
      confidential: write.confidential ?? false,
    };
  }

  #apply(record: StoredRecord): void {
    const { key, uid, rev, body, op } = record;
    const path = keyString(key);
    this.records.push(record);
    const history = this.histories.get(path);
    if (history) history.push(rev);
    else this.histories.set(path, [rev]);
    if (op === 'delete' || !body) this.objects.delete(path);
    else this.objects.set(path, { key, uid, rev, body });
  }

  #forgetBody(rev: Revision): void {
    const record = this.records[rev - 1];
    if (record) this.records[rev - 1] = { ...record, body: undefined };
  }

  #tell(): void {
    const head = this.head;
    for (const listener of this.#listeners) listener(head);
  }
}

/** The last revision of a name at or before `rev`. */
export function revisionOfNameAt(log: MemoryLog, key: ObjectKey, rev: Revision): Revision | undefined {
  return log.histories.get(keyString(key))?.findLast((one) => one <= rev);
}
