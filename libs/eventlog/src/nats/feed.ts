import {
  type ConsumerMessages,
  DeliverPolicy,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { LogRecord, Revision } from '@reckon/api';
import { keyOfSubject } from '../subject.ts';
import type { FeedChunk, FeedStart, LogFeed, NatsOptions } from '../types.ts';
import { connectNats, unavailable } from './connection.ts';
import { decodeRecord } from './message.ts';
import { MARKER_SUBJECT } from './publish.ts';
import { findStreams, type LogStream } from './streams.ts';

/** Read ahead of whoever consumes. */
const PREFETCH_MESSAGES = 2_000;
/** A reader who is so far behind is cut off: nothing buffers without bound. */
const MAX_WAITING = 20_000;
/** The server says at least so often that it is still there. */
const IDLE_HEARTBEAT_MS = 2_000;

/** Reads the log's stream. Every call has a connection of its own, so that a slow reader slows nobody. */
export class NatsLogFeed implements LogFeed {
  readonly #nats: NatsOptions;

  constructor(nats: NatsOptions) {
    this.#nats = nats;
  }

  async *follow(from: FeedStart, signal: AbortSignal): AsyncIterable<FeedChunk> {
    if (signal.aborted) return;
    const connection = await connectNats({ ...this.#nats, name: this.#nats.name ?? 'reckon-feed' });
    try {
      yield* followOver(connection, from, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw unavailable('is away', error);
    } finally {
      await connection.close();
    }
  }
}

async function* followOver(
  connection: NatsConnection,
  from: FeedStart,
  signal: AbortSignal,
): AsyncIterable<FeedChunk> {
  const manager = await jetstreamManager(connection);
  const [stream] = await findStreams(manager, from.logId);
  if (!stream) throw unavailable('has no stream of this log');
  const firstSequence = Math.max(1, from.after - stream.base + 1, stream.firstRev - stream.base);
  const consumer = await jetstream(connection).consumers.get(stream.name, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: firstSequence,
  });
  const inbox = new Inbox();
  const messages = await consumer.consume({
    max_messages: PREFETCH_MESSAGES,
    idle_heartbeat: IDLE_HEARTBEAT_MS,
    callback: (message) => inbox.put(message),
  });
  watchFor(messages, connection, inbox);
  const onAbort = () => inbox.end();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    let through = stream.base + firstSequence - 1;
    for await (const batch of inbox.batches()) {
      if (signal.aborted) return;
      for (const chunk of chunksOf(batch, stream, from, through)) {
        through = chunk.through;
        yield chunk;
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    messages.stop();
  }
}

/** One chunk for each run of consecutive sequences: what is missing in between shows. */
function* chunksOf(
  batch: readonly JsMsg[],
  stream: LogStream,
  { logId, resources }: FeedStart,
  through: Revision,
): Iterable<FeedChunk> {
  let after = through;
  let last = through;
  let records: LogRecord[] = [];
  for (const message of batch) {
    const rev = stream.base + message.seq;
    if (rev <= last) continue;
    if (rev !== last + 1) {
      if (last > after) yield { after, records, through: last };
      after = rev - 1;
      records = [];
    }
    last = rev;
    const key = keyOfSubject(message.subject);
    if (resources && !resources.includes(key?.resource ?? '')) continue;
    const record = decodeRecord(message, key, logId);
    if (record && record.rev !== rev) throw unavailable(`has revision ${record.rev} where ${rev} belongs`);
    // Published by another version, perhaps: it must not seem as if nothing had happened.
    if (!record && message.subject !== MARKER_SUBJECT)
      throw unavailable(`has something in the place of revision ${rev} that cannot be read`);
    if (record) records.push(record);
  }
  if (last > after) yield { after, records, through: last };
}

/** Ends the feed for what does not mend itself: then the reader starts over, and fills in from the API server. */
function watchFor(messages: ConsumerMessages, connection: NatsConnection, inbox: Inbox): void {
  void (async () => {
    for await (const notification of messages.status()) {
      const { type } = notification;
      if (type === 'stream_not_found' || type === 'consumer_deleted' || type === 'no_responders') {
        inbox.fail(unavailable(`says ${type.replaceAll('_', ' ')}`));
      }
      if (type === 'heartbeats_missed') inbox.fail(unavailable('is silent'));
    }
  })().catch((error: unknown) => inbox.fail(error));
  void connection.closed().then((error) => inbox.fail(unavailable('closed the connection', error)));
}

/** Gathers messages while the reader is busy. */
class Inbox {
  #messages: JsMsg[] = [];
  #failure: unknown;
  #ended = false;
  #wake: (() => void) | undefined;

  put(message: JsMsg): void {
    if (this.#failure !== undefined) return;
    this.#messages.push(message);
    if (this.#messages.length > MAX_WAITING) {
      // What has come in order is still given; the reader takes up the rest where he is then.
      this.fail(unavailable('is faster than its reader'));
    }
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *batches(): AsyncIterable<readonly JsMsg[]> {
    while (!this.#ended) {
      if (this.#messages.length > 0) {
        const batch = this.#messages;
        this.#messages = [];
        yield batch;
      } else if (this.#failure !== undefined) throw this.#failure;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
