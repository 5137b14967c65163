import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Bytes order text, whatever the database's locale. */
const TEXT = sql`text collate "C"`;

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('log')
    .addColumn('rev', 'bigint', (column) => column.notNull().primaryKey())
    .addColumn('prev_rev', 'bigint', (column) => column.notNull())
    .addColumn('at', 'timestamptz', (column) => column.notNull())
    .addColumn('cause', 'bigint')
    .addColumn('schema_version', 'integer', (column) => column.notNull())
    .addColumn('op', 'smallint', (column) => column.notNull())
    .addColumn('confidential', 'boolean', (column) => column.notNull())
    .addColumn('resource', TEXT, (column) => column.notNull())
    .addColumn('namespace', TEXT, (column) => column.notNull())
    .addColumn('name', TEXT, (column) => column.notNull())
    .addColumn('uid', TEXT, (column) => column.notNull())
    .addColumn('actor', TEXT, (column) => column.notNull())
    .addColumn('request_id', TEXT, (column) => column.notNull())
    .addColumn('because', TEXT)
    .addColumn('body', 'bytea')
    .modifyEnd(sql`partition by range (rev)`)
    .execute();
  // The history of one object, and the state at a past revision.
  await db.schema
    .createIndex('log_key')
    .on('log')
    .columns(['resource', 'namespace', 'name', 'rev'])
    .execute();

  await db.schema
    .createTable('objects')
    .addColumn('rev', 'bigint', (column) => column.notNull())
    .addColumn('confidential', 'boolean', (column) => column.notNull())
    .addColumn('resource', TEXT, (column) => column.notNull())
    .addColumn('namespace', TEXT, (column) => column.notNull())
    .addColumn('name', TEXT, (column) => column.notNull())
    .addColumn('uid', TEXT, (column) => column.notNull())
    .addColumn('body', 'bytea', (column) => column.notNull())
    .addPrimaryKeyConstraint('objects_key', ['resource', 'namespace', 'name'])
    // Room for the next version on the same page spares the index (HOT). The log keeps its rows compressed, for there
    // are many; here they are few and written often, so they lie as they are unless they do not fit.
    .modifyEnd(sql`with (fillfactor = 50, toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.1)`)
    .execute();
  await sql`alter table objects alter column body set storage external`.execute(db);

  await db.schema
    .createTable('log_head')
    .addColumn('one', 'boolean', (column) => column.primaryKey().defaultTo(true).check(sql`one`))
    .addColumn('log_id', TEXT, (column) => column.notNull())
    .addColumn('rev', 'bigint', (column) => column.notNull())
    .addColumn('at', 'timestamptz', (column) => column.notNull())
    .addColumn('floor', 'bigint', (column) => column.notNull().defaultTo(0))
    .modifyEnd(sql`with (fillfactor = 10)`)
    .execute();

  await db.schema
    .createTable('writers')
    .addColumn('id', TEXT, (column) => column.primaryKey())
    .addColumn('epoch', 'bigint', (column) => column.notNull())
    .addColumn('batch', 'bigint', (column) => column.notNull())
    .addColumn('first_rev', 'bigint', (column) => column.notNull())
    .addColumn('at', 'timestamptz', (column) => column.notNull())
    .addColumn('failed', sql`integer[]`, (column) => column.notNull())
    .modifyEnd(sql`with (fillfactor = 10)`)
    .execute();

  await db.schema
    .createTable('data_keys')
    .addColumn('id', 'integer', (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('wrapped', 'bytea', (column) => column.notNull())
    .addColumn('key_id', TEXT, (column) => column.notNull())
    .addColumn('made_rev', 'bigint', (column) => column.notNull())
    .execute();
}

export const logAndState: Migration = { up };
