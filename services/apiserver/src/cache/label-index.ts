/**
 * Which objects carry a label, so that a selective list touches only what it returns. Holds paths (`namespace/name`),
 * not entries: an update that leaves the labels alone costs nothing.
 */
export class LabelIndex {
  readonly #paths = new Map<string, Map<string, Set<string>>>();

  add(path: string, labels: Readonly<Record<string, string>>): void {
    for (const key in labels) {
      const value = labels[key] as string;
      let values = this.#paths.get(key);
      if (!values) {
        values = new Map();
        this.#paths.set(key, values);
      }
      let paths = values.get(value);
      if (!paths) {
        paths = new Set();
        values.set(value, paths);
      }
      paths.add(path);
    }
  }

  remove(path: string, labels: Readonly<Record<string, string>>): void {
    for (const key in labels) {
      const value = labels[key] as string;
      const values = this.#paths.get(key);
      const paths = values?.get(value);
      if (!values || !paths) continue;
      paths.delete(path);
      if (paths.size > 0) continue;
      values.delete(value);
      if (values.size === 0) this.#paths.delete(key);
    }
  }

  /** Paths that carry `key` with one of `values`, as sets that do not overlap. */
  with(key: string, values: readonly string[]): readonly ReadonlySet<string>[] {
    const byValue = this.#paths.get(key);
    if (!byValue) return [];
    const sets: ReadonlySet<string>[] = [];
    for (const value of new Set(values)) {
      const paths = byValue.get(value);
      if (paths) sets.push(paths);
    }
    return sets;
  }
}

/** Same keys and values; most updates of an object leave its labels as they are. */
export function sameLabels(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): boolean {
  if (a === b) return true;
  let count = 0;
  for (const key in a) {
    if (a[key] !== b[key]) return false;
    count++;
  }
  for (const _ in b) count--;
  return count === 0;
}
