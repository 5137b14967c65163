/**
 * One connection to Postgres that comes back by itself.
 *
 *   down ──connect──▶ opening ──`prepare` done──▶ up ──lost──▶ down (after a pause that grows to a quarter of a second)
 *   any  ──close──▶ closed
 */
import type { Clock, Logger } from '@reckon/service';
import pg from 'pg';
import { apiErrorOf } from './errors.ts';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;
/** A server that takes a connection and then says nothing does not count. */
const OPEN_LIMIT_MS = 4000;

export interface LinkOptions {
  readonly config: pg.ClientConfig;
  readonly clock: Clock;
  readonly log: Logger;
  /** Makes a fresh connection ready; if it fails, another one is made. */
  readonly prepare: (client: pg.Client) => Promise<void>;
  readonly lost?: () => void;
}

export class Link {
  readonly #options: LinkOptions;
  #client: pg.Client | undefined;
  #opening: pg.Client | undefined;
  #closed = false;
  #pauseMs = FIRST_PAUSE_MS;
  #cancelPause: (() => void) | undefined;
  #trouble: unknown;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** The connection, while it is up. */
  get client(): pg.Client | undefined {
    return this.#client;
  }

  /** Why it is not up. */
  get trouble(): unknown {
    return this.#trouble;
  }

  /** The first attempt; rejects if it fails, and then nothing goes on in the background. */
  async open(): Promise<void> {
    await this.#connect();
  }

  /** Gives the connection up as one that does not answer; a new one is made. */
  drop(reason: Error): void {
    const client = this.#client ?? this.#opening;
    if (client) abandon(client);
    this.#down(client, reason);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelPause?.();
    const client = this.#client ?? this.#opening;
    this.#client = undefined;
    this.#opening = undefined;
    if (client) await client.end();
  }

  async #connect(): Promise<void> {
    const client = new pg.Client(this.#options.config);
    this.#opening = client;
    client.on('error', (error) => this.#down(client, error));
    client.on('end', () => this.#down(client, new Error('the connection was closed')));
    const cancel = this.#options.clock.after(OPEN_LIMIT_MS, () => abandon(client));
    try {
      await client.connect();
      await this.#options.prepare(client);
    } catch (error) {
      if (this.#opening === client) this.#opening = undefined;
      abandon(client);
      throw error;
    } finally {
      cancel();
    }
    if (this.#opening !== client) throw new Error('the connection was lost while it was made ready');
    this.#opening = undefined;
    this.#client = client;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#trouble = undefined;
  }

  #down(client: pg.Client | undefined, error: unknown): void {
    if (!client || this.#closed) return;
    if (this.#opening === client) this.#opening = undefined;
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#trouble = error;
    this.#options.log.warn('lost a connection to the database', { error });
    this.#options.lost?.();
    this.#again();
  }

  #again(): void {
    if (this.#closed) return;
    this.#cancelPause = this.#options.clock.after(this.#pauseMs, () => {
      this.#connect().catch((error: unknown) => {
        this.#trouble = error;
        this.#options.log.debug('the database cannot be reached', { error: apiErrorOf(error).message });
        this.#again();
      });
    });
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** Without waiting for the server, which may not answer any more. */
function abandon(client: pg.Client): void {
  client.connection.stream.destroy();
}
