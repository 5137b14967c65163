import pg from 'pg';

/** No statement of ours takes longer; what does is cut off, so that nobody holds the head row for others. */
export const STATEMENT_LIMIT_MS = 1000;
const CONNECT_LIMIT_MS = 2000;
const INT8 = 20;

const types = new pg.TypeOverrides();
// Revisions stay below 2^53 for longer than anybody will count.
types.setTypeParser(INT8, Number);

export interface DatabaseAddress {
  /** `postgres://user:password@host:port/database`, or `postgres:///database?host=/socket/directory&user=…`. */
  readonly url: string;
}

export function clientConfig(address: DatabaseAddress, purpose: string): pg.ClientConfig {
  return {
    connectionString: address.url,
    application_name: `reckon-${purpose}`,
    types: { getTypeParser: types.getTypeParser.bind(types) },
    statement_timeout: STATEMENT_LIMIT_MS,
    idle_in_transaction_session_timeout: STATEMENT_LIMIT_MS,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/**
 * Connections for Kysely. A connection that breaks shows in the statement that needs it. It says so once more in an
 * `error` event: to the pool while it is idle, but to the connection itself while a statement has it, and an event of
 * that name which nobody listens to would end the process.
 */
export function openPool(
  config: pg.PoolConfig,
  onIdleLoss: (error: Error) => void = () => undefined,
): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', onIdleLoss);
  return pool;
}
