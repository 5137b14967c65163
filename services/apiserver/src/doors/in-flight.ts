import { ApiError } from '@reckon/api';
import type { Clock } from '@reckon/service';
import type { DoorContext } from './context.ts';
import { FairShare } from './fair-share.ts';
import { type Level, levelOf } from './priority.ts';
import { type Refusal, Refusals } from './refusals.ts';
import { type FlowKey, type SharedLevel, Turns } from './turns.ts';

interface Entry {
  readonly kind: RequestClass;
  readonly deadlineMs: number;
  readonly context: DoorContext;
  readonly expired: (error: ApiError) => void;
  /** Gives its place away, once. */
  leave: () => void;
}

export interface InFlightLimits {
  /** After so long a request that is neither watch nor stream is answered with Timeout. */
  readonly requestTimeoutMs: number;
  /** More at once, waiting ones included, are refused with TooManyRequests. */
  readonly maxRequests: number;
  /**
   * So many reads and so many writes are under way at once at each level, shared fairly by its users (but
   * `system:masters`, as in Kubernetes: whoever repairs a cluster is not kept waiting).
   */
  readonly places: Readonly<Record<SharedLevel, number>>;
  /**
   * So many more reads, and writes, of one user wait; further ones are refused with TooManyRequests. (Kubernetes lets a
   * flow wait in 6 queues of 50: KEP-1040, handSize and queueLengthLimit.)
   */
  readonly queueLimit: number;
  /**
   * So many refusals of one user are told within the next second and not at once: who does not heed when to come back
   * would fill the event loop with nothing but refusals.
   */
  readonly lateRefusals: number;
  /** What users have begun in one turn of the event loop does not take longer; what is left takes turns. */
  readonly sliceMs: number;
}

export const IN_FLIGHT_LIMITS: InFlightLimits = {
  requestTimeoutMs: 60_000,
  maxRequests: 2_000,
  places: { system: 256, people: 64 },
  queueLimit: 300,
  lateRefusals: 500,
  sliceMs: 3,
};

/** Reads and writes do not take each other's places. */
export type RequestClass = 'read' | 'write';

export interface InFlightRequest {
  readonly context: DoorContext;
  readonly kind: RequestClass;
  /** Answers it in place of the work that takes too long. */
  readonly expired: (error: ApiError) => void;
}

/**
 * The requests being answered. One sweep a second looks for those that take too long, so that a request costs no
 * timer of its own.
 */
export class InFlight {
  readonly #clock: Clock;
  readonly #limits: InFlightLimits;
  readonly #turns: Turns;
  readonly #entries = new Set<Entry>();
  readonly #shares: Readonly<Record<SharedLevel, Readonly<Record<RequestClass, FairShare>>>>;
  readonly #watches = new Set<DoorContext>();
  readonly #refusals = new Refusals();
  readonly #stopSweep: () => void;
  #onIdle: (() => void) | undefined;
  #draining = false;

  constructor(
    clock: Clock,
    limits: Partial<InFlightLimits> = {},
    later: (callback: () => void) => void = setImmediate,
  ) {
    this.#clock = clock;
    this.#limits = { ...IN_FLIGHT_LIMITS, ...limits };
    const { places, queueLimit, sliceMs } = this.#limits;
    this.#turns = new Turns({ clock, later, sliceMs });
    const shares = (level: SharedLevel) => ({
      read: new FairShare(places[level], queueLimit),
      write: new FairShare(places[level], queueLimit),
    });
    this.#shares = { system: shares('system'), people: shares('people') };
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

  /** Does the work when its user's turn has come. Rejects with TooManyRequests if too many wait already. */
  async run<T>({ context, kind, expired }: InFlightRequest, work: () => Promise<T>): Promise<T> {
    if (this.#entries.size >= this.#limits.maxRequests) throw tooMany();
    const deadlineMs = this.#clock.monotonicMs() + this.#limits.requestTimeoutMs;
    const entry: Entry = { kind, deadlineMs, context, expired, leave: () => {} };
    const level = levelOf(context.user);
    try {
      this.#entries.add(entry);
      return await (level === 'exempt' ? work() : this.#shared(entry, level, work));
    } finally {
      this.#left(entry);
      this.#settled();
    }
  }

  /**
   * A watch or stream: it has no deadline, and is ended politely when the server stops.
   *
   * @returns what to call when it is over.
   */
  enterLongRunning(context: DoorContext): () => void {
    if (this.#draining) throw new ApiError('ServiceUnavailable', 'apiserver is shutting down');
    this.#watches.add(context);
    this.#takesTurns(context, levelOf(context.user));
    return () => {
      this.#watches.delete(context);
      this.#settled();
    };
  }

  /** Ends the long ones, waits for the others. Resolves when nothing is left, at the latest after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    for (const { refuse } of this.#refusals.takeAll()) refuse();
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

  #shared<T>(entry: Entry, level: SharedLevel, work: () => Promise<T>): Promise<T> {
    const { context, kind } = entry;
    const user = context.user.name;
    const share = this.#shares[level][kind];
    this.#takesTurns(context, level);
    return new Promise<T>((resolve, reject) => {
      const begin = () => {
        // Who has gone meanwhile, or was told that it took too long, needs no answer.
        if (context.aborted) reject(context.abortedWith ?? new ApiError('Timeout', 'the client went away'));
        else work().then(resolve, reject);
      };
      const admitted = () => {
        entry.leave = () => share.leave(user);
        if (!this.#entries.has(entry)) this.#left(entry);
        this.#turns.take({ level, user }, begin);
      };
      if (share.enter(user, admitted)) return;
      const refusal: Refusal = { flow: { level, user }, refuse: () => reject(tooMany()) };
      this.#entries.delete(entry);
      const told = this.#draining || this.#refusals.of(user) >= this.#limits.lateRefusals;
      if (told) refusal.refuse();
      else this.#refusals.add(refusal);
    });
  }

  /** A request that took too long leaves before it ends. */
  #left(entry: Entry): void {
    const { leave } = entry;
    entry.leave = () => {};
    this.#entries.delete(entry);
    leave();
  }

  /** Long answers are made and sent by pieces. */
  #takesTurns(context: DoorContext, level: Level): void {
    if (level === 'exempt') return;
    const flow: FlowKey = { level, user: context.user.name };
    context.takeTurns(
      (costMs) =>
        new Promise((resolve) => {
          this.#turns.take(flow, resolve, costMs);
        }),
    );
  }

  #settled(): void {
    if (this.#draining && this.#entries.size + this.#watches.size === 0) this.#onIdle?.();
  }

  #sweep(): void {
    for (const { flow, refuse } of this.#refusals.takeAll()) this.#turns.take(flow, refuse);
    const nowMs = this.#clock.monotonicMs();
    const late: Entry[] = [];
    for (const entry of this.#entries) {
      if (entry.deadlineMs > nowMs) break;
      late.push(entry);
    }
    const error = new ApiError('Timeout', 'Timeout: request did not complete within the allotted timeout');
    // First all of them, so that no place is given to one that is too late itself.
    for (const { context } of late) context.abort(error);
    for (const entry of late) {
      this.#left(entry);
      entry.expired(error);
    }
  }
}

function tooMany(): ApiError {
  return new ApiError('TooManyRequests', 'Too many requests, please try again later.', {
    retryAfterSeconds: 1,
  });
}
