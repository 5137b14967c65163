/**
 * L6: what NATS holds is a part of the log. Reads the stream of a log from its first message to its last and holds each
 * beside what the log has under that revision. A reader's rights are enough, and nothing is changed.
 */
import { hash } from 'node:crypto';
import { DeliverPolicy, type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { keyString, type LogRecord, type Operation, type Revision } from '@reckon/api';
import { keyOfSubject } from '../subject.ts';
import { MAX_BODY_BYTES, type NatsOptions } from '../types.ts';
import { connectNats, unavailable } from './connection.ts';
import { decodeRecord } from './message.ts';
import { MARKER_SUBJECT } from './publish.ts';
import { findStreams, type LogStream } from './streams.ts';

/** What the log has of a revision, with the digest of its bytes instead of the bytes. */
export interface AuditRecord {
  readonly rev: Revision;
  readonly prevRev: Revision;
  /** Microseconds since the epoch. */
  readonly atUs: number;
  readonly op: Operation;
  /** `keyString` of the object. */
  readonly path: string;
  readonly uid: string;
  readonly actor: string;
  readonly requestId: string;
  readonly cause: Revision | undefined;
  readonly because: string | undefined;
  readonly schemaVersion: number;
  /** MD5, hexadecimal, of the bytes that travel; undefined if none do. */
  readonly digest: string | undefined;
}

export interface AuditOptions {
  readonly nats: NatsOptions;
  readonly logId: string;
  /** What the log has of after < rev <= through; what it no longer keeps is left out. */
  readonly records: (
    after: Revision,
    through: Revision,
    limits: { readonly maxBodyBytes: number },
  ) => Promise<readonly AuditRecord[]>;
  /** Of the log; read when asked, for the stream may run ahead of what was read before. */
  readonly headRev: () => Promise<Revision>;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

export interface AuditBreak {
  readonly rev: Revision;
  readonly message: string;
}

export interface StreamAudit {
  readonly stream: string;
  /** The oldest and the newest revision in it; first = last + 1: it is empty. */
  readonly firstRev: Revision;
  readonly lastRev: Revision;
  /** The lowest revision first. */
  readonly breaks: readonly AuditBreak[];
}

const BATCH_MESSAGES = 2_000;
const MAX_BREAKS = 100;
/** A server that sends nothing for so long while messages are due does not answer. */
const SILENCE_LIMIT_MS = 10_000;

/** Undefined: NATS has no stream of this log (yet). ServiceUnavailable if NATS is away or the stream is replaced. */
export async function auditStream(options: AuditOptions): Promise<StreamAudit | undefined> {
  const connection = await connectNats({ ...options.nats, name: 'reckon-verify' });
  try {
    const [stream] = await findStreams(await jetstreamManager(connection), options.logId);
    return stream && (await audit(connection, stream, options));
  } finally {
    await connection.close();
  }
}

async function audit(
  connection: NatsConnection,
  stream: LogStream,
  options: AuditOptions,
): Promise<StreamAudit> {
  const { firstRev, lastRev } = stream;
  const breaks: AuditBreak[] = [];
  const headRev = await options.headRev();
  if (lastRev > headRev)
    breaks.push({
      rev: headRev + 1,
      message: `NATS has revisions up to ${lastRev}, and the log ends at ${headRev}`,
    });
  const end = Math.min(lastRev, headRev);
  let next = firstRev;
  for await (const batch of batches(connection, stream, end)) {
    const last = stream.base + (batch.at(-1)?.seq ?? 0);
    const limits = { maxBodyBytes: MAX_BODY_BYTES };
    const recorded = new Map((await options.records(next - 1, last, limits)).map((one) => [one.rev, one]));
    for (const message of batch) {
      const rev = stream.base + message.seq;
      if (rev > next) breaks.push({ rev: next, message: missing(next, rev - 1) });
      next = rev + 1;
      const trouble = troubleOf(message, rev, { record: recorded.get(rev), logId: options.logId });
      if (trouble !== undefined) breaks.push({ rev, message: trouble });
    }
    if (breaks.length > MAX_BREAKS) break;
    options.onProgress?.({ done: next - firstRev, total: end - firstRev + 1 });
  }
  return { stream: stream.name, firstRev, lastRev, breaks };
}

/** Its messages up to this revision, by batches. */
async function* batches(
  connection: NatsConnection,
  stream: LogStream,
  end: Revision,
): AsyncGenerator<readonly JsMsg[]> {
  if (stream.firstRev > end) return;
  const consumer = await jetstream(connection).consumers.get(stream.name, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: stream.firstRev - stream.base,
  });
  let at = stream.firstRev - 1;
  while (at < end) {
    const batch: JsMsg[] = [];
    const messages = await consumer.fetch({ max_messages: BATCH_MESSAGES, expires: SILENCE_LIMIT_MS });
    for await (const message of messages) {
      batch.push(message);
      at = stream.base + message.seq;
      if (batch.length === BATCH_MESSAGES || at >= end) break;
    }
    if (batch.length === 0) throw unavailable(`sent nothing of ${stream.name} after revision ${at}`);
    yield batch.filter(({ seq }) => stream.base + seq <= end);
  }
}

function troubleOf(
  message: JsMsg,
  rev: Revision,
  { record, logId }: { readonly record: AuditRecord | undefined; readonly logId: string },
): string | undefined {
  const published = decodeRecord(message, keyOfSubject(message.subject), logId);
  if (!published) {
    if (message.subject !== MARKER_SUBJECT)
      return `NATS holds a strange message in the place of revision ${rev}`;
    return record ? `NATS holds an empty marker for revision ${rev}, which the log has` : undefined;
  }
  if (published.rev !== rev) return `NATS holds revision ${published.rev} in the place of ${rev}`;
  // What retention or compaction has taken from the log since may still be under way.
  if (!record) return undefined;
  const field = differingField(published, record);
  if (field !== undefined) return `NATS has another ${field} for revision ${rev} than the log`;
  return bytesDiffer(published, record)
    ? `NATS has another object for revision ${rev} than the log`
    : undefined;
}

function differingField(published: LogRecord, record: AuditRecord): string | undefined {
  const { provenance } = published;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['object name', keyString(published.key), record.path],
    ['operation', published.op, record.op],
    ['uid', published.uid, record.uid],
    ['previous revision', published.prevRev, record.prevRev],
    ['time', Math.round(published.atMs * 1000), record.atUs],
    ['actor', provenance.actor, record.actor],
    ['request', provenance.requestId, record.requestId],
    ['cause', provenance.cause, record.cause],
    ['reason', provenance.because ?? '', record.because ?? ''],
    ['schema version', published.schemaVersion, record.schemaVersion],
  ];
  return pairs.find(([, one, other]) => one !== other)?.[0];
}

/** A heartbeat may have lost its bytes since it was published, or before. */
function bytesDiffer({ body, key }: LogRecord, { digest }: AuditRecord): boolean {
  if (digest === undefined) return body !== undefined && key.resource !== HEARTBEATS;
  if (body === undefined) return key.resource !== HEARTBEATS;
  return hash('md5', body, 'hex') !== digest;
}

/** Only Leases beat (design: "The log"). */
const HEARTBEATS = 'leases.coordination.k8s.io';

function missing(first: Revision, last: Revision): string {
  const what = first === last ? `revision ${first}` : `revisions ${first} to ${last}`;
  return `NATS lacks ${what}, though it has earlier and later ones`;
}
