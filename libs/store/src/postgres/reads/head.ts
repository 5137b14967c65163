import { ApiError, type Head } from '@reckon/api';
import { type Kysely, sql } from 'kysely';
import { unavailable } from '../errors.ts';
import type { Tables } from '../schema/tables.ts';

export interface HeadAndFloor extends Head {
  /** Revisions up to this one are no longer kept. */
  readonly floor: number;
}

export async function readHead(db: Kysely<Tables>): Promise<HeadAndFloor> {
  const row = await db
    .selectFrom('log_head')
    .select(['log_id', 'rev', 'floor', sql<number>`(extract(epoch from at) * 1000000)::float8`.as('at_us')])
    .executeTakeFirst();
  if (!row) throw unavailable('the database has no log');
  return { logId: row.log_id, rev: row.rev, atMs: row.at_us / 1000, floor: row.floor };
}

/** The floor is that of the named kinds, each of which may have a retention of its own; absent: of all kinds together. */
export async function readHeadOf(
  db: Kysely<Tables>,
  resources: readonly string[] | undefined,
): Promise<HeadAndFloor> {
  const [head, kinds] = await Promise.all([
    readHead(db),
    db
      .selectFrom('log_floors')
      .select(({ fn }) => fn.max('floor').as('floor'))
      .$if(resources !== undefined, (q) => q.where('resource', 'in', [...(resources ?? []), '']))
      .executeTakeFirst(),
  ]);
  return { ...head, floor: Math.max(head.floor, kinds?.floor ?? 0) };
}

/** Refuses to say how things were at a revision that is not kept any more, or not there yet. */
export function checkRevision(head: HeadAndFloor, rev: number): void {
  if (rev < head.floor) {
    throw new ApiError('Expired', `revision ${rev} is no longer kept, the oldest one is ${head.floor}`);
  }
  if (rev > head.rev) {
    throw new ApiError('Timeout', `Too large resource version: ${rev}, current: ${head.rev}`);
  }
}

/** The state at `floor` is still known, the events up to it are not. */
export function checkAfter(head: HeadAndFloor, after: number): void {
  if (after < head.floor) {
    throw new ApiError('Expired', `the log is kept after revision ${head.floor} only, not after ${after}`);
  }
}
