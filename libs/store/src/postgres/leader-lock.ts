import { createHash } from 'node:crypto';
import type { Clock, Logger } from '@reckon/service';
import pg from 'pg';
import type { LeaderLock, Leadership } from '../types.ts';
import { clientConfig, type DatabaseAddress } from './connect.ts';
import { apiErrorOf } from './errors.ts';

/**
 * Waiting within Postgres would keep a transaction open, and with it every dead version of the head row; so it is asked
 * for again.
 */
const RETRY_MS = 500;
const PROBE_PERIOD_MS = 1000;
const PROBE_LIMIT_MS = 2000;

export interface LeaderLockOptions {
  readonly address: DatabaseAddress;
  readonly clock: Clock;
  readonly log: Logger;
  readonly name: string;
}

/** A session-level advisory lock on a connection of its own: Postgres frees it when the connection is gone. */
export class PostgresLeaderLock implements LeaderLock {
  readonly #options: LeaderLockOptions;

  constructor(options: LeaderLockOptions) {
    this.#options = options;
  }

  async acquire(signal: AbortSignal): Promise<Leadership> {
    const { clock, log, name } = this.#options;
    let client: pg.Client | undefined;
    try {
      for (;;) {
        signal.throwIfAborted();
        try {
          client ??= await this.#connect();
          if (await tryLock(client, name)) return this.#lead(client);
        } catch (error) {
          log.debug('cannot ask for leadership', { name, error: apiErrorOf(error).message });
          client?.connection.stream.destroy();
          client = undefined;
        }
        await clock.sleep(RETRY_MS, signal);
      }
    } catch (error) {
      client?.connection.stream.destroy();
      throw error;
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...clientConfig(this.#options.address, `lead-${this.#options.name}`),
      query_timeout: PROBE_LIMIT_MS,
    });
    // Before leadership a failing query tells; after it, `#lead` listens itself.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  #lead(client: pg.Client): Leadership {
    const { clock, log, name } = this.#options;
    const lost = new AbortController();
    const end = (why: string) => {
      if (lost.signal.aborted) return;
      stopProbe();
      log.info('no longer leading', { name, why });
      lost.abort(new Error(why));
    };
    const giveUp = (why: string) => {
      client.connection.stream.destroy();
      end(why);
    };
    const stopProbe = clock.every(PROBE_PERIOD_MS, () => {
      client.query('select').catch((error: unknown) => giveUp(apiErrorOf(error).message));
    });
    client.on('end', () => end('the connection was closed'));
    log.info('leading', { name });
    return {
      lost: lost.signal,
      release: async () => {
        end('given up');
        await client.end();
      },
    };
  }
}

async function tryLock(client: pg.Client, name: string): Promise<boolean> {
  const key = createHash('sha256').update(`reckon leader ${name}`).digest().readBigInt64BE().toString();
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
    key,
  ]);
  return rows[0]?.locked === true;
}
