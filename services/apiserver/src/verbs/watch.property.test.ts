import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { ApiError, type LogRecord, type Reason, type Revision } from '@reckon/api';
import fc from 'fast-check';
import { configMapOf, namespaceOf } from './testing/objects.ts';
import { TestVerbs } from './testing/test-verbs.ts';
import type { KubeObject, WatchEvent } from './types.ts';

/** So small that watches fall out of memory all the time. */
const LIMITS = { ringChanges: 6, watchBuffer: 3, parsedValues: 4 };
const NAMESPACES = ['p', 'q'] as const;

let servers: readonly TestVerbs[];
before(async () => {
  const first = await TestVerbs.start({ limits: LIMITS });
  const second = await TestVerbs.start({ limits: LIMITS, database: first.database, seed: 2 });
  for (const name of NAMESPACES) await first.create('namespaces', namespaceOf(name));
  servers = [first, second];
});
after(async () => {
  for (const server of servers) await server.stop();
});

const write = fc.record({
  server: fc.constantFrom(0, 1),
  namespace: fc.constantFrom(...NAMESPACES),
  name: fc.constantFrom('x', 'y', 'z'),
  color: fc.constantFrom('red', 'green', undefined),
  remove: fc.boolean(),
  value: fc.nat(),
});

const watcher = fc.record({
  server: fc.constantFrom(0, 1),
  namespace: fc.constantFrom('', ...NAMESPACES),
  labelSelector: fc.constantFrom('', 'color=red', 'color!=red', 'color'),
  fieldSelector: fc.constantFrom('', 'metadata.name=x', 'metadata.name!=y'),
  from: fc.nat(),
  slow: fc.boolean(),
});

type Watcher = typeof watcher extends fc.Arbitrary<infer W> ? W : never;

function at(index: number): TestVerbs {
  const server = servers[index];
  assert.ok(server);
  return server;
}

async function apply(next: typeof write extends fc.Arbitrary<infer W> ? W : never): Promise<void> {
  const api = at(next.server);
  const where = `configmaps ${next.namespace}/${next.name}`;
  const labels = next.color ? { color: next.color } : {};
  const object = configMapOf(next.name, { value: String(next.value) }, { labels });
  if (next.remove) await unless('NotFound', api.delete(where));
  else if (await unless('NotFound', api.update(where, object)))
    // The other server may be faster.
    await unless('AlreadyExists', api.create(`configmaps ${next.namespace}`, object));
}

/** True if the call was refused for that reason. */
async function unless(reason: Reason, call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return false;
  } catch (error) {
    if (error instanceof ApiError && error.reason === reason) return true;
    throw error;
  }
}

function selects(
  { namespace, labelSelector, fieldSelector }: Watcher,
  record: LogRecord,
  body: Uint8Array | undefined,
): boolean {
  if (!body) return false;
  const { metadata } = JSON.parse(Buffer.from(body).toString()) as KubeObject;
  const color = metadata.labels?.color;
  const byLabel = {
    '': true,
    'color=red': color === 'red',
    'color!=red': color !== 'red',
    color: color !== undefined,
  };
  const byField = {
    '': true,
    'metadata.name=x': metadata.name === 'x',
    'metadata.name!=y': metadata.name !== 'y',
  };
  return (
    (namespace === '' || record.key.namespace === namespace) &&
    byLabel[labelSelector] &&
    byField[fieldSelector]
  );
}

/** The log after a revision through the eyes of a watcher, from Postgres and nothing else. */
async function promised(wanted: Watcher, from: Revision, through: Revision): Promise<string[]> {
  const lines: string[] = [];
  for (let after = from; after < through; ) {
    const page = await at(0).store.readLog({
      after,
      through,
      filter: { resources: ['configmaps'] },
      previous: true,
    });
    for (const record of page.records) {
      const was = record.prevRev !== 0 && selects(wanted, record, record.previousBody);
      const is = record.op !== 'delete' && selects(wanted, record, record.body);
      const type = is ? (was ? 'MODIFIED' : 'ADDED') : was ? 'DELETED' : undefined;
      if (type) lines.push(`${type} ${record.key.namespace}/${record.key.name} ${record.rev}`);
    }
    after = page.through;
  }
  return lines;
}

function told({ type, object, rev }: WatchEvent): string {
  assert.equal(object?.value.metadata.resourceVersion, String(rev));
  return `${type} ${object?.key.namespace}/${object?.key.name} ${rev}`;
}

it('a watch through either of two API servers delivers exactly the log after its revision that matches (L4)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { minLength: 1, maxLength: 15 }),
      fc.array(write, { minLength: 1, maxLength: 25 }),
      fc.array(watcher, { minLength: 1, maxLength: 5 }),
      async (before, after, watchers) => {
        for (const next of before) await apply(next);
        const head = (await at(0).store.head()).rev;
        const stop = new AbortController();
        const open = await Promise.all(
          watchers.map(async (wanted) => {
            const from = Math.max(1, head - (wanted.from % 30));
            const api = at(wanted.server);
            const stream = await api.verbs.watch(
              api.context(stop.signal),
              api.target(`configmaps ${wanted.namespace}`),
              {
                resourceVersion: String(from),
                labelSelector: wanted.labelSelector,
                fieldSelector: wanted.fieldSelector,
              },
            );
            const seen: string[] = [];
            const done = (async () => {
              for await (const batch of stream) {
                seen.push(...batch.map(told));
                // Everything else goes on meanwhile.
                for (let i = 0; wanted.slow && i < 20; i++)
                  await new Promise((resolve) => setImmediate(resolve));
              }
            })();
            return { wanted, from, seen, done };
          }),
        );
        await Promise.all(
          [0, 1].map(async (i) => {
            for (const next of after.filter((one) => one.server === i)) await apply(next);
          }),
        );
        const end = (await at(0).store.head()).rev;
        try {
          for (const { wanted, from, seen } of open) {
            const expected = await promised(wanted, from, end);
            while (seen.length < expected.length) await new Promise((resolve) => setImmediate(resolve));
            assert.deepEqual(seen, expected);
          }
        } finally {
          stop.abort();
          await Promise.all(open.map(({ done }) => done));
        }
      },
    ),
    { numRuns: 25 },
  );
});
