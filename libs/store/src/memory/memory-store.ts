import { ApiError, type Head, keyString, type ObjectKey, type Revision } from '@reckon/api';
import type { Clock } from '@reckon/service';
import { checkTransaction } from '../check-transaction.ts';
import type {
  CommitResult,
  HistoryOptions,
  KeptRange,
  LeaderLock,
  ListAtOptions,
  ListPage,
  LogFilter,
  LogPage,
  ReadLogOptions,
  Snapshot,
  Store,
  StoredObject,
  StoredRecord,
  Transaction,
} from '../types.ts';
import { MemoryLeaderLock } from './memory-leader-lock.ts';
import { type MemoryLog, revisionOfNameAt } from './memory-log.ts';

const LIST_LIMIT = 500;
const LOG_LIMIT = 2000;
const HISTORY_LIMIT = 100;
const PAGE_BYTES = 4 * 1024 * 1024;

/** The twin of `PostgresStore`: the same answers, in one process, at no cost. It encrypts nothing. */
export class MemoryStore implements Store {
  readonly #log: MemoryLog;
  readonly #clock: Clock;
  readonly #commitListeners = new Set<(records: readonly StoredRecord[]) => void>();
  readonly #stops = new Set<() => void>();
  #closed = false;

  constructor(log: MemoryLog, { clock }: { readonly clock: Clock }) {
    this.#log = log;
    this.#clock = clock;
  }

  async commit(transaction: Transaction): Promise<CommitResult> {
    this.#checkOpen();
    checkTransaction(transaction);
    const { logId } = transaction;
    if (logId !== undefined && logId !== this.#log.head.logId) {
      throw new ApiError('Gone', 'the log has been replaced by another one');
    }
    const { result, records } = this.#log.commit(transaction);
    if (records.length > 0) for (const listener of this.#commitListeners) listener(records);
    return result;
  }

  async head(): Promise<Head> {
    this.#checkOpen();
    return this.#log.head;
  }

  lastHead(): Head {
    return this.#log.head;
  }

  async get(key: ObjectKey): Promise<StoredObject | undefined> {
    this.#checkOpen();
    return this.#log.objects.get(keyString(key));
  }

  async snapshot(): Promise<Snapshot> {
    this.#checkOpen();
    const objects = [...this.#log.objects.values()];
    async function* pages(): AsyncGenerator<readonly StoredObject[]> {
      if (objects.length > 0) yield objects;
    }
    return { head: this.#log.head, pages: pages() };
  }

  async getAt(key: ObjectKey, rev: Revision): Promise<StoredObject | undefined> {
    this.#checkRevision(rev);
    return this.#objectAt(key, rev);
  }

  async listAt({
    rev,
    resource,
    namespace = '',
    after,
    limit = LIST_LIMIT,
  }: ListAtOptions): Promise<ListPage> {
    this.#checkRevision(rev);
    const names = [...this.#log.histories.values()]
      .flatMap(([first]) => this.#log.records[(first ?? 0) - 1]?.key ?? [])
      .filter((key) => key.resource === resource && (namespace === '' || key.namespace === namespace))
      .filter((key) => !after || compareNames(key, after) > 0)
      .sort(compareNames)
      .slice(0, Math.min(limit, LIST_LIMIT));
    const last = names.at(-1);
    return {
      objects: names.flatMap((key) => this.#objectAt(key, rev) ?? []),
      next: last && names.length === limit ? { namespace: last.namespace, name: last.name } : undefined,
    };
  }

  async revisionAt(atMs: number): Promise<Revision> {
    this.#checkOpen();
    return this.#log.records.findLast((record) => record.atMs <= atMs)?.rev ?? 0;
  }

  async readLog(options: ReadLogOptions): Promise<LogPage> {
    this.#checkOpen();
    const { after, filter = {}, limit = LOG_LIMIT } = options;
    const { head } = this.#log;
    const end = Math.max(after, Math.min(options.through ?? head.rev, head.rev));
    const matching = this.#log.records.slice(after, end).filter((record) => matches(record, filter));
    const room = Math.min(limit, withinBytes(matching, options.maxBytes ?? PAGE_BYTES));
    const records = matching.slice(0, room).map((record) => this.#seenThrough(record, options));
    const last = records.at(-1);
    return { records, through: last && matching.length > room ? last.rev : end, head };
  }

  async records(revs: readonly Revision[]): Promise<readonly (StoredRecord | undefined)[]> {
    this.#checkOpen();
    return revs.map((rev) => this.#log.records[rev - 1]);
  }

  async history(key: ObjectKey, options: HistoryOptions = {}): Promise<readonly StoredRecord[]> {
    this.#checkOpen();
    const { after = 0, before = Number.MAX_SAFE_INTEGER, limit = HISTORY_LIMIT, order = 'newest' } = options;
    const revs = (this.#log.histories.get(keyString(key)) ?? []).filter((rev) => rev > after && rev < before);
    if (order === 'newest') revs.reverse();
    return revs
      .slice(0, limit)
      .flatMap((rev) => this.#log.records[rev - 1] ?? [])
      .map((record) => (options.withholdConfidential === true ? withoutSecret(record) : record));
  }

  async effects(
    causes: readonly Revision[],
    { limit }: { readonly limit: number },
  ): Promise<readonly StoredRecord[]> {
    this.#checkOpen();
    const wanted = new Set(causes);
    return this.#log.records
      .filter(({ provenance }) => provenance.cause !== undefined && wanted.has(provenance.cause))
      .slice(0, limit)
      .map(withoutSecret);
  }

  async kept(): Promise<KeptRange> {
    this.#checkOpen();
    return { head: this.#log.head, floor: 0 };
  }

  onHead(listener: (head: Head) => void): () => void {
    const stop = this.#log.onHead((head) => listener(head));
    this.#stops.add(stop);
    return stop;
  }

  onCommit(listener: (records: readonly StoredRecord[]) => void): () => void {
    const own = (records: readonly StoredRecord[]) => listener(records);
    this.#commitListeners.add(own);
    return () => this.#commitListeners.delete(own);
  }

  async replaceLogId({ expected }: { readonly expected: string; readonly because: string }): Promise<Head> {
    this.#checkOpen();
    return this.#log.replaceLogId(expected);
  }

  leaderLock(name: string): LeaderLock {
    return new MemoryLeaderLock(this.#log, { clock: this.#clock, name });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stops) stop();
  }

  #objectAt(key: ObjectKey, rev: Revision): StoredObject | undefined {
    const record = this.#log.records[(revisionOfNameAt(this.#log, key, rev) ?? 0) - 1];
    if (!record || record.op === 'delete') return undefined;
    if (!record.body) {
      throw new ApiError(
        'Expired',
        `the object of revision ${record.rev} is no longer kept: it was a heartbeat`,
      );
    }
    return { key: record.key, uid: record.uid, rev: record.rev, body: record.body };
  }

  #seenThrough(record: StoredRecord, options: ReadLogOptions): StoredRecord {
    const withheld = options.withholdConfidential === true && record.confidential;
    const seen = withheld ? { ...record, body: undefined } : record;
    if (!options.previous) return seen;
    const previousBody = withheld ? undefined : this.#log.records[record.prevRev - 1]?.body;
    return { ...seen, previousBody };
  }

  #checkRevision(rev: Revision): void {
    this.#checkOpen();
    const { head } = this.#log;
    if (rev > head.rev)
      throw new ApiError('Timeout', `Too large resource version: ${rev}, current: ${head.rev}`);
  }

  #checkOpen(): void {
    if (this.#closed) throw new ApiError('ServiceUnavailable', 'the store is closed');
  }
}

function withoutSecret(record: StoredRecord): StoredRecord {
  return record.confidential ? { ...record, body: undefined } : record;
}

function matches(
  { key, provenance }: StoredRecord,
  { resources, namespace, name, actor }: LogFilter,
): boolean {
  return (
    (resources === undefined || resources.includes(key.resource)) &&
    (namespace === undefined || key.namespace === namespace) &&
    (name === undefined || key.name === name) &&
    (actor === undefined || provenance.actor === actor)
  );
}

interface Name {
  readonly namespace: string;
  readonly name: string;
}

/** By bytes, as Postgres does. */
function compareNames(a: Name, b: Name): number {
  return (
    Buffer.compare(Buffer.from(a.namespace), Buffer.from(b.namespace)) ||
    Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))
  );
}

/** How many of the first records bring their bodies to so many bytes. */
function withinBytes(records: readonly StoredRecord[], maxBytes: number): number {
  let bytes = 0;
  const last = records.findIndex(({ body }) => {
    bytes += body?.length ?? 0;
    return bytes >= maxBytes;
  });
  return last === -1 ? records.length : last + 1;
}
