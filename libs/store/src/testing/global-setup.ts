/** For `node --test --test-global-setup`: one Postgres for all test files of the run. */
import { SHARED_SERVER } from './databases.ts';
import { ThrowAwayPostgres } from './throw-away-postgres.ts';

let postgres: ThrowAwayPostgres | undefined;

export async function globalSetup(): Promise<void> {
  postgres = await ThrowAwayPostgres.create();
  process.env[SHARED_SERVER] = JSON.stringify(postgres.address);
}

export async function globalTeardown(): Promise<void> {
  await postgres?.remove();
}
