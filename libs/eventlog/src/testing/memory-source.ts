import type { Head, Revision } from '@reckon/api';
import type { LeaderLock, LogSource, SourceRecord } from '../types.ts';

/** A log in memory for tests of what publishes it. Times are the revision in milliseconds. */
export class MemorySource implements LogSource {
  #records: SourceRecord[] = [];
  #logId: string;
  readonly #headListeners = new Set<(head: Head) => void>();
  readonly #commitListeners = new Set<(records: readonly SourceRecord[]) => void>();
  /** What the log was replaced for. */
  readonly replacements: string[] = [];

  constructor(logId = 'a1') {
    this.#logId = logId;
  }

  append(count: number, change: (rev: Revision) => Partial<SourceRecord> = () => ({})): void {
    const added: SourceRecord[] = [];
    for (let i = 0; i < count; i++) {
      const rev = this.#records.length + added.length + 1;
      added.push({
        rev,
        atMs: rev,
        key: { resource: 'configmaps', namespace: 'default', name: `c${rev}` },
        uid: `u${rev}`,
        op: 'create',
        body: Buffer.from(`{"n":${rev}}`),
        prevRev: 0,
        provenance: { actor: 'someone', requestId: `r${rev}` },
        schemaVersion: 1,
        confidential: false,
        ...change(rev),
      });
    }
    this.#records.push(...added);
    for (const listener of this.#commitListeners) listener(added);
    this.#tellHead();
  }

  /** As if an old backup had been put back: the same id, but a shorter history that goes on differently. */
  truncate(rev: Revision): void {
    this.#records = this.#records.slice(0, rev);
  }

  get records(): readonly SourceRecord[] {
    return this.#records;
  }

  async head(): Promise<Head> {
    return this.lastHead();
  }

  lastHead(): Head {
    return { logId: this.#logId, rev: this.#records.length, atMs: this.#records.length };
  }

  async readLog({ after, through, limit = 1_000 }: Parameters<LogSource['readLog']>[0]) {
    const end = Math.min(through ?? this.#records.length, after + limit);
    return { records: this.#records.slice(after, end), through: end, head: this.lastHead() };
  }

  onHead(listener: (head: Head) => void): () => void {
    this.#headListeners.add(listener);
    return () => this.#headListeners.delete(listener);
  }

  onCommit(listener: (records: readonly SourceRecord[]) => void): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  async replaceLogId({ because }: { readonly because: string }): Promise<Head> {
    this.replacements.push(because);
    this.#logId = `${this.#logId}x`;
    this.#tellHead();
    return this.lastHead();
  }

  #tellHead(): void {
    for (const listener of this.#headListeners) listener(this.lastHead());
  }
}

/** Everybody leads: safety must not depend on the lock. */
export const NO_LOCK: LeaderLock = {
  acquire: async () => ({ lost: new AbortController().signal, release: async () => undefined }),
};
