import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Head, LogRecord, Revision } from '@reckon/api';
import { VirtualClock } from '@reckon/service';
import fc from 'fast-check';
import type { KubeObject, WatchEvent } from '../verbs/types.ts';
import { EVERYTHING_TERM, namespaceTerm, objectTerm } from './dispatcher.ts';
import { NO_LABELS, type Selectable } from './entry.ts';
import { pathOf } from './resource-cache.ts';
import type { Selection } from './selection.ts';
import { TestLog } from './test-log.ts';
import { WatchCache, type WatchCacheOptions } from './watch-cache.ts';

const RESOURCES = ['things', 'others'] as const;
const NAMESPACES = ['a', 'b'] as const;
const NAMES = ['x', 'y', 'z'] as const;
const COLORS = ['red', 'green'] as const;

function selectableOf(_resource: string, value: KubeObject): Selectable {
  return { labels: value.metadata.labels ?? NO_LABELS, fields: [], nodeName: undefined };
}

function cacheOf(source: TestLog, options: Partial<WatchCacheOptions> = {}): WatchCache {
  return new WatchCache({
    source,
    clock: new VirtualClock(),
    selectableOf,
    freeze: true,
    ring: { maxChanges: 5, maxBytes: 1_000_000 },
    watchBufferLimit: 4,
    parsedValues: 4,
    bookmarkPeriodMs: 60_000,
    catchUpTimeoutMs: 3_000,
    onTrouble: (error) => assert.fail(error),
    ...options,
  });
}

interface Query {
  readonly namespace: string;
  readonly name?: string;
  readonly color?: string;
}

function selectionOf({ namespace, name, color }: Query): Selection {
  const path = name === undefined ? undefined : pathOf({ namespace, name });
  return {
    namespace,
    name,
    path,
    everything: color === undefined,
    matches: (selectable) => color === undefined || selectable.labels.color === color,
    equalities: color === undefined ? [] : [{ key: 'color', values: [color] }],
    term:
      path !== undefined ? objectTerm(path) : namespace === '' ? EVERYTHING_TERM : namespaceTerm(namespace),
  };
}

type Stored = { readonly key: LogRecord['key']; readonly body: Uint8Array | undefined } | undefined;

function selects(stored: Stored, resource: string, query: Query): boolean {
  if (!stored?.body || stored.key.resource !== resource) return false;
  if (query.namespace !== '' && stored.key.namespace !== query.namespace) return false;
  if (query.name !== undefined && stored.key.name !== query.name) return false;
  const value = JSON.parse(Buffer.from(stored.body).toString()) as KubeObject;
  return query.color === undefined || value.metadata.labels?.color === query.color;
}

/** What L4 promises: the log after `after` through the eyes of the query, computed from nothing but the log. */
function promised(log: TestLog, resource: string, query: Query, after: Revision): string[] {
  const seen: string[] = [];
  for (const record of log.records.slice(after)) {
    const before = selects(log.at(record.key, record.rev - 1), resource, query);
    const now = record.op !== 'delete' && selects(record, resource, query);
    const type = now ? (before ? 'MODIFIED' : 'ADDED') : before ? 'DELETED' : undefined;
    if (type) seen.push(`${type} ${pathOf(record.key)} ${record.rev}`);
  }
  return seen;
}

/** The fold of the log: what is there now, in order. */
function folded(log: TestLog, resource: string, query: Query): string[] {
  return log.records
    .filter((record) => record.op !== 'delete' && log.at(record.key, log.rev)?.rev === record.rev)
    .filter((record) => selects(record, resource, query))
    .map((record) => `${pathOf(record.key)} ${record.rev}`)
    .sort();
}

function told(event: WatchEvent): string {
  assert.ok(event.object);
  assert.equal(event.object.rev, event.rev);
  assert.equal(event.object.value.metadata.resourceVersion, String(event.rev));
  assert.equal(
    JSON.parse(Buffer.from(event.object.json).toString()).metadata.resourceVersion,
    String(event.rev),
  );
  return `${event.type} ${pathOf(event.object.key)} ${event.rev}`;
}

const write = fc.record({
  resource: fc.constantFrom(...RESOURCES),
  namespace: fc.constantFrom(...NAMESPACES),
  name: fc.constantFrom(...NAMES),
  color: fc.option(fc.constantFrom(...COLORS), { nil: undefined }),
  delete: fc.boolean(),
  /** Committed through this cache, by somebody else who is heard of, or by somebody else in silence. */
  by: fc.constantFrom('own' as const, 'other' as const, 'silent' as const),
  /** Watches take a batch after this write. */
  read: fc.boolean(),
});

function apply(
  log: TestLog,
  cache: WatchCache | undefined,
  next: typeof write extends fc.Arbitrary<infer W> ? W : never,
): void {
  const key = { resource: next.resource, namespace: next.namespace, name: next.name };
  const exists = log.at(key, log.rev) !== undefined;
  const op = exists ? (next.delete ? 'delete' : 'update') : 'create';
  const metadata = {
    name: key.name,
    namespace: key.namespace,
    labels: next.color ? { color: next.color } : {},
  };
  if (next.by === 'own') cache?.commitBegins();
  const record = log.append({ key, op, object: { metadata } });
  if (next.by === 'own') {
    log.acknowledge([record]);
    cache?.commitEnds();
  } else if (next.by === 'other') log.announce();
}

const query = fc
  .record(
    {
      namespace: fc.constantFrom('', ...NAMESPACES),
      name: fc.constantFrom(...NAMES),
      color: fc.constantFrom(...COLORS),
    },
    { requiredKeys: ['namespace'] },
  )
  .filter(({ namespace, name }) => name === undefined || namespace !== '');

describe('a watch', () => {
  it('from any revision delivers exactly the log after it that matches: ordered, unique, complete (L4)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { maxLength: 30 }),
        fc.array(write, { maxLength: 40 }),
        fc.array(fc.record({ resource: fc.constantFrom(...RESOURCES), query, from: fc.nat() }), {
          minLength: 1,
          maxLength: 6,
        }),
        async (before, after, wanted) => {
          const log = new TestLog();
          for (const next of before) apply(log, undefined, next);
          const cache = cacheOf(log);
          await cache.start();
          const stop = new AbortController();
          const watches = wanted.map(({ resource, query, from }, i) => {
            const start = from % (log.rev + 1);
            const watch = cache.watch({
              resource,
              selection: selectionOf(query),
              after: start,
              initial: false,
              markInitialEnd: false,
              bookmarks: i % 2 === 0,
              signal: stop.signal,
            });
            return { watch, seen: [] as string[], expected: () => promised(log, resource, query, start) };
          });
          const readers = watches.map(async ({ watch, seen }, i) => {
            let lastRev = 0;
            for await (const batch of watch) {
              for (const event of batch) {
                assert.ok(event.rev >= lastRev, 'a bookmark or event goes back');
                lastRev = event.rev;
                if (event.type !== 'BOOKMARK') seen.push(told(event));
                else
                  assert.equal(
                    seen.length,
                    watches[i]?.expected().filter((line) => Number(line.split(' ').at(-1)) <= event.rev)
                      .length,
                    'a bookmark is ahead of what was delivered',
                  );
              }
              // A slow reader: everything else goes on meanwhile.
              if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
            }
          });
          for (const next of after) {
            apply(log, cache, next);
            if (next.read) await new Promise((resolve) => setImmediate(resolve));
            if (next.delete) for (const { watch } of watches) watch.bookmark();
          }
          await cache.confirm();
          while (watches.some(({ seen, expected }) => seen.length < expected().length))
            await new Promise((resolve) => setImmediate(resolve));
          stop.abort();
          await Promise.all(readers);
          for (const { seen, expected } of watches) assert.deepEqual(seen, expected());
          await cache.stop();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('that catches up from the log reads of it what it hands out, and no more', async () => {
    const log = new TestLog();
    log.chunkLimit = 1_000;
    const key = { resource: 'things', namespace: 'a', name: 'x' };
    for (let rev = 1; rev <= 40; rev++) {
      const object = { metadata: { name: 'x', namespace: 'a' }, text: 'x'.repeat(64 * 1024) };
      log.append({ key, op: rev === 1 ? 'create' : 'update', object });
    }
    const cache = cacheOf(log);
    await cache.start();
    const stop = new AbortController();
    const watch = cache.watch({
      resource: 'things',
      selection: selectionOf({ namespace: 'a' }),
      after: 0,
      initial: false,
      markInitialEnd: false,
      bookmarks: false,
      signal: stop.signal,
    });
    let given = 0;
    for await (const batch of watch) {
      given += batch.length;
      assert.ok(log.recordsRead <= given + 1, `${log.recordsRead} were read for ${given}`);
      if (given === 40) break;
    }
    stop.abort();
    await cache.stop();
  });
});

describe('the cache', () => {
  it('misses nothing that is committed by others while it loads', async () => {
    const log = new TestLog();
    const write = (name: string) =>
      log.append({ key: { resource: 'things', namespace: 'a', name }, op: 'create' });
    write('before');
    const snapshot = log.snapshot.bind(log);
    log.snapshot = async () => {
      const taken = await snapshot();
      write('meanwhile');
      log.announce();
      return taken;
    };
    const cache = cacheOf(log);
    await cache.start();
    await cache.waitFor(2, 1_000);
    assert.ok(cache.resource('things').get(pathOf({ namespace: 'a', name: 'meanwhile' })));
    await cache.stop();
  });

  it('begins anew, and ends its watches, when another log lies in the database', async () => {
    const log = new TestLog();
    const key = { resource: 'things', namespace: 'a', name: 'x' };
    log.append({ key, op: 'create' });
    log.append({ key: { ...key, name: 'lost' }, op: 'create' });
    const told: string[] = [];
    const cache = cacheOf(log, { onTrouble: (error) => told.push(error.reason) });
    await cache.start();
    const watch = cache.watch({
      resource: 'things',
      selection: selectionOf({ namespace: '' }),
      after: cache.head,
      initial: false,
      markInitialEnd: false,
      bookmarks: false,
      signal: new AbortController().signal,
    });
    const next = watch.next();
    log.records.pop();
    log.logId = 'restored';
    log.announce();
    await assert.rejects(next, { reason: 'Expired' });
    await cache.confirm();
    assert.deepEqual([cache.logId, cache.head], ['restored', 1]);
    assert.equal(cache.resource('things').get(pathOf({ namespace: 'a', name: 'lost' })), undefined);
    assert.deepEqual(told, ['Gone']);
    await cache.stop();
  });

  it('equals the fold of the log, whoever wrote it and however it heard of it (L3)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { maxLength: 40 }),
        fc.array(write, { maxLength: 40 }),
        query,
        async (before, after, wanted) => {
          const log = new TestLog();
          for (const next of before) apply(log, undefined, next);
          const cache = cacheOf(log);
          await cache.start();
          for (const next of after) {
            apply(log, cache, next);
            if (next.read) await new Promise((resolve) => setImmediate(resolve));
          }
          await cache.confirm();
          assert.equal(cache.head, log.rev);
          for (const resource of RESOURCES) {
            const listed = cache.resource(resource).list(selectionOf(wanted), '', 0);
            const lines = listed.items.map((entry) => `${pathOf(entry.key)} ${entry.rev}`);
            const live = folded(log, resource, wanted);
            assert.deepEqual(lines, live);
            // Page by page it is the same list.
            const paged: string[] = [];
            for (let after = ''; ; ) {
              const page = cache.resource(resource).list(selectionOf(wanted), after, 2);
              paged.push(...page.items.map((entry) => `${pathOf(entry.key)} ${entry.rev}`));
              if (page.lastPath === undefined) break;
              after = page.lastPath;
            }
            assert.deepEqual(paged, live);
          }
          await cache.stop();
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a question for the head', () => {
  const things = { resource: 'things', namespace: 'a', name: 'x' };

  it('that a commit of this process overtakes does not read as a log that was replaced', async () => {
    const log = new TestLog();
    const cache = cacheOf(log);
    await cache.start();
    const asked = Promise.withResolvers<Head>();
    log.head = () => asked.promise;
    const before = log.headNow();
    const confirmed = cache.confirm();
    log.acknowledge([log.append({ key: things, op: 'create' })]);
    asked.resolve(before);
    // `onTrouble` of the cache fails the test.
    await confirmed;
    assert.equal(cache.head, 1);
    await cache.stop();
  });

  it('whose answer is older than what the cache had before it ends all watches: the log was replaced', async () => {
    const log = new TestLog();
    log.append({ key: things, op: 'create' });
    const troubles: string[] = [];
    const cache = cacheOf(log, { onTrouble: (error) => troubles.push(error.reason) });
    await cache.start();
    log.records.pop();
    await cache.confirm();
    assert.deepEqual(troubles, ['Gone']);
    assert.equal(cache.head, 0);
    await cache.stop();
  });
});
