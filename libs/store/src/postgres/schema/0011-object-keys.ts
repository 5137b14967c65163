import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Bytes order text, whatever the database's locale. */
const TEXT = sql`text collate "C"`;

/**
 * Each confidential object has a key of its own, sealed by a data key: without its row nothing of the object can be
 * read any more. What older versions have written is sealed by a data key itself.
 */
async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('object_keys')
    .addColumn('id', 'integer', (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('uid', TEXT, (column) => column.notNull())
    .addColumn('resource', TEXT, (column) => column.notNull())
    .addColumn('namespace', TEXT, (column) => column.notNull())
    .addColumn('name', TEXT, (column) => column.notNull())
    .addColumn('sealed', 'bytea')
    .addColumn('shown_instead', 'bytea')
    .addColumn('made_rev', 'bigint', (column) => column.notNull())
    .addColumn('made_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`clock_timestamp()`))
    .addCheckConstraint('object_keys_whole_or_shredded', sql`(sealed is null) <> (shown_instead is null)`)
    .addUniqueConstraint('object_keys_owner', ['resource', 'namespace', 'name', 'uid'])
    .execute();
}

export const objectKeys: Migration = { up };
