import { ApiError, type Head, keyString, type ObjectKey, type Revision } from '@reckon/api';
import type { Clock, Logger, Random } from '@reckon/service';
import { sql } from 'kysely';
import { checkTransaction } from '../check-transaction.ts';
import { Secrecy } from '../secrecy/secrecy.ts';
import type {
  CommitResult,
  Conflict,
  HistoryOptions,
  KeptRange,
  KeyProvider,
  LeaderLock,
  ListAtOptions,
  ListPage,
  LogPage,
  ReadLogOptions,
  Snapshot,
  Store,
  StoredObject,
  StoredRecord,
  Transaction,
} from '../types.ts';
import type { SealedConflict } from './commit/batch.ts';
import type { Pending } from './commit/pending.ts';
import { Writer } from './commit/writer.ts';
import type { DatabaseAddress } from './connect.ts';
import { PostgresDataKeyTable } from './data-key-table.ts';
import { apiErrorOf, unavailable } from './errors.ts';
import { HeadListener } from './head-listener.ts';
import { HeadTracker } from './head-tracker.ts';
import { PostgresLeaderLock } from './leader-lock.ts';
import { migrate } from './migrate.ts';
import { PostgresObjectKeyTable } from './object-key-table.ts';
import { PartitionKeeper } from './partition-keeper.ts';
import { PARTITION_REVISIONS } from './partitions.ts';
import { Reader } from './reader.ts';
import { readEffects } from './reads/effects.ts';
import { readHead } from './reads/head.ts';
import { readHistory } from './reads/history.ts';
import { listAt, NEAR_REVISIONS } from './reads/list-at.ts';
import { getObject, getObjectAt } from './reads/objects.ts';
import { readLog, readRecords } from './reads/read-log.ts';
import { revisionAt } from './reads/revision-at.ts';
import { readSnapshot } from './reads/snapshot.ts';
import { type Retention, RetentionKeeper } from './retention/retention-keeper.ts';
import type { Verification } from './verification.ts';

export interface PostgresStoreOptions {
  readonly database: DatabaseAddress;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Wraps the keys of confidential objects; without it those are refused. */
  readonly keys?: KeyProvider | undefined;
  /** For so long requests outlive the loss of a connection before they fail with ServiceUnavailable; default 2,000. */
  readonly patienceMs?: number;
  /** Up to so many revisions behind the head a list of the past is read from the present state; default 20,000. */
  readonly nearRevisions?: number;
  /** Revisions in a partition of the log; default 1,000,000. */
  readonly partitionRevisions?: number;
  /** How long the log is kept; `{}`: for ever, but for superseded heartbeats. Absent: nothing is taken from it. */
  readonly retention?: Retention | undefined;
}

const PATIENCE_MS = 2000;

export class PostgresStore implements Store {
  readonly #options: PostgresStoreOptions;
  readonly #reader: Reader;
  readonly #secrecy: Secrecy;
  readonly #partitions: PartitionKeeper;
  readonly #writer: Writer;
  readonly #listener: HeadListener;
  readonly #retention: RetentionKeeper | undefined;
  readonly #commitListeners = new Set<(records: readonly StoredRecord[]) => void>();
  #tracker: HeadTracker | undefined;

  private constructor(options: PostgresStoreOptions) {
    const { database: address, clock, random, log } = options;
    const patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#options = options;
    this.#reader = new Reader({ address, clock, log, patienceMs });
    this.#secrecy = new Secrecy({
      keys: options.keys,
      table: new PostgresDataKeyTable(this.#reader),
      objectKeys: new PostgresObjectKeyTable(this.#reader),
      headRev: () => this.lastHead().rev,
    });
    const size = options.partitionRevisions ?? PARTITION_REVISIONS;
    this.#partitions = new PartitionKeeper({ reader: this.#reader, clock, log, size });
    this.#writer = new Writer({
      address,
      clock,
      random,
      log,
      patienceMs,
      verification: () => this.#verification(),
      heard: (head) => this.#heard(head),
      committed: (records) => {
        for (const listener of this.#commitListeners) listener(records);
      },
      openConflict: (conflict) => this.#openConflict(conflict),
      makePartitions: (count) => this.#partitions.make(count),
    });
    const { retention } = options;
    const lock = new PostgresLeaderLock({ address, clock, log, name: 'retention' });
    this.#retention = retention && new RetentionKeeper({ reader: this.#reader, lock, clock, log, retention });
    this.#listener = new HeadListener({
      address,
      clock,
      log,
      ownBackend: () => this.#writer.backend,
      heard: (head) => this.#heard(head),
      verification: () => this.#verification(),
    });
  }

  /** Brings the database to the present schema and connects. ServiceUnavailable if it is not there (yet). */
  static async open(options: PostgresStoreOptions): Promise<PostgresStore> {
    const store = new PostgresStore(options);
    try {
      await store.#reader.read(migrate);
      await store.#writer.open();
      await store.#partitions.make();
      await store.#listener.open();
      store.#retention?.start();
      return store;
    } catch (error) {
      await store.close();
      throw apiErrorOf(error);
    }
  }

  async commit(transaction: Transaction): Promise<CommitResult> {
    checkTransaction(transaction);
    const logId = transaction.logId ?? this.lastHead().logId;
    const { writes, conditions = [] } = transaction;
    const bodies = await this.#seal(writes);
    const { promise, resolve, reject } = Promise.withResolvers<CommitResult>();
    const pending: Pending = {
      transaction,
      bodies,
      logId,
      written: writes.map(({ key }) => keyString(key)),
      demanded: conditions.map(({ key }) => keyString(key)),
      bytes: bodies.reduce((sum, body) => sum + body.length, 0),
      resolve,
      reject,
    };
    this.#writer.enqueue(pending);
    return promise;
  }

  async head(): Promise<Head> {
    const before = this.lastHead();
    const { logId, rev, atMs } = await this.#reader.read(readHead);
    if (logId === before.logId && rev < before.rev) {
      // The writer finds out too, and gives the log a new id.
      throw unavailable(`the database has been put back from revision ${before.rev} to ${rev}`);
    }
    return { logId, rev, atMs };
  }

  lastHead(): Head {
    if (!this.#tracker) throw new ApiError('ServiceUnavailable', 'the store is not open');
    return this.#tracker.head;
  }

  get(key: ObjectKey): Promise<StoredObject | undefined> {
    return this.#reader.read((db) => getObject(db, this.#secrecy, key));
  }

  snapshot(): Promise<Snapshot> {
    return readSnapshot(this.#reader, this.#secrecy);
  }

  getAt(key: ObjectKey, rev: Revision): Promise<StoredObject | undefined> {
    return this.#reader.read((db) => getObjectAt(db, this.#secrecy, { key, rev }));
  }

  listAt(options: ListAtOptions): Promise<ListPage> {
    const { nearRevisions = NEAR_REVISIONS } = this.#options;
    return this.#reader.read((db) => listAt(db, this.#secrecy, { options, nearRevisions }));
  }

  revisionAt(atMs: number): Promise<Revision> {
    return this.#reader.read((db) => revisionAt(db, atMs));
  }

  readLog(options: ReadLogOptions): Promise<LogPage> {
    return this.#reader.read((db) => readLog(db, this.#secrecy, options));
  }

  records(revs: readonly Revision[]): Promise<readonly (StoredRecord | undefined)[]> {
    return this.#reader.read((db) => readRecords(db, this.#secrecy, revs));
  }

  history(key: ObjectKey, options: HistoryOptions = {}): Promise<readonly StoredRecord[]> {
    return this.#reader.read((db) => readHistory(db, this.#secrecy, { key, options }));
  }

  effects(
    causes: readonly Revision[],
    { limit }: { readonly limit: number },
  ): Promise<readonly StoredRecord[]> {
    return this.#reader.read((db) => readEffects(db, this.#secrecy, { causes, limit }));
  }

  async kept(): Promise<KeptRange> {
    const { floor, ...head } = await this.#reader.read(readHead);
    return { head, floor };
  }

  onHead(listener: (head: Head) => void): () => void {
    if (!this.#tracker) throw new ApiError('ServiceUnavailable', 'the store is not open');
    return this.#tracker.onHead(listener);
  }

  onCommit(listener: (records: readonly StoredRecord[]) => void): () => void {
    const own = (records: readonly StoredRecord[]) => listener(records);
    this.#commitListeners.add(own);
    return () => this.#commitListeners.delete(own);
  }

  async replaceLogId({
    expected,
    because,
  }: {
    readonly expected: string;
    readonly because: string;
  }): Promise<Head> {
    const fresh = this.#options.random.uuid();
    const { rows } = await this.#reader.read((db) =>
      sql<{ readonly o_log_id: string; readonly o_rev: number; readonly o_at_us: number }>`
        select * from reckon_replace_log_id(${expected}, ${fresh})`.execute(db),
    );
    const [row] = rows;
    if (!row) throw new ApiError('ServiceUnavailable', 'the database has no log');
    const head = { logId: row.o_log_id, rev: row.o_rev, atMs: row.o_at_us / 1000 };
    if (head.logId === fresh) this.#options.log.warn('the log gets a new id', { expected, fresh, because });
    this.#heard(head);
    return head;
  }

  leaderLock(name: string): LeaderLock {
    const { database: address, clock, log } = this.#options;
    return new PostgresLeaderLock({ address, clock, log, name });
  }

  async close(): Promise<void> {
    await this.#retention?.stop();
    await this.#writer.close();
    await this.#listener.close();
    this.#partitions.close();
    await this.#reader.close();
  }

  #verification(): Verification {
    return { known: this.#tracker?.head, freshLogId: this.#options.random.uuid() };
  }

  #heard(head: Head): void {
    this.#tracker ??= new HeadTracker(head, this.#options.log);
    this.#tracker.advance(head);
    this.#partitions.advanced(head);
  }

  async #seal(writes: Transaction['writes']): Promise<readonly Uint8Array[]> {
    const confidential = writes.filter((write) => write.confidential);
    if (confidential.length === 0) return writes.map(({ body }) => body);
    const sealed = await this.#secrecy.seal(confidential);
    const bodies = new Map(confidential.map((write, i) => [write, sealed[i] ?? write.body]));
    return writes.map((write) => bodies.get(write) ?? write.body);
  }

  async #openConflict({ demand, index, key, current }: SealedConflict): Promise<Conflict> {
    if (!current) return { demand, index, key, current };
    const { rev, uid, confidential, body } = current;
    const [clear = body] = confidential ? await this.#secrecy.open([{ key, uid, body }]) : [body];
    return { demand, index, key, current: { key, uid, rev, body: clear } };
  }
}
