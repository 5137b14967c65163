import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import type { Revision } from '@reckon/api';
import type { SourceRecord } from '../types.ts';
import { unavailable } from './connection.ts';
import { encodeRecord } from './message.ts';
import type { LogStream } from './streams.ts';

const ACK_LIMIT_MS = 5_000;
/** JetStream's codes: expected stream does not match, wrong last sequence, stream not found. */
const NOT_AS_BELIEVED: readonly number[] = [10060, 10071, 10059];
const NOTHING = new Uint8Array(0);
/** Holds the place of a revision that is no longer kept. */
export const MARKER_SUBJECT = 'log.core._.=5F.=5F';

/** The stream is not as we believe, or nobody can tell: it must be looked at again. */
export class StreamChanged extends Error {}

/** What follows each other in the log; undefined for a revision that is no longer kept. */
export interface Batch {
  readonly firstRev: Revision;
  readonly records: readonly (SourceRecord | undefined)[];
}

/**
 * Each message names the sequence that it must follow, so only the last one needs an answer: it is in its place only if
 * all the others are. (The expected last message id will not do: the server forgets it after the duplicate window.) The
 * stream is named too, for by now the subjects may belong to another one.
 */
export async function publishBatch(
  connection: NatsConnection,
  { stream, logId }: { readonly stream: LogStream; readonly logId: string },
  { firstRev, records }: Batch,
): Promise<void> {
  const messages = records.map((record) => (record ? encodeRecord(record, logId) : marker()));
  messages.forEach((message, i) => {
    message.headers.append('Nats-Expected-Stream', stream.name);
    message.headers.append('Nats-Expected-Last-Sequence', String(firstRev + i - 1 - stream.base));
  });
  const last = messages.pop();
  if (!last) return;
  for (const message of messages) {
    connection.publish(message.subject, message.payload, { headers: message.headers });
  }
  const answer = await connection
    .request(last.subject, last.payload, { headers: last.headers, timeout: ACK_LIMIT_MS })
    .catch((cause: unknown) => {
      throw new StreamChanged('a publication was not acknowledged', { cause });
    });
  checkAck(answer.json<Ack>(), { stream: stream.name, seq: firstRev + messages.length - stream.base });
}

interface Ack {
  readonly stream?: string;
  readonly seq?: number;
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string };
}

function checkAck(ack: Ack, expected: { readonly stream: string; readonly seq: number }): void {
  const { error } = ack;
  if (error) {
    const why = error.description ?? String(error.code);
    if (NOT_AS_BELIEVED.includes(error.err_code ?? 0)) throw new StreamChanged(why);
    throw unavailable(`does not take the log: ${why}`);
  }
  if (ack.stream !== expected.stream || ack.seq !== expected.seq) {
    throw new StreamChanged(`a message was put at ${ack.seq} of ${ack.stream}`);
  }
}

function marker(): { readonly subject: string; readonly headers: MsgHdrs; readonly payload: Uint8Array } {
  return { subject: MARKER_SUBJECT, headers: headers(), payload: NOTHING };
}
