/** Which events explain an object, or what a change of it set off: what `reckon why` is made of. */
import type { LogRecord, ObjectKey, Revision } from '@reckon/api/log/record.ts';
import type { CallOptions, Trace } from '../types.ts';
import type { GrpcApi } from './grpc-api.ts';

/** The newest revisions of the object whose causes are followed, beside its creation. */
const OWN_REVISIONS = 20;

export type Historian = Pick<GrpcApi, 'history' | 'trace'>;

/** Of the last object of that name: its creation and its newest revisions, oldest first. None: there never was one. */
export async function ownRecords(
  api: Historian,
  key: ObjectKey,
  options: CallOptions = {},
): Promise<readonly LogRecord[]> {
  const newest: LogRecord[] = [];
  for await (const record of api.history(key, { ...options, limit: OWN_REVISIONS })) newest.push(record);
  const last = newest[0];
  const own = newest.filter(({ uid }) => uid === last?.uid).reverse();
  if (!last || own[0]?.op === 'create') return own;
  for await (const record of api.history(key, { ...options, before: own[0]?.rev }))
    if (record.op === 'create' && record.uid === last.uid) return [record, ...own];
  return own;
}

/** All that led to these revisions, as one: the newest chain first, since those before it are mostly parts of it. */
export async function causesOf(
  api: Historian,
  revisions: readonly Revision[],
  options: CallOptions = {},
): Promise<Trace> {
  const known = new Map<Revision, LogRecord>();
  let cut = false;
  for (const revision of [...revisions].reverse()) {
    if (known.has(revision)) continue;
    const { records, truncated } = await api.trace(revision, options);
    for (const record of records) known.set(record.rev, record);
    cut ||= truncated;
  }
  return { records: [...known.values()], truncated: cut };
}

/** The last change of an object that was a request of its own: where its effects begin. 0: there is none. */
export function lastRequest(own: readonly LogRecord[]): Revision {
  const requests = own.filter(({ provenance }) => provenance.cause === undefined);
  return (requests.at(-1) ?? own[0])?.rev ?? 0;
}
