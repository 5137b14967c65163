/**
 * A queue of keys, never of events. A key is in one of these states:
 *
 *   absent ──add──▶ ready ──take──▶ processing ──done──▶ absent
 *                                     │ add
 *                                     ▼
 *                                   dirty (processing and asked for again) ──done──▶ ready
 *
 * so that one key is never worked on twice at once, and any number of changes cost one more pass. Beside that a key
 * may be due at a later time (`addAt`, `retry`): once it is taken, that appointment is void, as every pass makes its own.
 */
import type { Revision } from '@reckon/api';
import type { Clock } from '@reckon/service';
import { type DueClock, DueTimes } from './due-times.ts';
import { Fifo } from './fifo.ts';

export interface BackoffOptions {
  /** Delay of the first retry. */
  readonly baseMs: number;
  readonly maxMs: number;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly backoff?: BackoffOptions | undefined;
}

export interface Work {
  readonly key: string;
  /** The revision that asked for it last; undefined if only time did. */
  readonly cause: Revision | undefined;
  /** Milliseconds that it was ready before it was taken. */
  readonly waitedMs: number;
}

interface Ready {
  readonly key: string;
  readonly sinceMs: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = { baseMs: 5, maxMs: 60_000 };

export class WorkQueue {
  readonly #clock: Clock;
  readonly #backoff: BackoffOptions;
  readonly #ready = new Fifo<Ready>();
  /** Keys that are ready, or are to be once their present pass is done; with the revision that asked last. */
  readonly #dirty = new Map<string, Revision | undefined>();
  readonly #processing = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #due: DueTimes;
  readonly #retries: DueTimes;
  readonly #takers = new Fifo<(work: Work | undefined) => void>();
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF;
    this.#due = new DueTimes(options.clock, (key) => this.add(key));
    // A backoff is a length of time: it must not grow because somebody sets the clock back.
    this.#retries = new DueTimes(monotonic(options.clock), (key) => this.add(key));
  }

  /** How many keys are ready. */
  get depth(): number {
    return this.#ready.size;
  }

  /** How many keys are being worked on. */
  get processing(): number {
    return this.#processing.size;
  }

  /** How many keys wait for a time. */
  get delayed(): number {
    return this.#due.size + this.#retries.size;
  }

  /** Asks for a pass over the key, because of a revision if one is named. */
  add(key: string, cause?: Revision): void {
    if (this.#closed) return;
    const known = this.#dirty.has(key);
    if (cause !== undefined || !known) this.#dirty.set(key, cause ?? this.#dirty.get(key));
    if (known || this.#processing.has(key)) return;
    this.#makeReady(key);
  }

  /** Asks for a pass at a time (Clock.nowMs). The earliest of several counts. */
  addAt(key: string, atMs: number): void {
    if (this.#closed) return;
    if (atMs <= this.#clock.nowMs()) this.add(key);
    else this.#due.set(key, atMs);
  }

  /** Asks for a pass after the key's backoff, which doubles with every retry until `forget`. */
  retry(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(this.#backoff.baseMs * 2 ** failures, this.#backoff.maxMs);
    if (!this.#closed) this.#retries.set(key, this.#clock.monotonicMs() + delayMs);
  }

  /** The key's next retry starts from the first delay again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Retries since the last `forget`. */
  retries(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key that is ready; undefined once the queue is closed. `done` must follow. */
  take(): Promise<Work | undefined> {
    const next = this.#ready.shift();
    if (next) return Promise.resolve(this.#hand(next));
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** The pass over the key has ended. */
  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.has(key)) this.#makeReady(key);
  }

  /** Nothing is given out any more; who waits gets undefined. */
  close(): void {
    this.#closed = true;
    this.#due.clear();
    this.#retries.clear();
    this.#ready.clear();
    this.#dirty.clear();
    for (let taker = this.#takers.shift(); taker; taker = this.#takers.shift()) taker(undefined);
  }

  #makeReady(key: string): void {
    const ready = { key, sinceMs: this.#clock.monotonicMs() };
    const taker = this.#takers.shift();
    if (taker) taker(this.#hand(ready));
    else this.#ready.push(ready);
  }

  #hand(ready: Ready): Work {
    const { key, sinceMs } = ready;
    const cause = this.#dirty.get(key);
    this.#dirty.delete(key);
    this.#processing.add(key);
    this.#due.delete(key);
    this.#retries.delete(key);
    return { key, cause, waitedMs: this.#clock.monotonicMs() - sinceMs };
  }
}

/** The same clock, by which it is as late as has truly passed. */
function monotonic(clock: Clock): DueClock {
  return { nowMs: () => clock.monotonicMs(), after: (delayMs, callback) => clock.after(delayMs, callback) };
}
