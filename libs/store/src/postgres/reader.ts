import type { Clock, Logger } from '@reckon/service';
import { Kysely, PostgresDialect } from 'kysely';
import { clientConfig, type DatabaseAddress, openPool } from './connect.ts';
import { apiErrorOf, isConnectionLoss } from './errors.ts';
import type { Tables } from './schema/tables.ts';

const CONNECTIONS = 4;
const PAUSE_MS = 50;
/** A server that says nothing for so long is not there: its own limit is a second. */
const ANSWER_LIMIT_MS = 3000;

export interface ReaderOptions {
  readonly address: DatabaseAddress;
  readonly clock: Clock;
  readonly log: Logger;
  /** For so long a read outlives the loss of its connection, so that a restart of Postgres is not an error. */
  readonly patienceMs: number;
}

/** Statements that may be repeated, over a few connections. */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #db: Kysely<Tables>;
  #closed = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
    const pool = openPool(
      { ...clientConfig(options.address, 'read'), max: CONNECTIONS, query_timeout: ANSWER_LIMIT_MS },
      (error) => options.log.warn('lost an idle connection to the database', { error }),
    );
    this.#db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  }

  async read<T>(query: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    const { clock, patienceMs } = this.#options;
    const untilMs = clock.monotonicMs() + patienceMs;
    for (;;) {
      try {
        return await query(this.#db);
      } catch (error) {
        if (this.#closed || !isConnectionLoss(error) || clock.monotonicMs() >= untilMs)
          throw apiErrorOf(error);
        await clock.sleep(PAUSE_MS);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#db.destroy();
  }
}
