import type { Clock } from './clock.ts';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that moves only when told to: the twin of `systemClock` for tests and simulation. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  every(periodMs: number, callback: () => void): () => void {
    let cancel = this.after(periodMs, tick.bind(this));
    let stopped = false;
    function tick(this: VirtualClock) {
      if (stopped) return;
      cancel = this.after(periodMs, tick.bind(this));
      callback();
    }
    return () => {
      stopped = true;
      cancel();
    };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = this.after(delayMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** When the next timer is due, or undefined if none waits. */
  nextAtMs(): number | undefined {
    return this.#earliest()?.atMs;
  }

  /** Work that keeps the processor so long: time passes, and nothing else happens. */
  spend(ms: number): void {
    this.#nowMs += ms;
  }

  /** Moves time forward, firing what falls due in order and letting promises settle in between. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs;
    await settle();
    for (let timer = this.#earliest(); timer && timer.atMs <= endMs; timer = this.#earliest()) {
      this.#timers.delete(timer);
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.callback();
      await settle();
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  #earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** Lets everything that is already runnable run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
