/** Events of one object with what each of them changed. */
import type { LogRecord, Revision } from '@reckon/api';
import { diffObjects, type FieldChange, type Json } from './diff.ts';
import { isSecret, maskChange } from './secrets.ts';

export interface ObjectRevision {
  readonly record: LogRecord;
  /** Undefined: the object, or the one before it, is not kept or not shown to the caller. */
  readonly changes: readonly FieldChange[] | undefined;
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

export function jsonOf(body: Uint8Array): Json {
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
}
