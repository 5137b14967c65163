import type { Revision } from '@reckon/api';
import { type Kysely, sql } from 'kysely';
import { unavailable } from '../errors.ts';
import type { Tables } from '../schema/tables.ts';

export async function revisionAt(db: Kysely<Tables>, atMs: number): Promise<Revision> {
  const { rows } = await sql<{ readonly rev: number }>`
    select reckon_revision_at(to_timestamp(${Math.round(atMs * 1000)}::numeric / 1000000)) as rev`.execute(
    db,
  );
  const [row] = rows;
  if (!row) throw unavailable('the database has no log');
  return row.rev;
}
