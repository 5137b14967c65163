/** Questions in SQL, asked with the rights of a reader. */
import { ApiError } from '@reckon/api';
import pg from 'pg';
import { clientConfig, type DatabaseAddress } from './connect.ts';

/** May read the views of `SQL_SCHEMA`, and nothing else. */
export const SQL_READER = 'reckon_reader';
export const SQL_SCHEMA = 'cluster';

export interface QueryResult {
  readonly columns: readonly string[];
  /** As `pg` gives them: numbers, texts, Dates, JSON values, null. */
  readonly rows: readonly (readonly unknown[])[];
}

const MINUTE_MS = 60_000;

/**
 * Runs one statement, which may take a minute and cannot write.
 *
 * @throws BadRequest in Postgres' words for a statement that it does not take, ServiceUnavailable if it is not there.
 */
export async function queryViews(database: DatabaseAddress, statement: string): Promise<QueryResult> {
  const client = new pg.Client({
    ...clientConfig(database, 'sql'),
    statement_timeout: MINUTE_MS,
    options: `-c role=${SQL_READER} -c default_transaction_read_only=on -c search_path=${SQL_SCHEMA}`,
  });
  try {
    await client.connect();
  } catch (error) {
    await client.end();
    throw new ApiError('ServiceUnavailable', `the database cannot be reached: ${messageOf(error)}`);
  }
  try {
    const { fields, rows } = await client.query({ text: statement, rowMode: 'array' });
    return { columns: fields.map(({ name }) => name), rows };
  } catch (error) {
    throw new ApiError('BadRequest', messageOf(error));
  } finally {
    await client.end();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
