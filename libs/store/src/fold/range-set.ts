import type { Revision } from '@reckon/api';

/** Ranges of revisions, added in order. */
export class RangeSet {
  readonly #first: Revision[] = [];
  readonly #last: Revision[] = [];

  add(first: Revision, last: Revision): void {
    this.#first.push(first);
    this.#last.push(last);
  }

  has(rev: Revision): boolean {
    let low = 0;
    let high = this.#first.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#first[middle] ?? 0) <= rev) low = middle + 1;
      else high = middle;
    }
    return low > 0 && rev <= (this.#last[low - 1] ?? 0);
  }
}
