/** A log in memory for the tests of the cache: what it holds is compared with what watches deliver. */
import type { Head, ObjectKey, Operation, Revision } from '@reckon/api';
import type { ListPage, LogPage, ReadLogOptions, Snapshot, StoredObject, StoredRecord } from '@reckon/store';
import type { LogSource } from './ports.ts';

export interface TestWrite {
  readonly key: ObjectKey;
  readonly op: Operation;
  readonly object?: Record<string, unknown>;
}

export class TestLog implements LogSource {
  readonly records: StoredRecord[] = [];
  readonly #headListeners = new Set<(head: Head) => void>();
  readonly #commitListeners = new Set<(records: readonly StoredRecord[]) => void>();
  /** Records a read returns at most. */
  chunkLimit = 3;
  /** How many records were read so far. */
  recordsRead = 0;
  logId = 'test';

  get rev(): Revision {
    return this.records.length;
  }

  /** Appends without telling anybody. */
  append(write: TestWrite): StoredRecord {
    const previous = this.at(write.key, this.rev);
    const rev = this.rev + 1;
    const body =
      write.op === 'delete'
        ? previous?.body
        : Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Thing', metadata: {}, ...write.object }));
    const record: StoredRecord = {
      rev,
      atMs: rev,
      key: write.key,
      uid: `u${rev}`,
      op: write.op,
      body,
      prevRev: previous?.rev ?? 0,
      provenance: { actor: 'test', requestId: String(rev) },
      schemaVersion: 1,
      confidential: false,
    };
    this.records.push(record);
    return record;
  }

  /** Tells of the head, as of a commit of somebody else. */
  announce(): void {
    for (const listener of this.#headListeners) listener(this.headNow());
  }

  /** Tells of a commit of this process. */
  acknowledge(records: readonly StoredRecord[]): void {
    for (const listener of this.#commitListeners) listener(records);
  }

  headNow(): Head {
    return { logId: this.logId, rev: this.rev, atMs: 0 };
  }

  at(key: ObjectKey, rev: Revision): StoredObject | undefined {
    for (let i = rev - 1; i >= 0; i--) {
      const record = this.records[i];
      if (!record || record.key.name !== key.name || record.key.namespace !== key.namespace) continue;
      if (record.key.resource !== key.resource) continue;
      return record.op === 'delete' || !record.body ? undefined : { ...record, body: record.body };
    }
    return undefined;
  }

  async head(): Promise<Head> {
    return this.headNow();
  }

  async snapshot(): Promise<Snapshot> {
    const head = this.headNow();
    const live = this.records.filter((record) => this.at(record.key, head.rev)?.rev === record.rev);
    const objects = live.flatMap((record) => (record.body ? [{ ...record, body: record.body }] : []));
    async function* pages() {
      yield objects;
    }
    return { head, pages: pages() };
  }

  async readLog(options: ReadLogOptions): Promise<LogPage> {
    const { after, through = this.rev, filter } = options;
    const found = this.records.filter(
      ({ rev, key }) =>
        rev > after &&
        rev <= through &&
        (filter?.resources === undefined || filter.resources.includes(key.resource)) &&
        (filter?.namespace === undefined || key.namespace === filter.namespace) &&
        (filter?.name === undefined || key.name === filter.name),
    );
    let bytes = 0;
    const full = found.findIndex(({ body }) => {
      bytes += body?.length ?? 0;
      return options.maxBytes !== undefined && bytes >= options.maxBytes;
    });
    const room = Math.min(this.chunkLimit, full === -1 ? found.length : full + 1);
    this.recordsRead += Math.min(room, found.length);
    const records = found.slice(0, room).map((record) => {
      if (!options.previous) return record;
      return { ...record, previousBody: this.records[record.prevRev - 1]?.body };
    });
    const end = records.length < found.length ? (records.at(-1)?.rev ?? 0) : Math.min(through, this.rev);
    return { records, through: end, head: this.headNow() };
  }

  async listAt(): Promise<ListPage> {
    return { objects: [], next: undefined };
  }

  async getAt(key: ObjectKey, rev: Revision): Promise<StoredObject | undefined> {
    return this.at(key, rev);
  }

  onHead(listener: (head: Head) => void): () => void {
    this.#headListeners.add(listener);
    return () => this.#headListeners.delete(listener);
  }

  onCommit(listener: (records: readonly StoredRecord[]) => void): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }
}
