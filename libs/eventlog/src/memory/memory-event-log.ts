import { ApiError, type LogRecord } from '@reckon/api';
import {
  type FeedChunk,
  type FeedStart,
  type LogFeed,
  type LogSource,
  MAX_BODY_BYTES,
  type Relay,
} from '../types.ts';
import { MemoryRelay } from './memory-relay.ts';
import { lastRevOf, type MemoryBus, type MemoryStream } from './memory-stream.ts';

/**
 * The twin of NATS, of `NatsRelay` and of `NatsLogFeed` in one process. It can be away, and can forget what it holds,
 * as the real one can.
 */
export class MemoryEventLog implements LogFeed, MemoryBus {
  #stream: MemoryStream | undefined;
  #away = false;
  readonly #changed = new Set<() => void>();

  relay(source: LogSource): Relay {
    return new MemoryRelay(this, source);
  }

  /** As if the server were gone; what it holds stays. */
  goAway(): void {
    this.#away = true;
    this.tell();
  }

  comeBack(): void {
    this.#away = false;
    this.tell();
  }

  /** As if its storage were wiped, or somebody had deleted the stream. */
  forget(): void {
    this.#stream = undefined;
    this.tell();
  }

  get isAway(): boolean {
    return this.#away;
  }

  get stream(): MemoryStream | undefined {
    return this.#stream;
  }

  /** In place of whichever there was. */
  begin(stream: MemoryStream): void {
    this.#stream = stream;
    this.tell();
  }

  /** Takes a record only in its place, whoever brings it. */
  append(stream: MemoryStream, record: LogRecord & { readonly confidential: boolean }): boolean {
    if (this.#away || stream !== this.#stream || record.rev !== lastRevOf(stream) + 1) return false;
    const { confidential, ...published } = record;
    const isLarge = (record.body?.length ?? 0) > MAX_BODY_BYTES;
    stream.records.push(confidential || isLarge ? { ...published, body: undefined } : published);
    this.tell();
    return true;
  }

  /** Called after every change, soon. The result ends it. */
  onChange(listener: () => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  tell(): void {
    for (const listener of this.#changed) listener();
  }

  async *follow(from: FeedStart, signal: AbortSignal): AsyncGenerator<FeedChunk> {
    const stream = this.#stream;
    const isThere = () => stream?.logId === from.logId && stream === this.#stream && !this.#away;
    let through = Math.max(from.after, stream?.base ?? 0);
    while (!signal.aborted) {
      if (!stream || !isThere()) throw new ApiError('ServiceUnavailable', 'the event log is away');
      const next = stream.records.slice(through - stream.base);
      const last = next.at(-1);
      if (last) {
        const records = next.filter(({ key }) => from.resources?.includes(key.resource) ?? true);
        const after = through;
        through = last.rev;
        yield { after, records, through };
      } else await this.#change(signal, () => lastRevOf(stream) > through || !isThere());
    }
  }

  #change(signal: AbortSignal, done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!done() && !signal.aborted) return;
        stop();
        signal.removeEventListener('abort', check);
        resolve();
      };
      const stop = this.onChange(check);
      signal.addEventListener('abort', check);
      check();
    });
  }
}
