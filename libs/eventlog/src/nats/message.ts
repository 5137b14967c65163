/**
 * A record of the log as a NATS message: the object as payload, everything else in one header, as JSON. (One, because a
 * client takes as long for each header that it reads as for all the rest of a heartbeat.)
 */

import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { isObject, type LogRecord, type ObjectKey, type Operation } from '@reckon/api';
import { subjectOf } from '../subject.ts';
import { MAX_BODY_BYTES, type SourceRecord } from '../types.ts';

const HEADER = 'Reckon-Record';
const NO_BODY = new Uint8Array(0);

export interface LogMessage {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly payload: Uint8Array;
}

export function encodeRecord(record: SourceRecord, logId: string): LogMessage {
  const { rev, prevRev, op, atMs, uid, schemaVersion, provenance } = record;
  const { actor, requestId, cause, because } = provenance;
  const told = { logId, rev, prevRev, op, atMs, uid, actor, requestId, schemaVersion, cause, because };
  const fields = headers();
  fields.append(HEADER, asciiJson(told));
  const body = record.confidential || (record.body?.length ?? 0) > MAX_BODY_BYTES ? undefined : record.body;
  return { subject: subjectOf(record.key), headers: fields, payload: body ?? NO_BODY };
}

/** Undefined for a message that no relay of this log has made. `key` is that of its subject. */
export function decodeRecord(
  message: { readonly headers?: MsgHdrs | undefined; readonly data: Uint8Array },
  key: ObjectKey | undefined,
  logId: string,
): LogRecord | undefined {
  const { data } = message;
  const told = parsed(message.headers?.get(HEADER));
  const op = operation(told.op);
  const rev = Number(told.rev);
  if (!key || !op || !(rev > 0) || told.logId !== logId) return undefined;
  const { cause, because } = told;
  return {
    rev,
    atMs: Number(told.atMs),
    key,
    uid: text(told.uid),
    op,
    body: data.length > 0 ? data : undefined,
    prevRev: Number(told.prevRev),
    provenance: {
      actor: text(told.actor),
      requestId: text(told.requestId),
      ...(typeof cause === 'number' ? { cause } : {}),
      ...(typeof because === 'string' ? { because } : {}),
    },
    schemaVersion: Number(told.schemaVersion),
  };
}

/** Header values are one line of printable ASCII. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function parsed(json: string | undefined): Readonly<Record<string, unknown>> {
  if (!json) return {};
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function operation(name: unknown): Operation | undefined {
  return name === 'create' || name === 'update' || name === 'delete' ? name : undefined;
}
