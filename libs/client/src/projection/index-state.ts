import type { Entry } from './entry.ts';

/** How entries are found. */
export interface IndexRule {
  valuesOf(entry: Entry): Iterable<string>;
  /** True: both certainly have the same values, so that those of the second need not be computed. */
  areAlike?(before: Entry, after: Entry): boolean;
}

/** Entries by values computed from them; the values are remembered, so that removal computes nothing. */
export class IndexState {
  readonly #rule: IndexRule;
  readonly #byValue = new Map<string, Set<Entry>>();
  readonly #values = new Map<Entry, readonly string[]>();

  constructor(rule: IndexRule, entries: Iterable<Entry>) {
    this.#rule = rule;
    for (const entry of entries) this.add(entry);
  }

  get(value: string): ReadonlySet<Entry> {
    return this.#byValue.get(value) ?? NONE;
  }

  add(entry: Entry): void {
    this.#put(entry, [...new Set(this.#rule.valuesOf(entry))]);
  }

  /** The second takes the place of the first. */
  replace(before: Entry, after: Entry): void {
    const known = this.#rule.areAlike?.(before, after) ? (this.#values.get(before) ?? []) : undefined;
    this.remove(before);
    if (known) this.#put(after, known);
    else this.add(after);
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

  #put(entry: Entry, values: readonly string[]): void {
    if (values.length === 0) return;
    this.#values.set(entry, values);
    for (const value of values) {
      const entries = this.#byValue.get(value);
      if (entries) entries.add(entry);
      else this.#byValue.set(value, new Set([entry]));
    }
  }
}

const NONE: ReadonlySet<Entry> = new Set();
