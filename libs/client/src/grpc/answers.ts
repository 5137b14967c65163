/** What is answered, as frozen values. */
import { ApiError } from '@reckon/api/errors/api-error.ts';
import { deepFreeze } from '@reckon/api/json/freeze.ts';
import type { Head, LogRecord, Operation } from '@reckon/api/log/record.ts';
import {
  type LogRecord as LogRecordMessage,
  type ReadLogResponse,
  type WatchEvent as WatchEventMessage,
  WatchEventType,
  type WatchHeadResponse,
} from '@reckon/proto/reckon/v1/api.ts';
import type { Object as ObjectMessage } from '@reckon/proto/reckon/v1/object.ts';
import { revisionOf } from '../keys.ts';
import type { KubeObject, LogChunk, Stored, WatchEvent, Written } from '../types.ts';

/** JSON was asked for, and is all that is understood here. */
export function objectOf<T extends KubeObject>(message: ObjectMessage | undefined): Stored<T> {
  const bytes = message?.json;
  if (!bytes) throw new ApiError('InternalError', 'the API server answered without an object');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const value: Stored<T> = JSON.parse(text);
  return deepFreeze(value);
}

export function writtenOf<T extends KubeObject>(
  answer: { readonly object?: ObjectMessage | undefined; readonly warnings?: string[] | undefined },
  dryRun: boolean | undefined,
): Written<T> {
  const object = objectOf<T>(answer.object);
  // A Status (some subresources answer with one) has no revision.
  const revision = dryRun || !object.metadata ? 0 : revisionOf(object);
  return { object, revision, warnings: answer.warnings ?? [] };
}

export function watchEventOf<T extends KubeObject>(event: WatchEventMessage): WatchEvent<T> {
  const revision = event.revision ?? 0;
  switch (event.type) {
    case WatchEventType.WATCH_EVENT_TYPE_ADDED:
      return { type: 'ADDED', object: objectOf<T>(event.object), revision };
    case WatchEventType.WATCH_EVENT_TYPE_MODIFIED:
      return { type: 'MODIFIED', object: objectOf<T>(event.object), revision };
    case WatchEventType.WATCH_EVENT_TYPE_DELETED:
      return { type: 'DELETED', object: objectOf<T>(event.object), revision };
    case WatchEventType.WATCH_EVENT_TYPE_BOOKMARK:
      return { type: 'BOOKMARK', revision, initialEventsEnd: event.initialEventsEnd ?? false };
    default:
      throw new ApiError('InternalError', `the API server sent a watch event of unknown type ${event.type}`);
  }
}

export function logChunkOf(answer: ReadLogResponse): LogChunk {
  const { records = [], logId = '', through = 0 } = answer;
  return { records: records.map(logRecordOf), logId, through };
}

export function headOf({ logId = '', revision = 0, at = '' }: WatchHeadResponse): Head {
  return { logId, rev: revision, atMs: parseMicroTime(at) };
}

export function logRecordOf(message: LogRecordMessage): LogRecord {
  return {
    rev: message.revision ?? 0,
    atMs: parseMicroTime(message.at ?? ''),
    key: {
      resource: message.resource ?? '',
      namespace: message.namespace ?? '',
      name: message.name ?? '',
    },
    uid: message.uid ?? '',
    op: operationOf(message.operation),
    body: message.object,
    prevRev: message.previousRevision ?? 0,
    provenance: {
      actor: message.actor ?? '',
      requestId: message.requestId ?? '',
      cause: message.cause || undefined,
      because: message.because || undefined,
      via: message.via || undefined,
    },
    schemaVersion: message.schemaVersion ?? 0,
  };
}

function operationOf(text: string | undefined): Operation {
  if (text === 'create' || text === 'update' || text === 'delete') return text;
  throw new ApiError('InternalError', `the log has an operation of unknown type ${text}`);
}

/** RFC 3339 with microseconds as milliseconds with a fraction; JavaScript's own parser stops at milliseconds. */
function parseMicroTime(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return 0;
  const micros = /\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? '';
  return ms + Number(micros.padEnd(3, '0')) / 1_000;
}
