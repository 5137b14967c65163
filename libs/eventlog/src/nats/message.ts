/** A record of the log as a NATS message: the object as payload, everything else in headers. */

import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { LogRecord, Operation } from '@reckon/api';
import { keyOfSubject, subjectOf } from '../subject.ts';
import { MAX_BODY_BYTES, type SourceRecord } from '../types.ts';

const NO_BODY = new Uint8Array(0);

export interface LogMessage {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly payload: Uint8Array;
}

export function encodeRecord(record: SourceRecord, logId: string): LogMessage {
  const { provenance } = record;
  const fields = headers();
  fields.append('Reckon-Log', logId);
  fields.append('Reckon-Rev', String(record.rev));
  fields.append('Reckon-Prev-Rev', String(record.prevRev));
  fields.append('Reckon-Op', record.op);
  fields.append('Reckon-At', String(record.atMs));
  fields.append('Reckon-Uid', escapeHeader(record.uid));
  fields.append('Reckon-Actor', escapeHeader(provenance.actor));
  fields.append('Reckon-Request', escapeHeader(provenance.requestId));
  fields.append('Reckon-Schema', String(record.schemaVersion));
  if (provenance.cause !== undefined) fields.append('Reckon-Cause', String(provenance.cause));
  if (provenance.because !== undefined) fields.append('Reckon-Because', escapeHeader(provenance.because));
  const body = record.confidential || (record.body?.length ?? 0) > MAX_BODY_BYTES ? undefined : record.body;
  return { subject: subjectOf(record.key), headers: fields, payload: body ?? NO_BODY };
}

/** Undefined for a message that no relay of this log has made. */
export function decodeRecord(
  message: { readonly subject: string; readonly headers?: MsgHdrs | undefined; readonly data: Uint8Array },
  logId: string,
): LogRecord | undefined {
  const { subject, data } = message;
  const fields = fieldsOf(message.headers);
  const key = keyOfSubject(subject);
  const op = operation(fields['Reckon-Op']);
  const rev = Number(fields['Reckon-Rev']);
  if (!key || !op || !(rev > 0) || fields['Reckon-Log'] !== logId) return undefined;
  const cause = fields['Reckon-Cause'];
  const because = fields['Reckon-Because'];
  return {
    rev,
    atMs: Number(fields['Reckon-At']),
    key,
    uid: unescapeHeader(fields['Reckon-Uid'] ?? ''),
    op,
    body: data.length > 0 ? data : undefined,
    prevRev: Number(fields['Reckon-Prev-Rev']),
    provenance: {
      actor: unescapeHeader(fields['Reckon-Actor'] ?? ''),
      requestId: unescapeHeader(fields['Reckon-Request'] ?? ''),
      ...(cause ? { cause: Number(cause) } : {}),
      ...(because ? { because: unescapeHeader(because) } : {}),
    },
    schemaVersion: Number(fields['Reckon-Schema']),
  };
}

/** All at once: looking them up one by one walks over all of them each time. */
function fieldsOf(all: MsgHdrs | undefined): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  if (all) for (const [name, [value]] of all) fields[name] = value ?? '';
  return fields;
}

function operation(text: string | undefined): Operation | undefined {
  return text === 'create' || text === 'update' || text === 'delete' ? text : undefined;
}

/** Header values are one line of printable ASCII; the rest is percent-encoded UTF-8. */
function escapeHeader(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+|^ | $/gu, (part) =>
    [...Buffer.from(part)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

function unescapeHeader(text: string): string {
  return text.includes('%') ? decodeURIComponent(text) : text;
}
