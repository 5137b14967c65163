import type { Clock } from '@reckon/service';

/** A clock that can be set, as an administrator or NTP does: what it measures goes on undisturbed. */
export class JumpingClock implements Clock {
  readonly #clock: Clock;
  #offsetMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.#offsetMs;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#clock.after(delayMs, callback);
  }

  every(periodMs: number, callback: () => void): () => void {
    return this.#clock.every(periodMs, callback);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(delayMs, signal);
  }
}
