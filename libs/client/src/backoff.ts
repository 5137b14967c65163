import type { Clock } from '@reckon/service/clock.ts';

/** Doubling delays between tries, starting again after a success. */
export class Backoff {
  readonly #clock: Clock;
  readonly #baseMs: number;
  readonly #maxMs: number;
  #failures = 0;

  constructor(clock: Clock, { baseMs, maxMs }: { readonly baseMs: number; readonly maxMs: number }) {
    this.#clock = clock;
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
  }

  /** Rejects with the signal's reason once it is aborted. */
  wait(signal: AbortSignal): Promise<void> {
    const delayMs = Math.min(this.#baseMs * 2 ** this.#failures, this.#maxMs);
    this.#failures++;
    return this.#clock.sleep(delayMs, signal);
  }

  reset(): void {
    this.#failures = 0;
  }
}
