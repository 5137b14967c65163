/**
 * Sets of completion indexes as a Job's status keeps them: `1,3-5,7` (Kubernetes API, JobStatus.completedIndexes).
 * Kept as ranges in order that neither touch nor overlap, for Jobs have up to 100,000 indexes.
 */
export type IndexSet = readonly IndexRange[];

export interface IndexRange {
  readonly first: number;
  readonly last: number;
}

/** Indexes that are not below `limit` are left out, and so is what cannot be read. */
export function parseIndexes(text: string | undefined, limit: number): IndexSet {
  const ranges: IndexRange[] = [];
  for (const part of (text ?? '').split(',')) {
    const match = /^([0-9]+)(?:-([0-9]+))?$/.exec(part);
    if (!match) continue;
    const first = Number(match[1]);
    const last = Math.min(Number(match[2] ?? match[1]), limit - 1);
    if (first <= last) ranges.push({ first, last });
  }
  return normalized(ranges);
}

export function formatIndexes(set: IndexSet): string {
  return set
    .map(({ first, last }) => {
      if (first === last) return String(first);
      return last === first + 1 ? `${first},${last}` : `${first}-${last}`;
    })
    .join(',');
}

export function withIndexes(set: IndexSet, added: Iterable<number>): IndexSet {
  const ranges = [...added].map((index) => ({ first: index, last: index }));
  return ranges.length === 0 ? set : normalized([...set, ...ranges]);
}

export function hasIndex(set: IndexSet, index: number): boolean {
  let low = 0;
  let high = set.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = set[middle];
    if (!range) return false;
    if (index < range.first) high = middle - 1;
    else if (index > range.last) low = middle + 1;
    else return true;
  }
  return false;
}

export function countIndexesOf(set: IndexSet): number {
  return set.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** How many indexes are in both. */
export function countCommon(a: IndexSet, b: IndexSet): number {
  let common = 0;
  for (const one of a) {
    for (const other of b) {
      common += Math.max(0, Math.min(one.last, other.last) - Math.max(one.first, other.first) + 1);
    }
  }
  return common;
}

function normalized(ranges: readonly IndexRange[]): IndexSet {
  const result: IndexRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = result.at(-1);
    if (before && range.first <= before.last + 1) {
      result[result.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
    } else result.push(range);
  }
  return result;
}
