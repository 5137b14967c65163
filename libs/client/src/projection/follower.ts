/**
 * Follows the log from a revision, without a gap, from two sources: a feed that is fast and unreliable, and the API's
 * ReadLog that is complete. The streamed head says where the log's end is.
 *
 *   feed healthy   chunks are applied as they come; the head only confirms
 *   feed unhealthy every advance of the head is read with ReadLog at once
 *
 * The feed becomes unhealthy when nothing has come for `lagMs` although the head is ahead, or when it ends; it becomes
 * healthy when a chunk brings it up to the head. A gap, or a body that the feed leaves out, is always read.
 * Only `#pump` applies anything, so that order is kept whatever comes from where.
 */
import { ApiError, type Head, type LogRecord, type Revision } from '@reckon/api';
import type { FeedChunk, LogFeed } from '@reckon/eventlog';
import type { Clock, Logger } from '@reckon/service';
import { Backoff } from '../backoff.ts';

import type { ApiClient } from '../types.ts';
import { Wake } from '../wake.ts';

export interface FollowerOptions {
  readonly api: Pick<ApiClient, 'readLog' | 'watchHead'>;
  readonly feed: LogFeed | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** `pods`, `deployments.apps`. */
  readonly resources: readonly string[];
  readonly lagMs: number;
  readonly backoff: { readonly baseMs: number; readonly maxMs: number };
  /** In order: these records are all that matter up to `through`. */
  readonly apply: (records: readonly LogRecord[], through: Revision) => void;
  readonly headSeen: (head: Head) => void;
}

/** More records than this that wait behind a read are let go; the gap that they leave is read later. */
const MAX_INBOX_RECORDS = 50_000;

export class LogFollower {
  readonly #options: FollowerOptions;
  readonly #resources: ReadonlySet<string>;
  readonly #wake = new Wake();
  readonly #logId: string;
  #rev: Revision;
  #headRev: Revision = 0;
  #inbox: FeedChunk[] = [];
  #inboxRecords = 0;
  #feedHealthy: boolean;
  #progressAtMs: number;
  #cancelLagTimer: (() => void) | undefined;

  constructor(options: FollowerOptions, from: { readonly logId: string; readonly after: Revision }) {
    this.#options = options;
    this.#resources = new Set(options.resources);
    this.#logId = from.logId;
    this.#rev = from.after;
    this.#feedHealthy = options.feed !== undefined;
    this.#progressAtMs = options.clock.monotonicMs();
  }

  /** Rejects when the log cannot be continued from here (Expired, Gone: load anew) or the signal is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    const own = new AbortController();
    const both = AbortSignal.any([signal, own.signal]);
    both.addEventListener('abort', () => this.#wake.raise(), { once: true });
    const loops = [this.#pump(both), this.#followHead(both), this.#followFeed(both)];
    try {
      await Promise.all(loops);
    } finally {
      own.abort();
      this.#cancelLagTimer?.();
      await Promise.allSettled(loops);
    }
  }

  async #pump(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(this.#options.clock, this.#options.backoff);
    while (!signal.aborted) {
      const through = this.#applyInbox() ?? this.#lagTarget();
      if (through === undefined) {
        await this.#wake.wait();
        continue;
      }
      try {
        await this.#read(through, signal);
        backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        const failure = ApiError.from(error);
        if (failure.retry === 'relist') throw failure;
        this.#options.log.warn('reading the log failed', {
          after: this.#rev,
          through,
          error: failure.message,
        });
        await backoff.wait(signal);
      }
    }
  }

  /** Applies what follows without a gap. Returns up to where the log must be read before it can go on. */
  #applyInbox(): Revision | undefined {
    while (this.#inbox.length > 0) {
      const [chunk] = this.#inbox;
      if (!chunk) break;
      if (chunk.after > this.#rev) return chunk.after;
      if (chunk.through > this.#rev) {
        const missing = chunk.records.find((record) => record.rev > this.#rev && this.#lacksBody(record));
        const through = missing ? missing.rev - 1 : chunk.through;
        this.#apply(
          chunk.records.filter((record) => record.rev > this.#rev && record.rev <= through),
          through,
        );
        if (missing) return chunk.through;
      }
      this.#inbox.shift();
      this.#inboxRecords -= chunk.records.length;
    }
    return undefined;
  }

  #lacksBody(record: LogRecord): boolean {
    return !record.body && record.op !== 'delete' && this.#resources.has(record.key.resource);
  }

  /** The head, if it is ahead and the feed cannot be waited for (any longer). */
  #lagTarget(): Revision | undefined {
    this.#cancelLagTimer?.();
    this.#cancelLagTimer = undefined;
    if (this.#headRev <= this.#rev) return undefined;
    if (!this.#feedHealthy) return this.#headRev;
    const { clock, lagMs } = this.#options;
    const leftMs = this.#progressAtMs + lagMs - clock.monotonicMs();
    if (leftMs > 0) {
      this.#cancelLagTimer = clock.after(leftMs, () => this.#wake.raise());
      return undefined;
    }
    this.#feedHealthy = false;
    this.#options.log.info('the event log lags, reading from the API server', {
      revision: this.#rev,
      head: this.#headRev,
    });
    return this.#headRev;
  }

  async #read(through: Revision, signal: AbortSignal): Promise<void> {
    const { api, resources } = this.#options;
    const chunks = api.readLog({ after: this.#rev, through, resources, logId: this.#logId, signal });
    for await (const chunk of chunks) {
      if (chunk.logId !== this.#logId) throw new ApiError('Gone', 'the log has been replaced by another one');
      this.#apply(chunk.records, chunk.through);
    }
    if (this.#rev < through && !signal.aborted) {
      throw new ApiError('ServiceUnavailable', `the log ended at ${this.#rev} before ${through}`);
    }
  }

  #apply(records: readonly LogRecord[], through: Revision): void {
    if (through <= this.#rev) return;
    this.#options.apply(records, through);
    this.#rev = through;
    this.#progressAtMs = this.#options.clock.monotonicMs();
  }

  async #followHead(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(this.#options.clock, this.#options.backoff);
    while (!signal.aborted) {
      try {
        for await (const head of this.#options.api.watchHead(signal)) {
          backoff.reset();
          if (head.logId !== this.#logId)
            throw new ApiError('Gone', 'the log has been replaced by another one');
          if (head.rev > this.#headRev && this.#headRev <= this.#rev) {
            this.#progressAtMs = this.#options.clock.monotonicMs();
          }
          this.#headRev = Math.max(this.#headRev, head.rev);
          this.#options.headSeen(head);
          this.#wake.raise();
        }
      } catch (error) {
        if (signal.aborted) return;
        const failure = ApiError.from(error);
        if (failure.retry === 'relist') throw failure;
        this.#options.log.warn('following the head of the log failed', { error: failure.message });
      }
      if (!signal.aborted) await backoff.wait(signal);
    }
  }

  async #followFeed(signal: AbortSignal): Promise<void> {
    const { feed, clock, log, resources } = this.#options;
    if (!feed) return;
    const backoff = new Backoff(clock, this.#options.backoff);
    while (!signal.aborted) {
      try {
        for await (const chunk of feed.follow({ logId: this.#logId, after: this.#rev, resources }, signal)) {
          backoff.reset();
          this.#receive(chunk);
        }
      } catch (error) {
        if (signal.aborted) return;
        log.warn('following the event log failed', { error: ApiError.from(error).message });
      }
      this.#feedHealthy = false;
      this.#wake.raise();
      if (!signal.aborted) await backoff.wait(signal);
    }
  }

  #receive(chunk: FeedChunk): void {
    if (chunk.through >= this.#headRev) this.#feedHealthy = true;
    if (chunk.through <= this.#rev) return;
    if (this.#inboxRecords > MAX_INBOX_RECORDS) {
      this.#inbox = [];
      this.#inboxRecords = 0;
    }
    this.#inbox.push(chunk);
    this.#inboxRecords += chunk.records.length;
    this.#wake.raise();
  }
}
