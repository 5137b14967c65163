import { ApiError, type LogRecord, type Revision } from '@reckon/api';
import { nameOf, objectKey } from '../keys.ts';
import type { ApiClient, ResourceType } from '../types.ts';
import { Entry } from './entry.ts';

export interface LoadedResource {
  readonly type: ResourceType;
  readonly entries: readonly Entry[];
}

export interface Loaded {
  readonly logId: string;
  /** Of the lists, once the records below are applied. */
  readonly revision: Revision;
  readonly resources: readonly LoadedResource[];
  /** What happened while the lists were read, to bring all of them to the one revision. */
  readonly records: readonly LogRecord[];
}

export interface LoadOptions {
  readonly api: Pick<ApiClient, 'list' | 'readLog'>;
  readonly resources: readonly ResourceType[];
  /** Clock.monotonicMs of the load. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** Unbounded in size, so not bounded by the usual deadline of one call. */
const LIST_TIMEOUT_MS = 60_000;

/**
 * Reads the present state of several resources at one revision. The lists are read side by side, each at its own
 * revision, and the log between the oldest and the newest of these is applied: an Exact list at one revision would do
 * as well, but superseded heartbeats cannot be read at a past one.
 */
export async function load({ api, resources, nowMs, signal }: LoadOptions): Promise<Loaded> {
  const lists = await Promise.all(
    resources.map(async (type) => ({
      type,
      list: await api.list(type, { signal, timeoutMs: LIST_TIMEOUT_MS }),
    })),
  );
  const [first] = lists;
  if (!first) throw new TypeError('a projection needs at least one resource');
  const { logId } = first.list;
  if (lists.some(({ list }) => list.logId !== logId)) {
    throw new ApiError('ServiceUnavailable', 'the log was replaced while it was read');
  }
  const revisionOf = new Map(lists.map(({ type, list }) => [type.groupResource, list.revision]));
  const revisions = [...revisionOf.values()];
  const oldest = Math.min(...revisions);
  const revision = Math.max(...revisions);
  const records: LogRecord[] = [];
  if (oldest < revision) {
    const names = [...revisionOf.keys()];
    let reached = oldest;
    for await (const chunk of api.readLog({
      after: oldest,
      through: revision,
      resources: names,
      logId,
      signal,
    })) {
      for (const record of chunk.records) {
        if (record.rev > (revisionOf.get(record.key.resource) ?? revision)) records.push(record);
      }
      reached = chunk.through;
    }
    if (reached < revision) {
      throw new ApiError('ServiceUnavailable', `the log ended at ${reached} before ${revision}`);
    }
  }
  return {
    logId,
    revision,
    records,
    resources: lists.map(({ type, list }) => ({
      type,
      entries: list.items.map((value) => Entry.fromValue(objectKey(type, nameOf(value)), value, nowMs)),
    })),
  };
}
