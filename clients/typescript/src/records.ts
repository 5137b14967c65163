import type { LogRecord as Stored } from '@reckon/api/log/record.ts';
import type { AnyObject, LogRecord } from './types.ts';

export function recordOf({ rev, atMs, key, uid, op, body, prevRev, provenance }: Stored): LogRecord {
  const { actor, requestId, cause, because, via } = provenance;
  const { resource, namespace, name } = key;
  const object: AnyObject | undefined = body && JSON.parse(Buffer.from(body).toString('utf8'));
  return {
    revision: rev,
    atMs,
    resource,
    namespace,
    name,
    uid,
    operation: op,
    object,
    previousRevision: prevRev,
    actor,
    requestId,
    cause,
    because,
    via,
  };
}

export function byRevision(records: readonly Stored[]): readonly LogRecord[] {
  return records.map(recordOf).sort((a, b) => a.revision - b.revision);
}
