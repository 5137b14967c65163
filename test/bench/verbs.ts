/**
 * The verbs over Postgres in one process, without the doors: where the API's figures begin. Pods of 2 KB, fsync on.
 * Each line is one figure beside what is aimed at for the whole path over HTTPS (which costs its own share).
 */
import { loadSchema } from '@reckon/api';
import { bootstrap } from '@reckon/apiserver/bootstrap/bootstrap.ts';
import { startVerbs } from '@reckon/apiserver/verbs/create-verbs.ts';
import { DEFAULT_SETTINGS } from '@reckon/apiserver/verbs/settings.ts';
import type { RequestContext, Target } from '@reckon/apiserver/verbs/types.ts';
import { SeededRandom, systemClock } from '@reckon/service';
import { PostgresStore } from '@reckon/store';
import { createDatabase } from '@reckon/store/testing/databases.ts';

const PODS = 5_000;
const CONNECTIONS = 64;

const quiet = {
  debug() {},
  info() {},
  warn: console.warn,
  error: console.error,
  with: () => quiet,
  enabled: () => false,
};
const random = new SeededRandom(1);
const store = await PostgresStore.open({
  database: { url: await createDatabase() },
  clock: systemClock,
  random,
  log: quiet,
});
const schema = loadSchema();
const { verbs, env, stop } = await startVerbs({
  store,
  schema,
  clock: systemClock,
  random,
  tokens: { issue: async () => ({ token: '', expirationTimestamp: '' }) },
  settings: {
    ...DEFAULT_SETTINGS,
    advertise: { address: '192.0.2.1', port: 6443, grpcPort: 6444 },
    caBundle: 'CA',
    apiAudiences: ['api'],
  },
  onTrouble: console.error,
});
await bootstrap(env);

const pods = schema.byGroupResource('pods');
if (!pods) throw new Error('no pods');
const resource = pods;
const signal = new AbortController().signal;
const target = (name = ''): Target => ({ resource, subresource: '', namespace: 'default', name });
let requests = 0;
const context = (): RequestContext => ({
  user: { name: 'bench', groups: [] },
  requestId: `r${requests++}`,
  userAgent: 'bench/1',
  signal,
  warn: () => undefined,
});

/** About 2 KB as it lies in the log. */
function podText(i: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${i}`,
      labels: { app: `app-${i % 50}`, tier: 'backend', 'pod-template-hash': '5d69f6f7d6' },
    },
    spec: {
      containers: [
        {
          name: 'c',
          image: 'registry.example.com/team/app:v1',
          ports: [{ containerPort: 8080 }],
          env: [{ name: 'A', value: 'x'.repeat(40) }],
          resources: { requests: { cpu: '100m', memory: '128Mi' } },
        },
      ],
    },
  });
}

/** Processor time of this process for each operation of the last `concurrently`: it says more on a busy machine. */
let cpuUs = 0;

async function concurrently(count: number, work: (i: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const i = next++;
      // Requests come from the network one by one, not all in the moment in which a commit is answered.
      await new Promise((resolve) => setImmediate(resolve));
      await work(i);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  const { user, system } = process.cpuUsage(cpu);
  cpuUs = (user + system) / count;
  return (count / (performance.now() - start)) * 1000;
}

function median(values: readonly number[], part = 0.5): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;
}

async function timed(times: number, work: () => Promise<unknown>): Promise<readonly number[]> {
  const ms: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await work();
    ms.push(performance.now() - start);
  }
  return ms;
}

function told(what: string, value: number, unit: string, aim: string): void {
  console.log(
    `${what.padEnd(46)} ${value.toFixed(unit === 'ms' ? 2 : 0).padStart(9)} ${unit.padEnd(4)} (${unit === '/s' ? `${cpuUs.toFixed(0)} µs of CPU each; ` : ''}aim over HTTPS: ${aim})`,
  );
}

const texts = Array.from({ length: PODS }, (_, i) => podText(i));
const create = (text: string) =>
  verbs.create(context(), target(), { value: JSON.parse(text), duplicateFields: [] }, {});

await concurrently(200, (i) => create(podText(100_000 + i)));
told('create, 64 at a time', await concurrently(PODS, (i) => create(texts[i] ?? '')), '/s', '>= 3,000');
const one = await verbs.get(context(), target('pod-1'), {});
console.log(`a pod has ${one.json.length} bytes`);
told(
  'get, 64 at a time',
  await concurrently(30_000, (i) => verbs.get(context(), target(`pod-${i % PODS}`), {})),
  '/s',
  '>= 10,000',
);
const patch = (i: number) =>
  verbs.patch(
    context(),
    target(`pod-${i % PODS}`),
    { type: 'merge', body: Buffer.from(`{"metadata":{"annotations":{"n":"${i}"}}}`) },
    {},
  );
await concurrently(500, patch);
told('merge patch, 64 at a time', await concurrently(10_000, (i) => patch(i + 500)), '/s', '>= 3,000');
told('list of all, p50', median(await timed(20, () => verbs.list(context(), target(), {}))), 'ms', '<= 30');
told(
  'list of 100 by label, p50',
  median(await timed(100, () => verbs.list(context(), target(), { labelSelector: 'app=app-7' }))),
  'ms',
  '<= 3',
);

const watching = new AbortController();
const follow = async (onEvents: (count: number) => void) => {
  const stream = await verbs.watch({ ...context(), signal: watching.signal }, target(), {
    resourceVersion: String(env.cache.head),
  });
  for await (const batch of stream) onEvents(batch.length);
};
let seenAt = 0;
const latencies: number[] = [];
let heard: (() => void) | undefined;
const reader = follow(() => {
  seenAt = performance.now();
  heard?.();
});
await new Promise((resolve) => setImmediate(resolve));
for (let i = 0; i < 200; i++) {
  const start = performance.now();
  const seen = new Promise<void>((resolve) => {
    heard = resolve;
  });
  await create(podText(200_000 + i));
  await seen;
  latencies.push(seenAt - start);
}
told('idle write until a watch sees it, p50', median(latencies), 'ms', '<= 4');
told('idle write until a watch sees it, p99', median(latencies, 0.99), 'ms', '<= 15');

let events = 0;
const readers = Array.from({ length: 50 }, () =>
  follow((count) => {
    events += count;
  }),
);
await new Promise((resolve) => setImmediate(resolve));
const start = performance.now();
await concurrently(2_000, (i) => create(podText(300_000 + i)));
while (events < 50 * 2_000) await new Promise((resolve) => setImmediate(resolve));
told('50 watchers, 2,000 creates: events', (events / (performance.now() - start)) * 1000, '/s', '>= 60,000');
watching.abort();
await Promise.all([reader, ...readers]);
const deleting = performance.now();
const gone = await verbs.deleteCollection(context(), target(), {}, {});
told(`delete collection of ${gone.items.length}`, performance.now() - deleting, 'ms', '5,000 in <= 2,000');
console.log(`memory of this process: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
await stop();
await store.close();
