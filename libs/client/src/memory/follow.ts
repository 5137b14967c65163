/** What streams, over the log in memory: each is a loop that says what is new and then waits for the next commit. */
import {
  type Head,
  parseFieldSelector,
  parseLabelSelector,
  type Revision,
  resourceVersionTooLarge,
} from '@reckon/api';
import type { Clock } from '@reckon/service';
import type {
  KubeObject,
  LogChunk,
  ReadLogOptions,
  ResourceType,
  Selection,
  Stored,
  WatchEvent,
  WatchOptions,
} from '../types.ts';
import { Wake } from '../wake.ts';
import type { MemoryLog } from './memory-log.ts';

const HEAD_PERIOD_MS = 1_000;
const BOOKMARK_PERIOD_MS = 60_000;
const CHUNK_RECORDS = 1_000;

export type Matcher = (object: Stored) => boolean;

export function matcher(resource: ResourceType, selection: Selection): Matcher {
  const labels = parseLabelSelector(selection.labelSelector ?? '');
  const fields = parseFieldSelector(selection.fieldSelector ?? '', resource.groupResource);
  return (object) =>
    (!selection.namespace || object.metadata.namespace === selection.namespace) &&
    labels.matches(object.metadata.labels) &&
    fields.matches(object);
}

export async function* followHead(log: MemoryLog, clock: Clock, signal: AbortSignal): AsyncGenerator<Head> {
  const wake = new Wake();
  const ends = [log.onCommit(() => wake.raise()), clock.every(HEAD_PERIOD_MS, () => wake.raise())];
  const onAbort = () => wake.raise();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    while (!signal.aborted) {
      yield { ...log.head, atMs: clock.nowMs() };
      await wake.wait();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    for (const end of ends) end();
  }
}

export function* readLog(log: MemoryLog, options: ReadLogOptions): Generator<LogChunk> {
  const { resources, namespace, name } = options;
  const end = Math.min(options.through ?? log.head.rev, log.head.rev);
  for (let after = options.after; after < end; after += CHUNK_RECORDS) {
    const through = Math.min(after + CHUNK_RECORDS, end);
    const records = log
      .read(after, through)
      .filter(
        ({ key }) =>
          (!resources || resources.includes(key.resource)) &&
          (!namespace || key.namespace === namespace) &&
          (!name || key.name === name),
      );
    yield { records, logId: log.logId, through };
  }
}

export async function* watch<T extends KubeObject>(
  { log, clock }: { readonly log: MemoryLog; readonly clock: Clock },
  resource: ResourceType<T>,
  options: WatchOptions & { readonly signal: AbortSignal },
): AsyncGenerator<readonly WatchEvent<T>[]> {
  const { signal } = options;
  const matches = matcher(resource, options);
  const wake = new Wake();
  const ends = [log.onCommit(() => wake.raise())];
  let bookmarkDue = false;
  const remind = () => {
    bookmarkDue = true;
    wake.raise();
  };
  if (options.allowBookmarks) ends.push(clock.every(BOOKMARK_PERIOD_MS, remind));
  const onAbort = () => wake.raise();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    let reached = options.after;
    if (reached === undefined) {
      reached = log.head.rev;
      yield presentObjects<T>(log, resource, matches, reached);
    }
    if (reached > log.head.rev) throw resourceVersionTooLarge(reached, log.head.rev);
    while (!signal.aborted) {
      const head = log.head.rev;
      const events = eventsBetween<T>(log, { resource, matches, after: reached, through: head });
      reached = head;
      if (events.length > 0) yield events;
      else if (bookmarkDue) yield [{ type: 'BOOKMARK', revision: head, initialEventsEnd: false }];
      bookmarkDue = false;
      if (!signal.aborted && log.head.rev === reached) await wake.wait();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    for (const end of ends) end();
  }
}

function presentObjects<T extends KubeObject>(
  log: MemoryLog,
  resource: ResourceType<T>,
  matches: Matcher,
  rev: Revision,
): readonly WatchEvent<T>[] {
  const added = log
    .list(resource.groupResource)
    .filter(matches)
    .map((object): WatchEvent<T> => {
      const revision = Number(object.metadata.resourceVersion);
      return { type: 'ADDED', object: object as Stored<T>, revision };
    });
  return [...added, { type: 'BOOKMARK', revision: rev, initialEventsEnd: true }];
}

/** A change is ADDED, MODIFIED or DELETED according to whether the object matches now and matched before. */
function eventsBetween<T extends KubeObject>(
  log: MemoryLog,
  range: {
    readonly resource: ResourceType;
    readonly matches: Matcher;
    readonly after: Revision;
    readonly through: Revision;
  },
): readonly WatchEvent<T>[] {
  const events: WatchEvent<T>[] = [];
  for (const record of log.read(range.after, range.through)) {
    if (record.key.resource !== range.resource.groupResource) continue;
    const object = log.objectAt(record.rev) as Stored<T> | undefined;
    if (!object) continue;
    const previous = record.prevRev ? log.objectAt(record.prevRev) : undefined;
    const matchedBefore = previous !== undefined && range.matches(previous);
    const matchesNow = record.op !== 'delete' && range.matches(object);
    if (!matchedBefore && !matchesNow) continue;
    const type = !matchesNow ? 'DELETED' : matchedBefore ? 'MODIFIED' : 'ADDED';
    events.push({ type, object, revision: record.rev });
  }
  return events;
}
