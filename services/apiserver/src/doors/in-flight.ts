import { ApiError } from '@reckon/api';
import type { Clock } from '@reckon/service';
import type { DoorContext } from './context.ts';
import { FairShare } from './fair-share.ts';

interface Entry {
  readonly kind: RequestClass;
  readonly share: FairShare | undefined;
  readonly deadlineMs: number;
  readonly context: DoorContext;
  readonly expired: (error: ApiError) => void;
}

export interface InFlightLimits {
  /** After so long a request that is neither watch nor stream is answered with Timeout. */
  readonly requestTimeoutMs: number;
  /**
   * More at once are refused with TooManyRequests. Of these, two thirds may read and one third write, each shared
   * fairly by the users (but `system:masters`, as in Kubernetes: whoever repairs a cluster is not kept waiting).
   */
  readonly maxRequests: number;
}

/** Reads and writes do not take each other's places. */
export type RequestClass = 'read' | 'write';

/**
 * The requests being answered. One sweep a second looks for those that take too long, so that a request costs no
 * timer of its own.
 */
export class InFlight {
  readonly #clock: Clock;
  readonly #limits: InFlightLimits;
  readonly #entries = new Set<Entry>();
  readonly #shares: Readonly<Record<RequestClass, FairShare>>;
  readonly #watches = new Set<DoorContext>();
  readonly #stopSweep: () => void;
  #onIdle: (() => void) | undefined;
  #draining = false;

  constructor(clock: Clock, limits: InFlightLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#shares = {
      read: new FairShare(Math.ceil((limits.maxRequests * 2) / 3)),
      write: new FairShare(Math.ceil(limits.maxRequests / 3)),
    };
    this.#stopSweep = clock.every(1_000, () => this.#sweep());
  }

  get requests(): number {
    return this.#entries.size;
  }

  /** Of these, those that write. */
  get writes(): number {
    let count = 0;
    for (const { kind } of this.#entries) if (kind === 'write') count++;
    return count;
  }

  get longRunning(): number {
    return this.#watches.size;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** @returns what to call when the request is over. */
  enter(context: DoorContext, kind: RequestClass, expired: (error: ApiError) => void): () => void {
    const { name, groups } = context.user;
    const share = groups.includes('system:masters') ? undefined : this.#shares[kind];
    if (this.#entries.size >= this.#limits.maxRequests || share?.enter(name) === false) throw tooMany();
    const deadlineMs = this.#clock.monotonicMs() + this.#limits.requestTimeoutMs;
    const entry = { kind, share, deadlineMs, context, expired };
    this.#entries.add(entry);
    return () => {
      this.#left(entry);
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

  /** Once: a request that took too long leaves before it ends. */
  #left(entry: Entry): void {
    if (this.#entries.delete(entry)) entry.share?.leave(entry.context.user.name);
  }

  #settled(): void {
    if (this.#draining && this.#entries.size + this.#watches.size === 0) this.#onIdle?.();
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const entry of this.#entries) {
      if (entry.deadlineMs > nowMs) break;
      const error = new ApiError('Timeout', 'Timeout: request did not complete within the allotted timeout');
      this.#left(entry);
      entry.context.abort(error);
      entry.expired(error);
    }
  }
}

function tooMany(): ApiError {
  return new ApiError('TooManyRequests', 'Too many requests, please try again later.', {
    retryAfterSeconds: 1,
  });
}
