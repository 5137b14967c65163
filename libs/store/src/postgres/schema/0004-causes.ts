import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What an event set off is found without reading the log from there on. Most heartbeats have no cause, and no entry. */
async function up(db: Kysely<unknown>): Promise<void> {
  // A log that is long already takes longer than requests may.
  await sql`set local statement_timeout = 0`.execute(db);
  await sql`create index log_cause on log (cause, rev) where cause is not null`.execute(db);
}

export const causes: Migration = { up };
