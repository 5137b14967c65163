/** What a part of the cluster wrote, as the log tells it. */
import { ApiError, jsonEqual, type LogRecord, type Revision } from '@reckon/api';
import type { GrpcApi, LogChunk } from '@reckon/client';

export const CONTROLLERS = 'system:kube-controller-manager';
export const SCHEDULER = 'system:kube-scheduler';

/** Leases are how leaders stay leaders, and beat whether anything is to be done or not. */
const LEASES = 'leases.coordination.k8s.io';

export interface LogWrites {
  readonly count: number;
  /** Updates after which the object was what an earlier one of these revisions had made it. */
  readonly idle: readonly string[];
}

/** The writes of these users after a revision, without Leases. */
export async function logWrites(
  api: GrpcApi,
  after: Revision,
  actors: readonly string[],
): Promise<LogWrites> {
  /** By object: its last body. Bodies are compared as text first, which nearly always differs in length. */
  const bodies = new Map<string, Uint8Array>();
  const idle: string[] = [];
  let count = 0;
  for await (const { records } of wholeLog(api, after))
    for (const record of records) {
      const { key, uid, body, op, provenance } = record;
      if (key.resource === LEASES || !body) continue;
      if (actors.includes(provenance.actor)) {
        count++;
        const before = bodies.get(uid);
        if (op === 'update' && before && saysTheSame(before, body)) idle.push(lineOf(record));
      }
      if (op === 'delete') bodies.delete(uid);
      else bodies.set(uid, body);
    }
  return { count, idle };
}

/** Goes on where it was when a read took the database too long: the machine may be busy with something else. */
export async function* wholeLog(api: GrpcApi, after: Revision): AsyncGenerator<LogChunk> {
  let reached = after;
  for (;;) {
    try {
      for await (const chunk of api.readLog({ after: reached })) {
        yield chunk;
        reached = chunk.records.at(-1)?.rev ?? reached;
      }
      return;
    } catch (error) {
      if (ApiError.from(error).reason !== 'ServiceUnavailable') throw error;
    }
  }
}

/** But for the record of who manages which field, which has the time of the write in it. */
function saysTheSame(before: Uint8Array, after: Uint8Array): boolean {
  if (Math.abs(before.length - after.length) > 256) return false;
  return jsonEqual(withoutManagers(before), withoutManagers(after));
}

function withoutManagers(body: Uint8Array): unknown {
  const object: unknown = JSON.parse(new TextDecoder().decode(body), (key, value) =>
    key === 'managedFields' ? undefined : value,
  );
  return object;
}

function lineOf({ rev, key, provenance }: LogRecord): string {
  return `${rev} ${key.resource} ${key.namespace}/${key.name}: ${provenance.because}`;
}
