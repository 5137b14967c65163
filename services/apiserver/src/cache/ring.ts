import type { Revision } from '@reckon/api';
import type { Change } from './change.ts';

export interface RingLimits {
  readonly maxChanges: number;
  readonly maxBytes: number;
}

/** The latest changes of all resources, for watches that resume; older ones are read from the log. */
export class Ring {
  readonly #limits: RingLimits;
  /** Those before `#start` are dropped: nothing holds them any more. */
  #changes: (Change | undefined)[] = [];
  #start = 0;
  #bytes = 0;
  #complete: Revision;

  constructor(limits: RingLimits, head: Revision) {
    this.#limits = limits;
    this.#complete = head;
  }

  /** Every change after this revision is here. */
  get completeAfter(): Revision {
    return this.#complete;
  }

  get size(): number {
    return this.#changes.length - this.#start;
  }

  push(change: Change): void {
    this.#changes.push(change);
    this.#bytes += change.entry.sizeBytes;
    while (this.size > this.#limits.maxChanges || (this.#bytes > this.#limits.maxBytes && this.size > 1))
      this.#drop();
  }

  /** Changes of one resource with rev > after, oldest first, at most `limit`; `full` if there may be more. */
  read(after: Revision, resource: string, limit: number): { changes: readonly Change[]; full: boolean } {
    const changes: Change[] = [];
    for (let i = this.#firstAfter(after); i < this.#changes.length; i++) {
      const change = this.#changes[i] as Change;
      if (change.entry.key.resource !== resource) continue;
      changes.push(change);
      if (changes.length === limit) return { changes, full: true };
    }
    return { changes, full: false };
  }

  #firstAfter(rev: Revision): number {
    let low = this.#start;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#changes[middle] as Change).rev <= rev) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #drop(): void {
    const change = this.#changes[this.#start] as Change;
    this.#complete = change.rev;
    this.#bytes -= change.entry.sizeBytes;
    this.#changes[this.#start++] = undefined;
    // Amortised: the array is cut when half of it is dead.
    if (this.#start > 1024 && this.#start * 2 > this.#changes.length) {
      this.#changes = this.#changes.slice(this.#start);
      this.#start = 0;
    }
  }
}
