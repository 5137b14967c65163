import type { Revision } from '@reckon/api';
import type { Clock } from '@reckon/service';
import type { Entry } from './entry.ts';
import type { OrderedMap } from './ordered-map.ts';

interface Kept {
  readonly objects: OrderedMap<Entry>;
  /** The objects are the same at all revisions from `since` to `rev`. */
  readonly since: Revision;
  readonly rev: Revision;
  readonly untilMs: number;
}

/** Snapshots that lists still under way read their further pages from. Bounded: the log has them all anyway. */
export class ListSnapshots {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #limit: number;
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>();

  constructor(options: { readonly clock: Clock; readonly ttlMs: number; readonly limit: number }) {
    this.#clock = options.clock;
    this.#ttlMs = options.ttlMs;
    this.#limit = options.limit;
  }

  /** Keeps the objects of the resource as they are at `rev`; `since`: the last revision that changed any of them. */
  keep(resource: string, rev: Revision, since: Revision, snapshot: () => OrderedMap<Entry>): void {
    const id = `${resource} ${since}`;
    const known = this.#kept.get(id);
    this.#kept.delete(id);
    const untilMs = this.#clock.monotonicMs() + this.#ttlMs;
    const objects = known?.objects ?? snapshot();
    this.#kept.set(id, { objects, since, rev: Math.max(rev, known?.rev ?? 0), untilMs });
    for (const [oldest, { untilMs }] of this.#kept) {
      if (this.#kept.size <= this.#limit && untilMs > this.#clock.monotonicMs()) break;
      this.#kept.delete(oldest);
    }
  }

  /** The objects of the resource as they were at `rev`; undefined if they are not kept (any more). */
  at(resource: string, rev: Revision): OrderedMap<Entry> | undefined {
    for (const [id, { objects, since, rev: last }] of this.#kept)
      if (since <= rev && rev <= last && id.startsWith(`${resource} `)) return objects;
    return undefined;
  }
}
