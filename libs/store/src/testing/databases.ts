/**
 * Databases for tests: one Postgres a test run, one database a test, cloned from a template that has the schema.
 *
 * A run that was started with `global-setup.ts` shares its server; any other test process starts one of its own.
 */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { clientConfig } from '../postgres/connect.ts';
import { migrate } from '../postgres/migrate.ts';
import type { Tables } from '../postgres/schema/tables.ts';
import { type PostgresAddress, ThrowAwayPostgres } from './throw-away-postgres.ts';

export const SHARED_SERVER = 'RECKON_TEST_POSTGRES';
const TEMPLATE = 'reckon_template';

let server: Promise<PostgresAddress> | undefined;
let count = 0;

/** `postgres:///…` of a fresh database, with an empty log of its own. It goes with the server. */
export async function createDatabase(): Promise<string> {
  server ??= sharedServer() ?? ThrowAwayPostgres.create().then(({ address }) => address);
  return createDatabaseOn(await server);
}

export async function createDatabaseOn(address: PostgresAddress): Promise<string> {
  const name = `test_${process.pid}_${count++}`;
  const admin = new pg.Client({ ...address, database: 'postgres' });
  await admin.connect();
  try {
    // One at a time: a template cannot be copied while somebody is connected to it.
    await admin.query('select pg_advisory_lock(1)');
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [TEMPLATE]);
    if (rowCount === 0) await createTemplate(address, admin);
    await admin.query(`create database ${name} template ${TEMPLATE}`);
  } finally {
    await admin.end();
  }
  return databaseUrl(address, name);
}

export function databaseUrl({ host, user }: PostgresAddress, database: string): string {
  return `postgres:///${database}?host=${encodeURIComponent(host)}&user=${user}`;
}

/** As if retention had taken the events up to this revision. */
export async function raiseFloor(url: string, rev: number): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await admin.query('update log_head set floor = $1', [rev]);
  } finally {
    await admin.end();
  }
}

async function createTemplate(address: PostgresAddress, admin: pg.Client): Promise<void> {
  await admin.query(`create database ${TEMPLATE}_new`);
  const config = clientConfig({ url: databaseUrl(address, `${TEMPLATE}_new`) }, 'template');
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ ...config, max: 1 }) }),
  });
  await migrate(db);
  await db.destroy();
  await admin.query(`alter database ${TEMPLATE}_new rename to ${TEMPLATE}`);
}

function sharedServer(): Promise<PostgresAddress> | undefined {
  const value = process.env[SHARED_SERVER];
  return value === undefined ? undefined : Promise.resolve(JSON.parse(value) as PostgresAddress);
}
