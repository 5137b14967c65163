import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Who lived at a revision is known from beginnings and ends alone: they have an index that changes do not grow. */
async function up(db: Kysely<unknown>): Promise<void> {
  // A log that is long already takes longer than requests may.
  await sql`set local statement_timeout = 0`.execute(db);
  await sql`create index log_lives on log (resource, namespace, name, rev) include (op) where op <> 1`.execute(
    db,
  );
}

export const lives: Migration = { up };
