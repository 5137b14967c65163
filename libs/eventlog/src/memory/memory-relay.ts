import { ApiError, keyString, type LogRecord, type Revision } from '@reckon/api';
import type { LogSource, Relay, RelayStatus } from '../types.ts';
import { Wake } from '../wake.ts';
import { lastRevOf, type MemoryBus, type MemoryStream } from './memory-stream.ts';

/** How much of the log a new stream begins with. */
const WINDOW_REVISIONS = 10_000;

/** Publishes to a `MemoryEventLog`. It needs no lock: two at once are as safe as two of the real ones. */
export class MemoryRelay implements Relay {
  readonly #bus: MemoryBus;
  readonly #source: LogSource;
  readonly #wake = new Wake();
  readonly #listeners = new Set<(status: RelayStatus) => void>();
  #status: RelayStatus = {
    leading: false,
    logId: '',
    publishedRev: 0,
    stream: undefined,
    trouble: undefined,
  };
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(bus: MemoryBus, source: LogSource) {
    this.#bus = bus;
    this.#source = source;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  status(): RelayStatus {
    return this.#status;
  }

  onStatus(listener: (status: RelayStatus) => void): () => void {
    const own = (status: RelayStatus) => listener(status);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake.raise();
    await this.#running;
  }

  async #run(): Promise<void> {
    const wake = () => this.#wake.raise();
    const stops = [this.#source.onCommit(wake), this.#source.onHead(wake), this.#bus.onChange(wake)];
    this.#report({ leading: true });
    while (!this.#stopped) {
      try {
        if (this.#bus.isAway) throw new ApiError('ServiceUnavailable', 'the event log is away');
        if (!(await this.#publishNext())) await this.#wake.wait();
      } catch (error) {
        this.#report({ stream: undefined, trouble: ApiError.from(error).message });
        await this.#wake.wait();
      }
    }
    for (const stop of stops) stop();
    this.#report({ leading: false, stream: undefined });
  }

  /** False if there is nothing to do now. */
  async #publishNext(): Promise<boolean> {
    const head = await this.#source.head();
    const stream = await this.#checkedStream(head);
    if (!stream) return true;
    const after = lastRevOf(stream);
    this.#report({
      logId: head.logId,
      stream: `${head.logId}_${stream.base}`,
      publishedRev: after,
      trouble: undefined,
    });
    if (after >= head.rev) return false;
    const { records } = await this.#source.readLog({ after, through: head.rev, withholdConfidential: true });
    for (const record of records) if (!this.#bus.append(stream, record)) return true;
    return true;
  }

  /** Undefined if the log has just been given a new id. */
  async #checkedStream({ logId, rev }: { logId: string; rev: Revision }): Promise<MemoryStream | undefined> {
    const { stream } = this.#bus;
    if (stream?.logId === logId) {
      if (await this.#isPartOfTheLog(stream, rev)) return stream;
      const because = `the event log holds events up to ${lastRevOf(stream)} that the log does not have`;
      await this.#source.replaceLogId({ expected: logId, because });
      return undefined;
    }
    const fresh: MemoryStream = { logId, base: Math.max(0, rev - WINDOW_REVISIONS), records: [] };
    this.#bus.begin(fresh);
    return fresh;
  }

  async #isPartOfTheLog(stream: MemoryStream, headRev: Revision): Promise<boolean> {
    const last = stream.records.at(-1);
    if (!last) return stream.base <= headRev;
    if (last.rev > headRev) return false;
    const { records } = await this.#source.readLog({ after: last.rev - 1, through: last.rev, limit: 1 });
    return records[0] !== undefined && sameEvent(records[0], last);
  }

  #report(change: Partial<RelayStatus>): void {
    this.#status = { ...this.#status, ...change };
    for (const listener of this.#listeners) listener(this.#status);
  }
}

function sameEvent(a: LogRecord, b: LogRecord): boolean {
  return a.atMs === b.atMs && a.uid === b.uid && a.op === b.op && keyString(a.key) === keyString(b.key);
}
