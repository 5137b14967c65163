/** Answers of the door as bytes. Field numbers are those of proto/reckon/v1/api.proto. */
import type { LogRecord } from '@reckon/api';
import type { Form } from '@reckon/proto/reckon/v1/api.ts';
import type { DeleteResult, ListResult, ObjectAt, TransactResult, WatchEvent } from '../verbs/types.ts';
import { type EncodedObject, encodeJson, encodeObject } from './object-form.ts';
import { fieldBytes, MessageWriter } from './wire.ts';

/** Clients refuse messages over 4 MiB; chunks of this size keep far from it, flow well, and keep nobody waiting. */
const CHUNK_BYTES = 256 * 1024;
/** More than any answer's numbers and flags take. */
const SCALARS_BYTES = 64;
const MAX_EVENT_OVERHEAD_BYTES = 32;

const EVENT_TYPES: Readonly<Record<WatchEvent['type'], number>> = {
  ADDED: 1,
  MODIFIED: 2,
  DELETED: 3,
  BOOKMARK: 4,
};

/** GetResponse. */
export function getResponse(object: ObjectAt, form: Form): Buffer {
  return withObject(encodeObject(object, form), SCALARS_BYTES).finish();
}

/** CreateResponse, UpdateResponse, and PatchResponse (which has a further field). */
export function writeResponse(
  object: ObjectAt,
  form: Form,
  more: { readonly warnings: readonly string[]; readonly created?: boolean },
): Buffer {
  const warningBytes = textsBytes(more.warnings);
  const writer = withObject(encodeObject(object, form), SCALARS_BYTES + warningBytes);
  for (const warning of more.warnings) writer.text(2, warning);
  if (more.created) writer.number(3, 1);
  return writer.finish();
}

/** CreateResponse to what is asked and never stored. */
export function reviewResponse(review: object, warnings: readonly string[]): Buffer {
  const json = encodeJson(Buffer.from(JSON.stringify(review)));
  const writer = withObject(json, SCALARS_BYTES + textsBytes(warnings));
  for (const warning of warnings) writer.text(2, warning);
  return writer.finish();
}

export function deleteResponse(result: DeleteResult, form: Form): Buffer {
  const writer = withObject(encodeObject(result.object, form), SCALARS_BYTES);
  return writer.number(2, result.deleted ? 1 : 0).finish();
}

export function countResponse(count: number): Buffer {
  return new MessageWriter(SCALARS_BYTES).number(1, count).finish();
}

export function transactResponse(result: TransactResult, form: Form, warnings: readonly string[]): Buffer {
  const objects = result.objects.map((object) => object && encodeObject(object, form));
  const objectBytes = objects.reduce((sum, object) => sum + fieldBytes(1, object?.lengthBytes ?? 0), 0);
  const writer = new MessageWriter(objectBytes + SCALARS_BYTES + textsBytes(warnings));
  for (const object of objects) {
    writer.head(1, object?.lengthBytes ?? 0);
    object?.write(writer);
  }
  writer.number(2, result.firstRevision).number(3, result.lastRevision);
  for (const warning of warnings) writer.text(4, warning);
  return writer.finish();
}

/** ListResponses: one chunk after the other, the last with what is to come after it. */
export function* listResponses(result: ListResult, form: Form): Generator<Buffer> {
  const { items } = result;
  const token = result.continue ?? '';
  const fixedBytes = SCALARS_BYTES + Buffer.byteLength(token) + Buffer.byteLength(result.logId);
  let at = 0;
  do {
    const chunk: EncodedObject[] = [];
    let sizeBytes = fixedBytes;
    for (let item = items[at]; item; item = items[++at]) {
      const object = encodeObject(item, form);
      const objectBytes = fieldBytes(1, object.lengthBytes);
      if (chunk.length > 0 && sizeBytes + objectBytes > CHUNK_BYTES) break;
      chunk.push(object);
      sizeBytes += objectBytes;
    }
    const writer = new MessageWriter(sizeBytes);
    for (const object of chunk) object.write(writer.head(1, object.lengthBytes));
    writer.number(2, result.rev);
    if (at >= items.length) writer.text(3, token).number(4, result.remainingItemCount ?? 0);
    yield writer.text(5, result.logId).finish();
  } while (at < items.length);
}

/** WatchResponses of one batch. */
export function* watchResponses(batch: readonly WatchEvent[], form: Form): Generator<Buffer> {
  let at = 0;
  while (at < batch.length) {
    const chunk: { readonly event: WatchEvent; readonly object: EncodedObject | undefined }[] = [];
    let sizeBytes = 0;
    for (let event = batch[at]; event; event = batch[++at]) {
      const object = event.object && encodeObject(event.object, form);
      const eventBytes = (object?.lengthBytes ?? 0) + MAX_EVENT_OVERHEAD_BYTES;
      if (chunk.length > 0 && sizeBytes + eventBytes > CHUNK_BYTES) break;
      chunk.push({ event, object });
      sizeBytes += eventBytes;
    }
    const writer = new MessageWriter(sizeBytes);
    for (const { event, object } of chunk) {
      const tail = new MessageWriter(MAX_EVENT_OVERHEAD_BYTES)
        .number(3, event.rev)
        .number(4, event.initialEventsEnd ? 1 : 0)
        .finish();
      const objectBytes = object ? fieldBytes(2, object.lengthBytes) : 0;
      writer.head(1, 2 + objectBytes + tail.length).number(1, EVENT_TYPES[event.type]);
      if (object) object.write(writer.head(2, object.lengthBytes));
      writer.raw(tail);
    }
    yield writer.finish();
  }
}

export interface LogChunk {
  readonly records: readonly LogRecord[];
  readonly logId: string;
  readonly through: number;
}

/** ReadLogResponses of one page of the log. */
export function* readLogResponses(page: LogChunk): Generator<Buffer> {
  const { records, logId, through } = page;
  let at = 0;
  do {
    const chunk: Buffer[] = [];
    let sizeBytes = SCALARS_BYTES + Buffer.byteLength(logId);
    for (let record = records[at]; record; record = records[++at]) {
      const encoded = logRecord(record);
      const recordBytes = fieldBytes(1, encoded.length);
      if (chunk.length > 0 && sizeBytes + recordBytes > CHUNK_BYTES) break;
      chunk.push(encoded);
      sizeBytes += recordBytes;
    }
    const writer = new MessageWriter(sizeBytes);
    for (const encoded of chunk) writer.bytes(1, encoded);
    const last = records[at - 1];
    writer.text(2, logId).number(3, at >= records.length || !last ? through : last.rev);
    yield writer.finish();
  } while (at < records.length);
}

/** HistoryResponses, or TraceResponses: those of a trace that was cut short say so. */
export function* historyResponses(records: readonly LogRecord[], truncated = false): Generator<Buffer> {
  let at = 0;
  while (at < records.length) {
    const chunk: Buffer[] = [];
    let sizeBytes = SCALARS_BYTES;
    for (let record = records[at]; record; record = records[++at]) {
      const encoded = logRecord(record);
      const recordBytes = fieldBytes(1, encoded.length);
      if (chunk.length > 0 && sizeBytes + recordBytes > CHUNK_BYTES) break;
      chunk.push(encoded);
      sizeBytes += recordBytes;
    }
    const writer = new MessageWriter(sizeBytes);
    for (const encoded of chunk) writer.bytes(1, encoded);
    yield writer.number(2, truncated ? 1 : 0).finish();
  }
}

function logRecord(record: LogRecord): Buffer {
  const { key, provenance, body } = record;
  const { actor, requestId, because = '', via = '' } = provenance;
  const texts = [at(record.atMs), key.resource, key.namespace, key.name, record.uid, record.op];
  const [time = '', resource = '', namespace = '', name = '', uid = '', operation = ''] = texts;
  const sizeBytes =
    SCALARS_BYTES * 2 + textsBytes([...texts, actor, requestId, because, via]) + (body?.length ?? 0);
  const writer = new MessageWriter(sizeBytes).number(1, record.rev).text(2, time).text(3, resource);
  writer.text(4, namespace).text(5, name).text(6, uid).text(7, operation);
  if (body) writer.bytes(8, body);
  writer.number(9, record.prevRev).text(10, actor).text(11, requestId);
  return writer
    .number(12, provenance.cause ?? 0)
    .text(13, because)
    .number(14, record.schemaVersion)
    .text(15, via)
    .finish();
}

/** RFC 3339 with microseconds. */
export function at(atMs: number): string {
  const wholeMs = Math.floor(atMs);
  const micros = Math.round((atMs - wholeMs) * 1_000);
  if (micros === 1_000) return at(wholeMs + 1);
  return `${new Date(wholeMs).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}

export function headResponse(head: {
  readonly logId: string;
  readonly rev: number;
  readonly atMs: number;
}): Buffer {
  const time = at(head.atMs);
  const writer = new MessageWriter(SCALARS_BYTES + textsBytes([head.logId, time]));
  return writer.text(1, head.logId).number(2, head.rev).text(3, time).finish();
}

function withObject(object: EncodedObject, moreBytes: number): MessageWriter {
  const writer = new MessageWriter(fieldBytes(1, object.lengthBytes) + moreBytes);
  object.write(writer.head(1, object.lengthBytes));
  return writer;
}

function textsBytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + fieldBytes(1, Buffer.byteLength(text)), 0);
}
