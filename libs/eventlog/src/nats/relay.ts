/**
 * Publishes the log to JetStream, in order and exactly once, whoever else tries.
 *
 *   waiting for leadership ─▶ connecting ─▶ checking the stream ─▶ publishing
 *          ▲                      ▲               │  ▲                 │
 *          └── leadership lost ───┴── NATS away ──┴──┴─ wrong sequence ┘
 *
 * Safety lies in the expected last sequence of every message: a stream takes revision r only after r − 1, from
 * whichever relay. Leadership only saves work. The check makes a new stream where none of this log is left, and gives
 * the log a new id where the stream holds what the log does not: then the log was put back behind our back.
 */

import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { LogRecord, Revision } from '@reckon/api';
import { ApiError, keyString } from '@reckon/api';
import type { Clock } from '@reckon/service';
import { keyOfSubject } from '../subject.ts';
import type { LeaderLock, LogSource, NatsOptions, Relay, RelayStatus } from '../types.ts';
import { connectNats, unavailable } from './connection.ts';
import { decodeRecord } from './message.ts';
import { StreamChanged } from './publish.ts';
import { Publisher } from './publisher.ts';
import { createStream, deleteStreams, findStreams, type LogStream } from './streams.ts';

const RETRY_MS = 500;
/** How much of the log a rebuilt stream begins with; consumers that need more have ReadLog. */
const REBUILD_RECORDS = 10_000;

export interface NatsRelayOptions {
  readonly nats: NatsOptions;
  /** Whose streams these are: several clusters on one NATS account must not delete each other's. */
  readonly clusterId?: string;
  readonly source: LogSource;
  readonly lock: LeaderLock;
  readonly clock: Clock;
}

export class NatsRelay implements Relay {
  readonly #options: NatsRelayOptions;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(status: RelayStatus) => void>();
  #status: RelayStatus = {
    leading: false,
    logId: '',
    publishedRev: 0,
    stream: undefined,
    trouble: undefined,
  };
  #running: Promise<void> | undefined;

  constructor(options: NatsRelayOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#lead();
  }

  status(): RelayStatus {
    return this.#status;
  }

  onStatus(listener: (status: RelayStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #lead(): Promise<void> {
    const { lock, clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const leadership = await lock.acquire(signal);
        this.#report({ leading: true, trouble: undefined });
        try {
          await this.#relayWhile(AbortSignal.any([signal, leadership.lost]));
        } finally {
          this.#report({ leading: false });
          await leadership.release();
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#report({ trouble: ApiError.from(error).message });
        await pause(clock, signal);
      }
    }
  }

  async #relayWhile(signal: AbortSignal): Promise<void> {
    const { nats, clock } = this.#options;
    while (!signal.aborted) {
      let connection: NatsConnection | undefined;
      try {
        connection = await connectNats({ ...nats, name: nats.name ?? 'reckon-relay' });
        await this.#relayOver(connection, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#report({ stream: undefined, trouble: ApiError.from(error).message });
        await pause(clock, signal);
      } finally {
        await connection?.close();
      }
    }
  }

  /** Until the connection or leadership is lost. */
  async #relayOver(connection: NatsConnection, signal: AbortSignal): Promise<void> {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const closed = new AbortController();
    connection.closed().then((error) => closed.abort(unavailable('is away', error)));
    while (!signal.aborted && !connection.isClosed()) {
      const { logId } = await this.#options.source.head();
      const stream = await this.#checkedStream(manager, logId);
      this.#report({ logId, stream: stream.name, publishedRev: stream.lastRev, trouble: undefined });
      const deleted = new AbortController();
      const advisories = connection.subscribe(`$JS.EVENT.ADVISORY.STREAM.DELETED.${stream.name}`, {
        callback: () => deleted.abort(new StreamChanged('somebody deleted the stream')),
      });
      const publisher = new Publisher({
        connection,
        source: this.#options.source,
        stream,
        logId,
        onPublished: (rev) => this.#report({ publishedRev: rev }),
      });
      try {
        await publisher.run(AbortSignal.any([signal, closed.signal, deleted.signal]));
      } catch (error) {
        // Someone else was faster, or the stream is not what it was: look at it again.
        if (!(error instanceof StreamChanged)) throw error;
      } finally {
        advisories.unsubscribe();
      }
    }
    if (!signal.aborted) throw unavailable('is away');
  }

  /** The stream to go on with, made or made anew where needed. */
  async #checkedStream(manager: JetStreamManager, logId: string): Promise<LogStream> {
    const { source, clusterId = '' } = this.#options;
    const [stream] = await findStreams(manager, logId);
    // Read after the stream: so whatever that has should be in the log.
    const head = await source.head();
    if (head.logId !== logId) throw unavailable('must wait: the log was replaced');
    if (stream) {
      const verdict = await this.#judge(manager, stream, { logId, headRev: head.rev });
      if (verdict === 'ours') return stream;
      if (verdict === 'ahead') {
        const because = `the stream ${stream.name} holds events up to ${stream.lastRev} that the log does not have`;
        await source.replaceLogId({ expected: logId, because });
        throw unavailable('held events that the log does not have; the log has a new id now');
      }
    }
    await deleteStreams(manager, clusterId);
    return createStream(manager, { logId, base: await this.#base(head.rev), clusterId });
  }

  /** Where a new stream begins: not before what the log still has. */
  async #base(headRev: Revision): Promise<Revision> {
    const base = Math.max(0, headRev - REBUILD_RECORDS);
    if (base === headRev || (await this.#record(base + 1))) return base;
    return headRev;
  }

  /**
   * `ours`: its last message is what the log says. `ahead`: it knows a future of another history. `useless`: nobody can
   * tell, or it is so far behind that a new one is sooner up to date.
   */
  async #judge(
    manager: JetStreamManager,
    stream: LogStream,
    { logId, headRev }: { readonly logId: string; readonly headRev: Revision },
  ): Promise<'ours' | 'ahead' | 'useless'> {
    if (stream.lastRev > headRev) return 'ahead';
    if (headRev - stream.lastRev > REBUILD_RECORDS) return 'useless';
    if (stream.lastRev === stream.base) return 'ours';
    // An emptied stream has nothing left to compare.
    if (stream.firstRev > stream.lastRev) return 'useless';
    const message = await manager.streams.getMessage(stream.name, { seq: stream.lastRev - stream.base });
    const published =
      message &&
      decodeRecord({ headers: message.header, data: message.data }, keyOfSubject(message.subject), logId);
    if (!published || published.rev !== stream.lastRev) return 'useless';
    const recorded = await this.#record(stream.lastRev);
    if (!recorded) return 'useless';
    return sameEvent(recorded, published) ? 'ours' : 'ahead';
  }

  /** Undefined if it is no longer kept. */
  async #record(rev: Revision): Promise<LogRecord | undefined> {
    try {
      const page = { after: rev - 1, through: rev, limit: 1, withholdConfidential: true };
      return (await this.#options.source.readLog(page)).records[0];
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'Expired') return undefined;
      throw error;
    }
  }

  #report(change: Partial<RelayStatus>): void {
    const next = { ...this.#status, ...change };
    const same = (Object.keys(next) as (keyof RelayStatus)[]).every(
      (field) => next[field] === this.#status[field],
    );
    this.#status = next;
    if (!same) for (const listener of this.#listeners) listener(next);
  }
}

function sameEvent(a: LogRecord, b: LogRecord): boolean {
  return (
    a.rev === b.rev &&
    a.atMs === b.atMs &&
    a.op === b.op &&
    a.uid === b.uid &&
    a.prevRev === b.prevRev &&
    a.provenance.requestId === b.provenance.requestId &&
    keyString(a.key) === keyString(b.key)
  );
}

async function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  await clock.sleep(RETRY_MS, signal).catch(() => undefined);
}
