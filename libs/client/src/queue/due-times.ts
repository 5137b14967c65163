import type { Clock } from '@reckon/service';

interface Appointment {
  readonly key: string;
  readonly atMs: number;
}

export type DueClock = Pick<Clock, 'nowMs' | 'after'>;

/** Timers do not follow a clock that is set: one that jumps ahead is noticed after so long. */
const MAX_TIMER_MS = 60_000;

/**
 * Keys with a time each; calls back when it comes. One timer for all of them. A binary heap by time; an entry that is
 * no longer the key's time is dropped when it comes up.
 */
export class DueTimes {
  readonly #clock: DueClock;
  readonly #onDue: (key: string) => void;
  readonly #times = new Map<string, number>();
  #heap: Appointment[] = [];
  #cancelTimer: (() => void) | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(clock: DueClock, onDue: (key: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#times.size;
  }

  /** Of two times for one key the earlier counts. */
  set(key: string, atMs: number): void {
    const present = this.#times.get(key);
    if (present !== undefined && present <= atMs) return;
    this.#times.set(key, atMs);
    if (this.#heap.length > 2 * this.#times.size + 64) this.#rebuild();
    else this.#push({ key, atMs });
    this.#arm();
  }

  delete(key: string): void {
    this.#times.delete(key);
    if (this.#times.size === 0) this.clear();
  }

  clear(): void {
    this.#times.clear();
    this.#heap = [];
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    this.#dropVoid();
    const first = this.#heap[0];
    if (!first || first.atMs === this.#timerAtMs) return;
    this.#cancelTimer?.();
    this.#timerAtMs = first.atMs;
    const delayMs = Math.min(first.atMs - this.#clock.nowMs(), MAX_TIMER_MS);
    this.#cancelTimer = this.#clock.after(delayMs, () => this.#fire());
  }

  #fire(): void {
    this.#cancelTimer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.nowMs();
    const due: string[] = [];
    for (let first = this.#heap[0]; first && first.atMs <= nowMs; first = this.#heap[0]) {
      this.#pop();
      if (this.#times.get(first.key) !== first.atMs) continue;
      this.#times.delete(first.key);
      due.push(first.key);
    }
    this.#arm();
    for (const key of due) this.#onDue(key);
  }

  #dropVoid(): void {
    for (let first = this.#heap[0]; first; first = this.#heap[0]) {
      if (this.#times.get(first.key) === first.atMs) return;
      this.#pop();
    }
  }

  /** Void entries far from the top would otherwise pile up. */
  #rebuild(): void {
    this.#heap = [];
    for (const [key, atMs] of this.#times) this.#push({ key, atMs });
  }

  #push(item: Appointment): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || above.atMs <= item.atMs) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = item;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      if (!left) break;
      const right = heap[child + 1];
      if (right && right.atMs < left.atMs) child++;
      const smaller = heap[child];
      if (!smaller || smaller.atMs >= last.atMs) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
  }
}
