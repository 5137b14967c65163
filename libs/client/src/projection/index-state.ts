import type { Stored } from '../types.ts';
import type { Entry } from './entry.ts';

/** Entries by values computed from their objects; the values are remembered, so that removal computes nothing. */
export class IndexState {
  readonly #valuesOf: (object: Stored) => Iterable<string>;
  readonly #matters: (entry: Entry) => boolean;
  readonly #byValue = new Map<string, Set<Entry>>();
  readonly #values = new Map<Entry, readonly string[]>();

  /** `matters`, false: the entry certainly has no value, so that it need not be parsed. */
  constructor(
    valuesOf: (object: Stored) => Iterable<string>,
    matters: (entry: Entry) => boolean,
    entries: Iterable<Entry>,
  ) {
    this.#valuesOf = valuesOf;
    this.#matters = matters;
    for (const entry of entries) this.add(entry);
  }

  get(value: string): ReadonlySet<Entry> {
    return this.#byValue.get(value) ?? NONE;
  }

  add(entry: Entry): void {
    if (!this.#matters(entry)) return;
    const values = [...new Set(this.#valuesOf(entry.value))];
    if (values.length === 0) return;
    this.#values.set(entry, values);
    for (const value of values) {
      const entries = this.#byValue.get(value);
      if (entries) entries.add(entry);
      else this.#byValue.set(value, new Set([entry]));
    }
  }

  remove(entry: Entry): void {
    const values = this.#values.get(entry);
    if (!values) return;
    this.#values.delete(entry);
    for (const value of values) {
      const entries = this.#byValue.get(value);
      entries?.delete(entry);
      if (entries?.size === 0) this.#byValue.delete(value);
    }
  }
}

const NONE: ReadonlySet<Entry> = new Set();
