import type { ObjectKey } from '@reckon/api';
import { sql } from 'kysely';
import type { Secrecy } from '../../secrecy/secrecy.ts';
import type { StoredObject, StoredRecord } from '../../types.ts';
import { OPERATIONS } from '../schema/tables.ts';

/** A page ends at about so many bytes of bodies, whatever the number of rows. */
export const PAGE_BYTES = 4 * 1024 * 1024;

export const OBJECT_COLUMNS = [
  'resource',
  'namespace',
  'name',
  'uid',
  'rev',
  'confidential',
  'body',
] as const;

export interface ObjectRow {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly rev: number;
  readonly confidential: boolean;
  readonly body: Buffer;
}

export const RECORD_COLUMNS = [
  'rev',
  'prev_rev',
  'cause',
  'schema_version',
  'op',
  'confidential',
  'resource',
  'namespace',
  'name',
  'uid',
  'actor',
  'request_id',
  'because',
  'via',
  'body',
] as const;

/** A Date would lose the microseconds. */
export const AT_US = sql<number>`(extract(epoch from at) * 1000000)::float8`.as('at_us');

export interface RecordRow extends Omit<ObjectRow, 'body'> {
  readonly prev_rev: number;
  readonly at_us: number;
  readonly cause: number | null;
  readonly schema_version: number;
  readonly op: number;
  readonly actor: string;
  readonly request_id: string;
  readonly because: string | null;
  readonly via: string | null;
  readonly body: Buffer | null;
  readonly previous_body?: Buffer | null;
}

export function keyOf(row: ObjectKey): ObjectKey {
  return { resource: row.resource, namespace: row.namespace, name: row.name };
}

export async function objectsOf(rows: readonly ObjectRow[], secrecy: Secrecy): Promise<StoredObject[]> {
  const confidential = rows.filter((row) => row.confidential);
  const clear =
    confidential.length > 0 ? await openAll(confidential, secrecy) : new Map<ObjectRow, Uint8Array>();
  return rows.map((row) => ({
    key: keyOf(row),
    uid: row.uid,
    rev: row.rev,
    body: clear.get(row) ?? row.body,
  }));
}

async function openAll(rows: readonly ObjectRow[], secrecy: Secrecy): Promise<Map<ObjectRow, Uint8Array>> {
  const bodies = await secrecy.open(rows.map((row) => ({ key: keyOf(row), uid: row.uid, body: row.body })));
  return new Map(rows.map((row, i) => [row, bodies[i] ?? row.body]));
}

/** `withhold`: confidential bodies are left out instead of being decrypted. */
export async function recordsOf(
  rows: readonly RecordRow[],
  { secrecy, withhold = false }: { readonly secrecy: Secrecy; readonly withhold?: boolean },
): Promise<StoredRecord[]> {
  const clear = withhold ? new Map<Buffer, Uint8Array>() : await openRecords(rows, secrecy);
  const bodyOf = (row: RecordRow, body: Buffer | null | undefined) => {
    if (!body || !row.confidential) return body ?? undefined;
    return clear.get(body);
  };
  return rows.map((row) => ({
    rev: row.rev,
    atMs: row.at_us / 1000,
    key: keyOf(row),
    uid: row.uid,
    op: operationOf(row.op),
    body: bodyOf(row, row.body),
    prevRev: row.prev_rev,
    provenance: {
      actor: row.actor,
      requestId: row.request_id,
      cause: row.cause ?? undefined,
      because: row.because ?? undefined,
      via: row.via ?? undefined,
    },
    schemaVersion: row.schema_version,
    confidential: row.confidential,
    ...('previous_body' in row ? { previousBody: bodyOf(row, row.previous_body) } : {}),
  }));
}

async function openRecords(rows: readonly RecordRow[], secrecy: Secrecy): Promise<Map<Buffer, Uint8Array>> {
  const sealed = rows
    .filter((row) => row.confidential)
    .flatMap((row) =>
      [row.body, row.previous_body].flatMap((body) =>
        body ? [{ key: keyOf(row), uid: row.uid, body }] : [],
      ),
    );
  if (sealed.length === 0) return new Map();
  const opened = await secrecy.open(sealed);
  return new Map(sealed.map(({ body }, i) => [body, opened[i] ?? body]));
}

function operationOf(code: number): StoredRecord['op'] {
  const op = OPERATIONS[code];
  if (!op) throw new Error(`the log has an operation ${code}, which nobody knows`);
  return op;
}
