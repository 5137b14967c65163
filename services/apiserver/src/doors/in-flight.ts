import { ApiError } from '@reckon/api';
import type { Clock } from '@reckon/service';
import type { DoorContext } from './context.ts';

interface Entry {
  readonly deadlineMs: number;
  readonly context: DoorContext;
  readonly expired: (error: ApiError) => void;
}

export interface InFlightLimits {
  /** After so long a request that is neither watch nor stream is answered with Timeout. */
  readonly requestTimeoutMs: number;
  /** More at once are refused with TooManyRequests. */
  readonly maxRequests: number;
}

/**
 * The requests being answered. One sweep a second looks for those that take too long, so that a request costs no
 * timer of its own.
 */
export class InFlight {
  readonly #clock: Clock;
  readonly #limits: InFlightLimits;
  readonly #entries = new Set<Entry>();
  readonly #watches = new Set<DoorContext>();
  readonly #stopSweep: () => void;
  #onIdle: (() => void) | undefined;
  #draining = false;

  constructor(clock: Clock, limits: InFlightLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#stopSweep = clock.every(1_000, () => this.#sweep());
  }

  get requests(): number {
    return this.#entries.size;
  }

  get longRunning(): number {
    return this.#watches.size;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** @returns what to call when the request is over. */
  enter(context: DoorContext, expired: (error: ApiError) => void): () => void {
    if (this.#entries.size >= this.#limits.maxRequests)
      throw new ApiError('TooManyRequests', 'Too many requests, please try again later.', {
        retryAfterSeconds: 1,
      });
    const deadlineMs = this.#clock.monotonicMs() + this.#limits.requestTimeoutMs;
    const entry = { deadlineMs, context, expired };
    this.#entries.add(entry);
    return () => {
      this.#entries.delete(entry);
      this.#settled();
    };
  }

  /** A watch or stream: it has no deadline, and is ended politely when the server stops. */
  enterLongRunning(context: DoorContext): () => void {
    if (this.#draining) throw new ApiError('ServiceUnavailable', 'apiserver is shutting down');
    this.#watches.add(context);
    return () => {
      this.#watches.delete(context);
      this.#settled();
    };
  }

  /** Ends the long ones, waits for the others. Resolves when nothing is left, at the latest after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    for (const context of this.#watches)
      context.abort(new ApiError('ServiceUnavailable', 'apiserver is shutting down'));
    if (this.#entries.size + this.#watches.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(graceMs, resolve);
        this.#onIdle = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#stopSweep();
  }

  #settled(): void {
    if (this.#draining && this.#entries.size + this.#watches.size === 0) this.#onIdle?.();
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const entry of this.#entries) {
      if (entry.deadlineMs > nowMs) break;
      const error = new ApiError('Timeout', 'Timeout: request did not complete within the allotted timeout');
      this.#entries.delete(entry);
      entry.context.abort(error);
      entry.expired(error);
    }
  }
}
