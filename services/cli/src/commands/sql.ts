import { spawnSync } from 'node:child_process';
import { ApiError } from '@reckon/api';
import { type QueryResult, queryViews, SQL_READER, SQL_SCHEMA } from '@reckon/store';
import { surroundingsOf } from '../cluster/surroundings.ts';
import { databaseUrl } from '../components/postgres.ts';
import { CliError } from '../errors.ts';
import { table } from '../output/table.ts';
import { requireSettings } from '../state/cluster.ts';
import { layoutOf } from '../state/layout.ts';
import { passThrough } from './kubectl.ts';

export interface SqlOptions {
  readonly output?: string | undefined;
}

/** The cluster and its history as SQL: what one statement answers. */
export async function sql(stateDir: string, statement: string, { output }: SqlOptions): Promise<string> {
  const url = addressOf(stateDir);
  try {
    const result = await queryViews({ url }, statement);
    return output === 'json' ? JSON.stringify(objects(result), null, 2) : text(result);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const hint =
      error.reason === 'BadRequest'
        ? `\\d+ ${SQL_SCHEMA}.* in ./reckon sql lists what there is`
        : 'see: ./reckon status';
    throw new CliError(error.message, hint, { cause: error });
  }
}

/** psql on the same views, with the same rights. Resolves with its exit code. */
export function sqlShell(stateDir: string): Promise<number> {
  if (spawnSync('psql', ['--version'], { stdio: 'ignore' }).status !== 0)
    throw new CliError(
      'there is no psql on this machine',
      'ask one question: ./reckon sql "select * from pods"',
    );
  return passThrough('psql', [], psqlEnvironment(addressOf(stateDir)));
}

function addressOf(stateDir: string): string {
  const layout = layoutOf(stateDir);
  return databaseUrl(surroundingsOf(layout, requireSettings(layout)));
}

/** The environment keeps the password out of the list of processes. */
export function psqlEnvironment(databaseUrl: string): { readonly [name: string]: string } {
  const url = new URL(databaseUrl);
  const of = (parameter: string, part: string) => url.searchParams.get(parameter) ?? decodeURIComponent(part);
  const env = {
    PGHOST: of('host', url.hostname),
    PGPORT: of('port', url.port),
    PGUSER: of('user', url.username),
    PGPASSWORD: of('password', url.password),
    PGDATABASE: of('dbname', url.pathname.slice(1)),
    PGSSLMODE: url.searchParams.get('sslmode') ?? '',
    PGOPTIONS: `-c role=${SQL_READER} -c default_transaction_read_only=on -c search_path=${SQL_SCHEMA}`,
  };
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function objects({ columns, rows }: QueryResult): readonly object[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])));
}

function text({ columns, rows }: QueryResult): string {
  const header = columns.map((column) => column.toUpperCase());
  const count = `(${rows.length} row${rows.length === 1 ? '' : 's'})`;
  return `${table(
    header,
    rows.map((row) => row.map(cell)),
  )}\n${count}`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
