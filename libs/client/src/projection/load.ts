import { ApiError, type LogRecord, type Revision } from '@reckon/api';
import { nameOf, objectKey } from '../keys.ts';
import type { ApiClient, ResourceType, Stored } from '../types.ts';
import { Entry } from './entry.ts';

export interface LoadedResource {
  readonly type: ResourceType;
  readonly entries: readonly Entry[];
}

interface ReadList extends LoadedResource {
  readonly logId: string;
  readonly revision: Revision;
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
  /** Of these no more is kept than `Entry.owning` keeps. */
  readonly ownersOnly?: readonly ResourceType[] | undefined;
  /** Clock.monotonicMs of the load. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** Unbounded in size, so not bounded by the usual deadline of one call. */
const LIST_TIMEOUT_MS = 60_000;

/**
 * Reads the present state of several resources at one revision. Each list is read at its own revision, and the log
 * between the oldest and the newest of these is applied: an Exact list at one revision would do as well, but superseded
 * heartbeats cannot be read at a past one. One list after the other, so that no more than one is held as it came: what
 * is kept of them in the end is a third of that.
 */
export async function load({ api, resources, ownersOnly = [], nowMs, signal }: LoadOptions): Promise<Loaded> {
  const lists: ReadList[] = [];
  for (const type of resources) {
    const { items, logId, revision } = await api.list(type, { signal, timeoutMs: LIST_TIMEOUT_MS });
    const entryOf = (value: Stored) => Entry.fromValue(objectKey(type, nameOf(value)), value, nowMs);
    const entries = ownersOnly.includes(type)
      ? items.map((value) => entryOf(value).owning(type))
      : items.map(entryOf);
    lists.push({ type, entries, logId, revision });
  }
  const [first] = lists;
  if (!first) throw new TypeError('a projection needs at least one resource');
  const { logId } = first;
  if (lists.some((list) => list.logId !== logId)) {
    throw new ApiError('ServiceUnavailable', 'the log was replaced while it was read');
  }
  const revisionOf = new Map(lists.map(({ type, revision }) => [type.groupResource, revision]));
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
    resources: lists,
  };
}
