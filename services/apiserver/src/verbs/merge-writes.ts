import { pathOf } from '../cache/resource-cache.ts';
import type { PlannedWrite } from './plan.ts';

export interface MergedWrites {
  /**
   * At most one for each object, at the place of the object's first write. Two objects of one name are two objects:
   * the end of the one comes before the beginning of the other.
   */
  readonly writes: readonly PlannedWrite[];
  /** Position in `writes` of the object that a planned write is about; undefined if nothing remains to be written. */
  indexOf(write: PlannedWrite): number | undefined;
}

/**
 * Brings several writes of one object down to the one that leads from what is in the log to the last of them: a
 * transaction of the store writes each object once.
 */
export function mergeWrites(planned: readonly PlannedWrite[]): MergedWrites {
  const byObject = new Map<string, PlannedWrite | undefined>();
  for (const write of planned) {
    const id = idOf(write);
    const before = byObject.get(id);
    byObject.set(id, before ? merged(before, write) : write);
  }
  const writes: PlannedWrite[] = [];
  const places = new Map<string, number>();
  for (const [id, write] of byObject) {
    if (!write) continue;
    places.set(id, writes.length);
    writes.push(write);
  }
  return { writes, indexOf: (write) => places.get(idOf(write)) };
}

function idOf({ key, uid }: PlannedWrite): string {
  return `${key.resource} ${pathOf(key)} ${uid}`;
}

/** Undefined: the two cancel each other out. */
function merged(first: PlannedWrite, second: PlannedWrite): PlannedWrite | undefined {
  const { expectedRev, via } = first;
  if (first.op !== 'create') return { ...second, expectedRev };
  return second.op === 'delete' ? undefined : { ...second, op: 'create', expectedRev, via };
}
