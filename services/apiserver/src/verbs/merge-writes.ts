import { badRequest } from '@reckon/api';
import { pathOf } from '../cache/resource-cache.ts';
import type { PlannedWrite } from './plan.ts';

export interface MergedWrites {
  /** At most one for each object, at the place of the object's first write. */
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

function idOf({ key }: PlannedWrite): string {
  return `${key.resource} ${pathOf(key)}`;
}

/** Undefined: the two cancel each other out. */
function merged(first: PlannedWrite, second: PlannedWrite): PlannedWrite | undefined {
  const { expectedRev, key } = first;
  switch (first.op) {
    case 'create':
      return second.op === 'delete' ? undefined : { ...second, op: 'create', expectedRev };
    case 'update':
      return { ...second, expectedRev };
    case 'delete':
      // One revision of one object cannot be both its end and another object's beginning.
      throw badRequest(`${key.resource} "${key.name}" is deleted and made anew in one transaction`);
  }
}
