/**
 * The state as a fold of the log. `reckon verify` folds to the head and compares with what is recorded, `reckon replay`
 * folds to any revision: one and the same code. Each event must find the object at the revision that it says it
 * replaced; so a state that folds without a break is the only one that this log can mean.
 */
import type { Revision } from '@reckon/api';
import { RangeSet } from './range-set.ts';
import type { Break, EntryPage, FoldedObject, LogEntry } from './types.ts';

/** Only Leases beat (design: "The log"): of nothing else may a revision lose its object. */
const HEARTBEATS = 'leases.coordination.k8s.io';

/** By the `keyString` of an object. */
export function isHeartbeat(path: string): boolean {
  return path.startsWith(`${HEARTBEATS}/`);
}

export class Fold {
  /** By `keyString`. */
  readonly #objects = new Map<string, FoldedObject>();
  readonly #taken = new RangeSet();
  #rev: Revision = 0;

  /** The state is that of this revision. */
  get rev(): Revision {
    return this.#rev;
  }

  get objects(): ReadonlyMap<string, FoldedObject> {
    return this.#objects;
  }

  /** What lives on from before the oldest revision that is kept: where a fold begins. */
  begin(floor: Revision, kept: readonly LogEntry[]): void {
    for (const entry of kept) this.#put(entry);
    if (floor > 0) this.#taken.add(1, floor);
    this.#rev = floor;
  }

  page({ entries, ranges, through }: EntryPage): readonly Break[] {
    for (const { firstRev, lastRev } of ranges) this.#taken.add(firstRev, lastRev);
    const breaks: Break[] = [];
    for (const entry of entries) {
      const trouble = this.#trouble(entry);
      if (trouble !== undefined) breaks.push({ invariant: 'L3', rev: entry.rev, message: trouble });
      // Whatever it is: one break must not show as a hundred.
      if (entry.op === 'delete') this.#objects.delete(entry.path);
      else this.#put(entry);
    }
    this.#rev = through;
    return breaks;
  }

  #put({ path, rev, uid, hasBody }: LogEntry): void {
    this.#objects.set(path, { rev, uid, kept: hasBody });
  }

  #trouble(entry: LogEntry): string | undefined {
    const { rev, prevRev, op, path, uid, resource } = entry;
    if (!entry.hasBody && resource !== HEARTBEATS) return `revision ${rev} has lost its object ${path}`;
    const before = this.#objects.get(path);
    const after = `revision ${rev} (${op} of ${path})`;
    if (op === 'create' && prevRev !== 0) return `${after} claims to replace revision ${prevRev}`;
    if ((before?.rev ?? 0) === prevRev) {
      if (before && before.uid !== uid)
        return `${after} has the uid ${uid}, and the object has ${before.uid}`;
      return op !== 'create' && !before ? `${after} replaces nothing` : undefined;
    }
    // What it replaced may have been taken, with whatever led there.
    if (prevRev > 0 && this.#taken.has(prevRev) && (before?.rev ?? 0) < prevRev) return undefined;
    const found = before ? `at revision ${before.rev}` : 'not there';
    return `${after} ${prevRev === 0 ? 'makes it new' : `replaces revision ${prevRev}`}, but the object is ${found}`;
  }
}
