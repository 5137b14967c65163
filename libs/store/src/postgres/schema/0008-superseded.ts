import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Superseded heartbeats are found without reading the log; they leave the index again when they become a range. */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index log_superseded on log (rev) where body is null and op <> 2`.execute(db);
}

export const superseded: Migration = { up };
