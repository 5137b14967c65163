import type { NatsConnection } from '@nats-io/transport-node';
import type { Revision } from '@reckon/api';
import type { LogSource, SourceRecord } from '../types.ts';
import { Wake } from '../wake.ts';
import { type Batch, publishBatch, StreamChanged } from './publish.ts';
import { RecentCommits } from './recent-commits.ts';
import type { LogStream } from './streams.ts';

/** The way there and back is spread over so many messages. */
const BATCH_RECORDS = 500;
const BATCH_BYTES = 1024 * 1024;

export interface PublisherOptions {
  readonly connection: NatsConnection;
  readonly source: LogSource;
  readonly stream: LogStream;
  readonly logId: string;
  readonly onPublished: (rev: Revision) => void;
}

/** Brings one stream up to the head of the log and keeps it there. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #recent = new RecentCommits();
  readonly #wake = new Wake();
  #published: Revision;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#published = options.stream.lastRev;
  }

  /** Ends quietly when the log was replaced, and throws the signal's reason when it is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { connection, source, stream, logId, onPublished } = this.#options;
    const wake = () => this.#wake.raise();
    const stops = [
      source.onCommit((records) => {
        this.#recent.add(records);
        wake();
      }),
      source.onHead(wake),
    ];
    signal.addEventListener('abort', wake, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        if (source.lastHead().logId !== logId) return;
        const batch = await this.#next();
        if (batch.records.length === 0) {
          await this.#wake.wait();
          continue;
        }
        await publishBatch(connection, { stream, logId }, batch);
        this.#published += batch.records.length;
        onPublished(this.#published);
      }
    } finally {
      signal.removeEventListener('abort', wake);
      for (const stop of stops) stop();
    }
  }

  /** What follows what was published, without a gap; empty if there is nothing yet. */
  async #next(): Promise<Batch> {
    const { source, logId } = this.#options;
    const after = this.#published;
    const firstRev = after + 1;
    const recent = this.#recent.takeAfter(after, BATCH_RECORDS);
    if (recent.length > 0) return { firstRev, records: withinBytes(recent) };
    const end = Math.min(source.lastHead().rev, (this.#recent.firstRev ?? Number.MAX_SAFE_INTEGER) - 1);
    if (end <= after) return { firstRev, records: [] };
    const page = await source.readLog({
      after,
      through: end,
      limit: BATCH_RECORDS,
      withholdConfidential: true,
    });
    if (page.head.logId !== logId) throw new StreamChanged('the log has been replaced');
    return { firstRev, records: withinBytes(placed(page.records, { after, through: page.through })) };
  }
}

/** One place for each revision: what retention or compaction has taken is counted all the same. */
function placed(
  records: readonly SourceRecord[],
  { after, through }: { readonly after: Revision; readonly through: Revision },
): readonly (SourceRecord | undefined)[] {
  if (records.length === through - after) return records;
  const places = Array.from<SourceRecord | undefined>({ length: Math.min(through - after, BATCH_RECORDS) });
  for (const record of records)
    if (record.rev - after <= places.length) places[record.rev - after - 1] = record;
  return places;
}

/** As many as make a batch of bounded size, at least one. */
function withinBytes<T extends SourceRecord | undefined>(records: readonly T[]): readonly T[] {
  let bytes = 0;
  const end = records.findIndex((record) => {
    bytes += record?.body?.length ?? 0;
    return bytes > BATCH_BYTES;
  });
  return end === -1 ? records : records.slice(0, Math.max(1, end));
}
