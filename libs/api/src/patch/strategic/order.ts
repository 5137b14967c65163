/**
 * The order of a merged list: what the patch names comes in the patch's order, what only the server has keeps the
 * server's order, and the two are interleaved by where they stood in the server's list.
 */

/** Names an element: itself, or the value of its merge key. */
export type Identity = (item: unknown) => unknown;

export interface OrderInput {
  readonly merged: readonly unknown[];
  /** What the patch names, in its order. */
  readonly wanted: readonly unknown[];
  /** The list before the patch. */
  readonly before: readonly unknown[];
  readonly identity: Identity;
}

export function orderMergedList({ merged, wanted, before, identity }: OrderInput): readonly unknown[] {
  const wantedAt = positions(wanted, identity);
  const beforeAt = positions(before, identity);
  const place = (at: ReadonlyMap<unknown, number>, item: unknown): number =>
    at.get(identity(item)) ?? Number.POSITIVE_INFINITY;
  const byPlace = (at: ReadonlyMap<unknown, number>) => (a: unknown, b: unknown) => {
    const difference = place(at, a) - place(at, b);
    return Number.isNaN(difference) ? 0 : difference;
  };
  const named = merged.filter((item) => wantedAt.has(identity(item))).sort(byPlace(wantedAt));
  const others = merged.filter((item) => !wantedAt.has(identity(item))).sort(byPlace(beforeAt));
  return interleave(others, named, (item) => beforeAt.get(identity(item)));
}

/** Each of `others` goes before the first of `named` that stood behind it; where that is unknown, `named` comes first. */
function interleave(
  others: readonly unknown[],
  named: readonly unknown[],
  place: (item: unknown) => number | undefined,
): readonly unknown[] {
  const result: unknown[] = [];
  let at = 0;
  for (const item of named) {
    const bound = place(item);
    while (at < others.length && bound !== undefined) {
      const other = place(others[at]);
      if (other === undefined || other >= bound) break;
      result.push(others[at++]);
    }
    result.push(item);
  }
  return [...result, ...others.slice(at)];
}

function positions(list: readonly unknown[], identity: Identity): ReadonlyMap<unknown, number> {
  const at = new Map<unknown, number>();
  for (const [index, item] of list.entries()) {
    const name = identity(item);
    if (!at.has(name)) at.set(name, index);
  }
  return at;
}
