/** Events of one object with what each of them changed. */
import type { LogRecord, Revision } from '@reckon/api';
import { SHREDDED_ANNOTATION } from '@reckon/store/secrecy/shredded.ts';
import { diffObjects, type FieldChange, isObject, type Json } from './diff.ts';
import { isSecret, maskChange } from './secrets.ts';

export interface ObjectRevision {
  readonly record: LogRecord;
  /** Undefined: the object, or the one before it, is not kept or not shown to the caller. */
  readonly changes: readonly FieldChange[] | undefined;
  /** Since when (RFC 3339) nobody can know any more what it was. */
  readonly shredded?: string | undefined;
}

export interface RevisionsOptions {
  /** The event before the first one, if there is one. */
  readonly before?: LogRecord | undefined;
  readonly showSecrets: boolean;
}

/** @param records of one name, oldest first. */
export function revisionsOf(
  records: readonly LogRecord[],
  { before, showSecrets }: RevisionsOptions,
): readonly ObjectRevision[] {
  const byRev = new Map<Revision, LogRecord>();
  for (const record of before ? [before, ...records] : records) byRev.set(record.rev, record);
  return records.map((record) => {
    const shredded = shreddedAt(record);
    if (shredded !== undefined) return { record, changes: undefined, shredded };
    const changes = changesOf(record, byRev.get(record.prevRev));
    const mask = isSecret(record.key) && !showSecrets;
    return { record, changes: mask ? changes?.map(maskChange) : changes };
  });
}

function changesOf(record: LogRecord, previous: LogRecord | undefined): readonly FieldChange[] | undefined {
  // That it is gone says it all.
  if (record.op === 'delete') return [];
  if (!record.body) return undefined;
  if (record.op === 'create') return diffObjects(undefined, jsonOf(record.body));
  if (!previous?.body) return undefined;
  return diffObjects(jsonOf(previous.body), jsonOf(record.body));
}

function shreddedAt({ key, body }: LogRecord): string | undefined {
  if (!body || !isSecret(key)) return undefined;
  const object = jsonOf(body);
  const metadata = isObject(object) ? object.metadata : undefined;
  const annotations = isObject(metadata) ? metadata.annotations : undefined;
  const at = isObject(annotations) ? annotations[SHREDDED_ANNOTATION] : undefined;
  return typeof at === 'string' ? at : undefined;
}

export function jsonOf(body: Uint8Array): Json {
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
}
