/**
 * Keeps the log as long as the cluster is set to, and no longer: by age and size, of all kinds or of one. Superseded
 * heartbeats become ranges whatever the setting. One API server does it at a time.
 *
 *   a round: take what lies below the floors ─▶ raise the floors ─▶ wait
 *
 * In this order what goes has been expired for a whole round, so that nobody who has just been let in reads a log that
 * is taken from under him.
 */
import type { Revision } from '@reckon/api';
import type { Clock, Logger } from '@reckon/service';
import { sql } from 'kysely';
import type { LeaderLock } from '../../types.ts';
import { apiErrorOf } from '../errors.ts';
import type { Reader } from '../reader.ts';
import { readHead } from '../reads/head.ts';
import { revisionAt } from '../reads/revision-at.ts';
import {
  dropBefore,
  dropEmptyPartitions,
  type KindCursor,
  raiseFloor,
  raiseKindFloor,
  retainedBytes,
  STEP_ROWS,
  takeHeartbeats,
  takeKind,
} from './steps.ts';

export interface Retention {
  /** Absent: for ever. */
  readonly maxAgeMs?: number | undefined;
  /** About so many bytes of retained history; absent: any number. */
  readonly maxBytes?: number | undefined;
  /** Ages of single kinds (`events`, `leases.coordination.k8s.io`), where they differ. */
  readonly kinds?: { readonly [resource: string]: number } | undefined;
}

const ROUND_MS = 60_000;
/** Between two steps: whoever writes comes first. */
const PAUSE_MS = 20;
/** So long a superseded heartbeat stays a row: for watches, relays and snapshots that are under way. */
const HEARTBEAT_AGE_MS = 10 * 60_000;

export interface RetentionKeeperOptions {
  readonly reader: Reader;
  readonly lock: LeaderLock;
  readonly clock: Clock;
  readonly log: Logger;
  readonly retention: Retention;
  readonly heartbeatAgeMs?: number | undefined;
}

export class RetentionKeeper {
  readonly #options: RetentionKeeperOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: RetentionKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#lead();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** One round, now. */
  async round(signal: AbortSignal = this.#stopping.signal): Promise<void> {
    const { reader, clock, log, retention, heartbeatAgeMs = HEARTBEAT_AGE_MS } = this.#options;
    await this.#takeHeartbeats(clock.nowMs() - heartbeatAgeMs, signal);
    await this.#takeKinds(signal);
    const { floor } = await reader.read(readHead);
    await this.#dropBefore(floor, signal);
    for (const name of await reader.read((db) => dropEmptyPartitions(db, floor)))
      log.info('dropped a part of the log that is no longer kept', { partition: name });
    await this.#raiseFloors(retention);
  }

  async #lead(): Promise<void> {
    const { lock, clock, log } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const leadership = await lock.acquire(signal);
        try {
          const both = AbortSignal.any([signal, leadership.lost]);
          while (!both.aborted) {
            await clock.sleep(ROUND_MS, both);
            await this.round(both);
          }
        } finally {
          await leadership.release();
        }
      } catch (error) {
        if (signal.aborted) return;
        log.warn('old history could not be taken, trying again', { error: apiErrorOf(error).message });
        await clock.sleep(ROUND_MS, signal).catch(() => undefined);
      }
    }
  }

  async #takeHeartbeats(beforeMs: number, signal: AbortSignal): Promise<void> {
    for (let taken = STEP_ROWS; taken === STEP_ROWS; ) {
      taken = await this.#options.reader.read((db) => takeHeartbeats(db, beforeMs));
      await this.#options.clock.sleep(PAUSE_MS, signal);
    }
  }

  async #takeKinds(signal: AbortSignal): Promise<void> {
    const { reader, clock } = this.#options;
    const floors = await reader.read((db) => db.selectFrom('log_floors').selectAll().execute());
    for (const { resource, floor } of floors) {
      let after: KindCursor | undefined = { namespace: '', name: '', rev: 0 };
      while (after) {
        const from: KindCursor = after;
        after = await reader.read((db) => takeKind(db, { resource, floor, after: from }));
        await clock.sleep(PAUSE_MS, signal);
      }
    }
  }

  async #dropBefore(floor: Revision, signal: AbortSignal): Promise<void> {
    const { reader, clock } = this.#options;
    if (floor === 0) return;
    let after: Revision | undefined = 0;
    while (after !== undefined) {
      const from: Revision = after;
      after = await reader.read((db) => dropBefore(db, { floor, after: from }));
      await clock.sleep(PAUSE_MS, signal);
    }
  }

  async #raiseFloors({ maxAgeMs, maxBytes, kinds = {} }: Retention): Promise<void> {
    const { reader, clock } = this.#options;
    const nowMs = clock.nowMs();
    await reader.read(async (db) => {
      const { rev, floor } = await readHead(db);
      const wanted = [floor];
      if (maxAgeMs !== undefined) wanted.push(await revisionAt(db, nowMs - maxAgeMs));
      if (maxBytes !== undefined) {
        const bytes = await retainedBytes(db, { floor, rev });
        if (bytes > maxBytes) wanted.push(rev - Math.floor(((rev - floor) * maxBytes) / bytes));
      }
      await raiseFloor(db, Math.max(...wanted));
      for (const [resource, ageMs] of Object.entries(kinds))
        await raiseKindFloor(db, resource, await revisionAt(db, nowMs - ageMs));
      await sql`delete from log_floors where floor <= ${Math.max(...wanted)}`.execute(db);
    });
  }
}
