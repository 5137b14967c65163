import type { Revision } from '@reckon/api';
import type { Clock } from '@reckon/service';

interface PendingHead {
  readonly rev: Revision;
  readonly atMs: number;
}

/** More than this many unreached heads: the newest replaces the one before it. */
const MAX_PENDING = 64;

/**
 * Knows for how long a projection has been at the head of the log without interruption.
 *
 * A head that was received at a moment t, once the projection has reached it, confirms the state as of t. Two
 * confirmations no further apart than `maxGapMs` belong to one interval (the head is streamed at least every second);
 * a longer silence, a broken stream or a lag ends it. Only the monotonic clock is used.
 */
export class Confirmation {
  readonly #clock: Clock;
  readonly #maxGapMs: number;
  #pending: PendingHead[] = [];
  #sinceMs: number | undefined;
  #throughMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, maxGapMs: number) {
    this.#clock = clock;
    this.#maxGapMs = maxGapMs;
  }

  /** The head of the log is now at `rev`; the projection at `applied`. */
  headSeen(rev: Revision, applied: Revision): void {
    const atMs = this.#clock.monotonicMs();
    if (applied >= rev) this.#confirm(atMs);
    else {
      if (this.#pending.length >= MAX_PENDING) this.#pending.pop();
      this.#pending.push({ rev, atMs });
    }
  }

  applied(rev: Revision): void {
    let reached = 0;
    for (const head of this.#pending) {
      if (head.rev > rev) break;
      this.#confirm(head.atMs);
      reached++;
    }
    if (reached > 0) this.#pending = this.#pending.slice(reached);
  }

  /** Nothing is known any more (the projection loads anew). */
  reset(): void {
    this.#pending = [];
    this.#sinceMs = undefined;
    this.#throughMs = Number.NEGATIVE_INFINITY;
  }

  /** Length of the confirmed interval that has not ended, in ms; 0 if there is none. */
  get confirmedForMs(): number {
    return this.#current() ? this.#throughMs - (this.#sinceMs ?? this.#throughMs) : 0;
  }

  /** Start of that interval on the monotonic clock. */
  get sinceMs(): number | undefined {
    return this.#current() ? this.#sinceMs : undefined;
  }

  /** How much of the confirmed interval lies after a moment of the monotonic clock. */
  confirmedAfterMs(momentMs: number): number {
    return this.#current() ? Math.max(0, this.#throughMs - Math.max(momentMs, this.#sinceMs ?? momentMs)) : 0;
  }

  #current(): boolean {
    return this.#sinceMs !== undefined && this.#clock.monotonicMs() - this.#throughMs <= this.#maxGapMs;
  }

  #confirm(atMs: number): void {
    if (this.#sinceMs === undefined || atMs - this.#throughMs > this.#maxGapMs) this.#sinceMs = atMs;
    this.#throughMs = Math.max(this.#throughMs, atMs);
  }
}
