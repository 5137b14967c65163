import type { Revision } from '@reckon/api';
import type { SourceRecord } from '../types.ts';

/** What does not fit is read from the log again. */
const MAX_RECORDS = 20_000;
const MAX_BYTES = 32 * 1024 * 1024;

/** What this process has just committed and need not be read again to be published. */
export class RecentCommits {
  /** In order of revision, perhaps with gaps where others have committed. */
  #records: SourceRecord[] = [];
  #bytes = 0;

  add(records: readonly SourceRecord[]): void {
    for (const record of records) {
      // Revisions go back only when the log has been replaced.
      if (record.rev <= (this.#records.at(-1)?.rev ?? 0)) this.#clear();
      this.#records.push(record);
      this.#bytes += sizeOf(record);
    }
    if (this.#records.length > MAX_RECORDS || this.#bytes > MAX_BYTES) this.#clear();
  }

  /** Those that follow `after` without a gap, at most `limit`; forgets them and everything older. */
  takeAfter(after: Revision, limit: number): readonly SourceRecord[] {
    const found = this.#records.findIndex((record) => record.rev > after);
    const start = found === -1 ? this.#records.length : found;
    let end = start;
    while (end - start < limit && this.#records[end]?.rev === after + 1 + (end - start)) end++;
    const gone = this.#records.splice(0, end);
    for (const record of gone) this.#bytes -= sizeOf(record);
    return gone.slice(start);
  }

  /** The oldest revision that it has. */
  get firstRev(): Revision | undefined {
    return this.#records[0]?.rev;
  }

  #clear(): void {
    this.#records = [];
    this.#bytes = 0;
  }
}

function sizeOf(record: SourceRecord): number {
  return record.body?.length ?? 0;
}
