import type { Operation, Revision } from '@reckon/api';
import type { WatchEvent } from '../verbs/types.ts';
import type { Entry, Selectable } from './entry.ts';

/** What a watch needs to know of its selection to see a change through it. */
export interface View {
  readonly everything: boolean;
  readonly matches: (selectable: Selectable) => boolean;
}

/** One event of the log as the cache saw it. The watch events made of it are shared by all watchers. */
export class Change {
  readonly rev: Revision;
  readonly op: Operation;
  /** The object after the change; of a delete, the last object at the revision of its deletion. */
  readonly entry: Entry;
  /** The object before; undefined for a create. */
  readonly previous: Entry | undefined;
  #added: WatchEvent | undefined;
  #modified: WatchEvent | undefined;
  #deleted: WatchEvent | undefined;

  constructor(op: Operation, entry: Entry, previous: Entry | undefined) {
    this.rev = entry.rev;
    this.op = op;
    this.entry = entry;
    this.previous = previous;
  }

  /**
   * What somebody who watches through this selection sees of the change; undefined if nothing (L4). An object that
   * leaves the selection is deleted for him: he gets what it was before, at the revision of the change.
   */
  seenThrough(view: View): WatchEvent | undefined {
    const before = this.previous !== undefined && (view.everything || view.matches(this.previous.selectable));
    const after = this.op !== 'delete' && (view.everything || view.matches(this.entry.selectable));
    if (after) return before ? this.#asModified() : this.#asAdded();
    return before ? this.#asDeleted() : undefined;
  }

  #asAdded(): WatchEvent {
    this.#added ??= { type: 'ADDED', object: this.entry, rev: this.rev };
    return this.#added;
  }

  #asModified(): WatchEvent {
    this.#modified ??= { type: 'MODIFIED', object: this.entry, rev: this.rev };
    return this.#modified;
  }

  #asDeleted(): WatchEvent {
    if (this.#deleted) return this.#deleted;
    const object = this.op === 'delete' || !this.previous ? this.entry : this.previous.at(this.rev);
    this.#deleted = { type: 'DELETED', object, rev: this.rev };
    return this.#deleted;
  }
}
