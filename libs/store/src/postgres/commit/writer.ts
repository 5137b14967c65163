/**
 * Commits transactions in batches over one connection: while one batch is under way the next one gathers.
 *
 *   idle ──something waits──▶ sending ──answer──▶ idle
 *   sending ──connection lost──▶ in doubt ──connection back──▶ idle (the batch answered, or sent again)
 *
 * When an answer is lost, nobody knows whether the batch has committed. The next connection begins a new epoch, which
 * fences off whatever the lost one has still under way, and reads what became of the last batch: so the answer that is
 * given in the end is the truth. Who waits too long for it is told that he cannot know (Timeout); who waits for a
 * connection in vain, that nothing has happened (ServiceUnavailable).
 */
import { ApiError, type Head } from '@reckon/api';
import type { Clock, Logger, Random } from '@reckon/service';
import type pg from 'pg';
import type { Conflict, StoredRecord } from '../../types.ts';
import { clientConfig, type DatabaseAddress, STATEMENT_LIMIT_MS } from '../connect.ts';
import { apiErrorOf, FENCED, NO_PARTITION, OTHER_LOG, refusal, unavailable } from '../errors.ts';
import { Link } from '../link.ts';
import type { Verification } from '../verification.ts';
import {
  type BatchOutcome,
  COMMIT_SQL,
  type CommitRow,
  commitArguments,
  outcomeOf,
  type SealedConflict,
} from './batch.ts';
import type { Pending } from './pending.ts';
import { CommitQueue } from './queue.ts';
import { type LastBatch, register } from './registration.ts';

/** A connection that has not answered for so long is given up: the server's own limit, and a slow disk's sync. */
const ANSWER_LIMIT_MS = STATEMENT_LIMIT_MS + 4000;
/** Who is in doubt waits longer than who has not been sent. */
const DOUBT_LIMIT_MS = 15_000;

/** Nested loops over the key, always: a plan must never depend on how large a table once was. */
const PREPARE_SQL = `set enable_hashjoin = off; set enable_mergejoin = off; set enable_seqscan = off;
  set plan_cache_mode = force_generic_plan; set lock_timeout = ${STATEMENT_LIMIT_MS}`;

export interface WriterOptions {
  readonly address: DatabaseAddress;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** For so long a transaction waits for a lost connection to come back. */
  readonly patienceMs: number;
  readonly verification: () => Verification;
  readonly heard: (head: Head) => void;
  readonly committed: (records: readonly StoredRecord[]) => void;
  readonly openConflict: (conflict: SealedConflict) => Promise<Conflict>;
  /** Makes room in the log for so many revisions. */
  readonly makePartitions: (count: number) => Promise<void>;
}

interface Flight {
  readonly batch: number;
  readonly pending: readonly Pending[];
}

export class Writer {
  readonly #options: WriterOptions;
  readonly #link: Link;
  readonly #queue = new CommitQueue();
  readonly #writerId: string;
  #epoch = 0;
  #backend: number | undefined;
  #batch = 0;
  /** Settles when the batch under way has been answered or is in doubt. */
  #flight: Promise<void> | undefined;
  /** A batch whose answer was lost. */
  #doubt: Flight | undefined;
  #pumpScheduled = false;
  #downSinceMs: number | undefined;
  #cancelPatience: (() => void) | undefined;
  #cancelDoubt: (() => void) | undefined;
  #closed = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#writerId = options.random.uuid();
    this.#link = new Link({
      config: clientConfig(options.address, 'commit'),
      clock: options.clock,
      log: options.log,
      prepare: (client) => this.#prepare(client),
      lost: () => this.#lost(),
    });
  }

  /** The Postgres process that commits for us; undefined while there is none. */
  get backend(): number | undefined {
    return this.#backend;
  }

  open(): Promise<void> {
    return this.#link.open();
  }

  enqueue(pending: Pending): void {
    if (this.#closed) pending.reject(unavailable('the store is closed'));
    else if (this.#downForMs() >= this.#options.patienceMs) pending.reject(this.#outage());
    else {
      this.#queue.push(pending);
      this.#schedule();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    rejectAll(this.#queue.takeAll(), unavailable('the store is closed'));
    await this.#flight;
    this.#cancelPatience?.();
    this.#cancelDoubt?.();
    rejectAll(this.#queue.takeAll(), unavailable('the store is closed'));
    if (this.#doubt) rejectAll(this.#doubt.pending, inDoubt('the store was closed'));
    this.#doubt = undefined;
    await this.#link.close();
  }

  /** Everything that comes in the same turn of the event loop goes together. */
  #schedule(): void {
    if (this.#pumpScheduled || this.#flight || this.#queue.isEmpty) return;
    this.#pumpScheduled = true;
    setImmediate(() => {
      this.#pumpScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    const client = this.#link.client;
    if (!client || this.#flight || this.#doubt || this.#closed) return;
    const pending = this.#queue.takeBatch();
    if (pending.length === 0) return;
    this.#flight = this.#send(client, { batch: ++this.#batch, pending }).then(() => {
      this.#flight = undefined;
      this.#schedule();
    });
  }

  async #send(client: pg.Client, flight: Flight): Promise<void> {
    const id = { writer: this.#writerId, epoch: this.#epoch, batch: flight.batch };
    let values: unknown[];
    try {
      values = commitArguments(id, flight.pending);
    } catch (error) {
      return rejectAll(flight.pending, apiErrorOf(error));
    }
    const cancel = this.#options.clock.after(ANSWER_LIMIT_MS, () =>
      this.#link.drop(new Error(`no answer within ${ANSWER_LIMIT_MS} ms`)),
    );
    try {
      const { rows } = await client.query<CommitRow>({ name: 'commit', text: COMMIT_SQL, values });
      const [row] = rows;
      if (!row) throw new Error('reckon_commit answered nothing');
      await this.#deliver(flight.pending[0]?.logId ?? '', outcomeOf(flight.pending, row));
    } catch (error) {
      await this.#failed(flight, error);
    } finally {
      cancel();
    }
  }

  async #failed(flight: Flight, error: unknown): Promise<void> {
    const refused = refusal(error);
    if (!refused) {
      // Nobody knows. `#prepare` of the next connection will.
      this.#doubt = flight;
      this.#startDoubt();
      if (this.#link.client) this.#link.drop(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    // Postgres says so itself: nothing of the batch has happened.
    if (refused.code === OTHER_LOG || refused.code === FENCED) {
      this.#queue.unshift(flight.pending);
      this.#link.drop(refused);
    } else if (refused.code === NO_PARTITION) {
      const count = flight.pending.reduce((sum, { bodies }) => sum + bodies.length, 0);
      await this.#options.makePartitions(count).then(
        () => this.#queue.unshift(flight.pending),
        (failure: unknown) => rejectAll(flight.pending, apiErrorOf(failure)),
      );
    } else {
      const failure = apiErrorOf(error);
      if (failure.reason === 'ServiceUnavailable' || flight.pending.length === 1) {
        this.#options.log.warn('a commit was refused', { error, transactions: flight.pending.length });
        rejectAll(flight.pending, failure);
      } else {
        // One of them is to blame, and only he shall bear it.
        await this.#sendOneByOne(flight.pending);
      }
    }
  }

  async #sendOneByOne(pending: readonly Pending[]): Promise<void> {
    for (const [index, one] of pending.entries()) {
      const client = this.#link.client;
      if (!client) {
        this.#queue.unshift(pending.slice(index));
        return;
      }
      await this.#send(client, { batch: ++this.#batch, pending: [one] });
    }
  }

  async #deliver(logId: string, { committed, conflicts, records }: BatchOutcome): Promise<void> {
    const last = records.at(-1);
    if (last) {
      this.#options.committed(records);
      this.#options.heard({ logId, rev: last.rev, atMs: last.atMs });
    }
    for (const { pending, result } of committed) pending.resolve(result);
    for (const { pending, conflict } of conflicts) {
      // Ciphertext may need a key that must be fetched first; the next batch does not wait for that.
      this.#options.openConflict(conflict).then(
        (open) => pending.resolve({ ok: false, conflict: open }),
        (error: unknown) => pending.reject(apiErrorOf(error)),
      );
    }
  }

  async #prepare(client: pg.Client): Promise<void> {
    await client.query(PREPARE_SQL);
    const registration = await register(client, {
      writer: this.#writerId,
      ...this.#options.verification(),
    });
    this.#epoch = registration.epoch;
    this.#backend = registration.backend;
    this.#downSinceMs = undefined;
    this.#cancelPatience?.();
    this.#settleDoubt(registration.lastBatch);
    this.#options.heard(registration.head);
    this.#refuseOthers(registration.head.logId);
    // The link says that it is up only after this.
    this.#schedule();
  }

  /** Gives the batch in doubt its true answer, or sends it again. */
  #settleDoubt(last: LastBatch): void {
    const doubt = this.#doubt;
    if (!doubt) return;
    this.#doubt = undefined;
    this.#cancelDoubt?.();
    if (last.batch !== doubt.batch) {
      this.#queue.unshift(doubt.pending);
      return;
    }
    // What was refused has changed nothing, and the objects may be others by now: it is simply tried again.
    const failed = new Set(last.failed.map((tx) => tx - 1));
    const kept = doubt.pending.filter((_, tx) => !failed.has(tx));
    const outcome = outcomeOf(kept, { o_first: last.firstRev, o_at_us: last.atUs, o_conflicts: null });
    this.#queue.unshift(doubt.pending.filter((_, tx) => failed.has(tx)));
    void this.#deliver(doubt.pending[0]?.logId ?? '', outcome);
  }

  /** Who was made for a log that is no more must read again. */
  #refuseOthers(logId: string): void {
    const [others, ours] = [[] as Pending[], [] as Pending[]];
    for (const pending of this.#queue.takeAll()) (pending.logId === logId ? ours : others).push(pending);
    this.#queue.unshift(ours);
    rejectAll(others, new ApiError('Gone', 'the log has been replaced by another one'));
  }

  #downForMs(): number {
    return this.#downSinceMs === undefined ? 0 : this.#options.clock.monotonicMs() - this.#downSinceMs;
  }

  #lost(): void {
    this.#backend = undefined;
    this.#downSinceMs = this.#options.clock.monotonicMs();
    this.#cancelPatience?.();
    this.#cancelPatience = this.#options.clock.after(this.#options.patienceMs, () => {
      rejectAll(this.#queue.takeAll(), this.#outage());
    });
  }

  #startDoubt(): void {
    this.#cancelDoubt?.();
    this.#cancelDoubt = this.#options.clock.after(DOUBT_LIMIT_MS, () => {
      const doubt = this.#doubt;
      this.#doubt = undefined;
      if (doubt) rejectAll(doubt.pending, inDoubt('the database went away before it answered'));
    });
  }

  #outage(): ApiError {
    const trouble = this.#link.trouble;
    return trouble === undefined
      ? unavailable('the database cannot be reached')
      : unavailable(apiErrorOf(trouble).message, trouble);
  }
}

function rejectAll(pending: readonly Pending[], error: ApiError): void {
  for (const one of pending) one.reject(error);
}

function inDoubt(message: string): ApiError {
  return new ApiError('Timeout', `${message}: the write may or may not have happened`);
}
