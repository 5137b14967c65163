import type { Revision } from '@reckon/api';
import type { Break, EntryPage } from './types.ts';

interface Piece {
  readonly first: Revision;
  readonly last: Revision;
  readonly firstAtUs: number;
  readonly lastAtUs: number;
}

/** L1: every revision is there once, and time never goes back along the log. A range counts as its revisions. */
export class OrderCheck {
  #last: Revision;
  #lastAtUs = 0;
  #breaks: Break[] = [];

  /** What comes next follows `after`. */
  constructor(after: Revision) {
    this.#last = after;
  }

  page({ entries, ranges, through }: EntryPage): readonly Break[] {
    this.#breaks = [];
    let next = 0;
    const takeRangesBefore = (rev: Revision) => {
      for (let range = ranges[next]; range && range.firstRev < rev; range = ranges[++next])
        this.#take({
          first: range.firstRev,
          last: range.lastRev,
          firstAtUs: range.firstAtUs,
          lastAtUs: range.lastAtUs,
        });
    };
    for (const { rev, atUs } of entries) {
      if (next < ranges.length) takeRangesBefore(rev);
      this.#take({ first: rev, last: rev, firstAtUs: atUs, lastAtUs: atUs });
    }
    takeRangesBefore(through + 1);
    if (this.#last < through) this.#missing(through + 1);
    return this.#breaks;
  }

  #take({ first, last, firstAtUs, lastAtUs }: Piece): void {
    if (first > this.#last + 1) this.#missing(first);
    if (first <= this.#last) this.#say(first, `revision ${first} is there twice`);
    if (firstAtUs < this.#lastAtUs || lastAtUs < firstAtUs)
      this.#say(
        first,
        `revision ${first} is of ${time(firstAtUs)}, before its predecessor of ${time(this.#lastAtUs)}`,
      );
    this.#last = Math.max(this.#last, last);
    this.#lastAtUs = Math.max(this.#lastAtUs, lastAtUs);
  }

  #missing(upTo: Revision): void {
    const from = this.#last + 1;
    const what = upTo - from === 1 ? `revision ${from} is` : `revisions ${from} to ${upTo - 1} are`;
    this.#say(from, `${what} missing`);
    this.#last = upTo - 1;
  }

  #say(rev: Revision, message: string): void {
    this.#breaks.push({ invariant: 'L1', rev, message });
  }
}

function time(us: number): string {
  return `${new Date(us / 1000).toISOString().slice(0, -1)}${String(us % 1000).padStart(3, '0')}Z`;
}
