/**
 * The API over HTTPS, as issue-sized loads see it: pods of 2 KB, fsync on, NATS running, the load generator in this
 * process and the server with Postgres in others, all on the same machine. Each line is a figure beside its aim.
 */
import { Connection, head, Watcher, withBody } from './api/connection.ts';
import { CpuMeter } from './api/cpu.ts';
import { load, ms, quantile, report, round } from './api/measure.ts';
import { memoryOfTree } from './api/memory.ts';
import { startServer } from './api/process.ts';

const PODS = 5_000;
const CONNECTIONS = 64;
const WATCHERS = 50;
const RUN_MS = 4_000;
/** Creates right after the start, and then so many more until most of the code is compiled. */
const COLD = 1_500;
const WARM = 6_000;
const JSON_TYPE = 'application/json';

const server = await startServer('./server.ts');
const { access } = server;

const path = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

/** About 2 KB as it lies in the log. */
function pod(name: string, group: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: `app-${group}`, tier: 'backend', 'pod-template-hash': '5d69f6f7d6' } },
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

const create = (namespace: string, name: string, group = 0) =>
  withBody('POST', path(namespace), JSON_TYPE, pod(name, group));

const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(access)));
const [one] = connections;
if (!one) throw new Error('no connection');
for (const name of ['load', 'warm', 'idle', 'many'])
  await one.send(
    withBody(
      'POST',
      '/api/v1/namespaces',
      JSON_TYPE,
      JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
    ),
  );
await warmUp();
const peerPerSecond = await bareServer();

{
  const requests = Array.from({ length: PODS }, (_, i) => create('load', `p-${i}`, i % 50));
  const sentMs: number[] = [];
  const seenMs: number[] = [];
  let counted = 0;
  const watcher = await Watcher.open(access, `${path('load')}?watch=1`, ({ events }) => {
    const nowMs = performance.now();
    while (counted < events) seenMs.push(nowMs - (sentMs[counted++] ?? nowMs));
  });
  const cpu = new CpuMeter(server.pid);
  const { perSecond, p50Ms, p99Ms } = await load(connections, { count: PODS }, (connection, i) => {
    sentMs.push(performance.now());
    return connection.send(requests[i] as Buffer);
  });
  while (watcher.events < PODS) await new Promise((resolve) => setImmediate(resolve));
  watcher.close();
  const cost = cpu.perRequest(PODS);
  report(`creates/s, ${CONNECTIONS} connections`, round(perSecond), '>= 3,000');
  report('  of what a bare HTTPS server reaches', `${round((100 * perSecond) / peerPerSecond)} %`, '');
  report('  processor time of one', cost, '');
  report('  one of them, p50 / p99', `${ms(p50Ms)} / ${ms(p99Ms)}`, '');
  report('  create -> seen by a watch under full load, p50', ms(quantile(seenMs, 0.5)), '<= 30 ms');
}

{
  const seenMs: number[] = [];
  let sentMs = 0;
  let arrived = () => {};
  const watcher = await Watcher.open(access, `${path('idle')}?watch=1`, () => {
    seenMs.push(performance.now() - sentMs);
    arrived();
  });
  for (let i = 0; i < 300; i++) {
    const request = create('idle', `i-${i}`);
    const seen = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    sentMs = performance.now();
    await Promise.all([one.send(request), seen]);
  }
  watcher.close();
  const figure = `${ms(quantile(seenMs, 0.5))} / ${ms(quantile(seenMs, 0.99))}`;
  report('one idle write -> seen by a watch, p50 / p99', figure, '<= 4 / 15 ms');
}

{
  const all = Buffer.from(head('GET', path('load')));
  let bytes = 0;
  const { p50Ms, p99Ms } = await load([one], { count: 40 }, async (connection) => {
    bytes = await connection.send(all);
  });
  const what = `list of all ${round(PODS)} (${(bytes / 1e6).toFixed(1)} MB), p50 / p99`;
  report(what, `${ms(p50Ms)} / ${ms(p99Ms)}`, '<= 30 ms');
  const labelled = Buffer.from(head('GET', `${path('load')}?labelSelector=app%3Dapp-7`));
  const some = await load([one], { count: 200 }, (connection) => connection.send(labelled));
  report('list of 100 by label, p50 / p99', `${ms(some.p50Ms)} / ${ms(some.p99Ms)}`, '<= 3 ms');
}

{
  const gets = Array.from({ length: PODS }, (_, i) => Buffer.from(head('GET', `${path('load')}/p-${i}`)));
  const got = await load(connections, { forMs: RUN_MS }, (connection, i) =>
    connection.send(gets[i % PODS] as Buffer),
  );
  report(`gets/s, ${CONNECTIONS} connections`, round(got.perSecond), '>= 10,000');
  const cpu = new CpuMeter(server.pid);
  const patched = await load(connections, { forMs: RUN_MS }, (connection, i) =>
    connection.send(
      withBody(
        'PATCH',
        `${path('load')}/p-${i % PODS}`,
        'application/merge-patch+json',
        `{"metadata":{"annotations":{"n":"${i}"}}}`,
      ),
    ),
  );
  report(`merge patches/s, ${CONNECTIONS} connections`, round(patched.perSecond), '>= 3,000');
  report('  processor time of one', cpu.perRequest(patched.count), '');
}

{
  const writes = 2_000;
  const requests = Array.from({ length: writes }, (_, i) => create('many', `m-${i}`));
  let finished = 0;
  let done = () => {};
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const seen = ({ events }: Watcher) => {
    if (events === writes && ++finished === WATCHERS) done();
  };
  const watchers = await Promise.all(
    Array.from({ length: WATCHERS }, () => Watcher.open(access, `${path('many')}?watch=1`, seen)),
  );
  const startMs = performance.now();
  await load(connections, { count: writes }, (connection, i) => connection.send(requests[i] as Buffer));
  await all;
  const perSecond = (writes * WATCHERS) / ((performance.now() - startMs) / 1_000);
  for (const watcher of watchers) watcher.close();
  report(`${WATCHERS} watchers, ${round(writes)} creates: events/s`, round(perSecond), '>= 60,000');
}

{
  const startMs = performance.now();
  await one.send(Buffer.from(head('DELETE', `${path('load')}?gracePeriodSeconds=0`)));
  report(`delete collection of ${round(PODS)}`, ms(performance.now() - startMs), '<= 2,000 ms');
}

const memory = memoryOfTree(server.pid);
const all = [...memory.values()].reduce((sum, bytes) => sum + bytes, 0);
report('memory of API server, Postgres and NATS', `${round(all / 1e6)} MB`, '<= 700 MB');
for (const [program, bytes] of memory) report(`  of it ${program}`, `${round(bytes / 1e6)} MB`, '');

for (const connection of connections) connection.close();
await server.stop();

/** A server that has just been started is slower than one that runs: its code is still being compiled. */
async function warmUp(): Promise<void> {
  const requests = Array.from({ length: COLD + WARM }, (_, i) => create('warm', `w-${i}`));
  const cold = await load(connections, { count: COLD }, (connection, i) =>
    connection.send(requests[i] as Buffer),
  );
  report('creates/s, the first 1,500 after the start', round(cold.perSecond), '');
  await load(connections, { count: WARM }, (connection, i) => connection.send(requests[COLD + i] as Buffer));
  const patch = '{"metadata":{"annotations":{"warm":"1"}}}';
  await load(connections, { count: COLD }, (connection, i) =>
    connection.send(withBody('PATCH', `${path('warm')}/w-${i}`, 'application/merge-patch+json', patch)),
  );
}

/** The same bodies, the same client: the peer's requests in a second. */
async function bareServer(): Promise<number> {
  const bare = await startServer('./bare-server.ts');
  const peers = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(bare.access)));
  const request = create('load', 'p');
  await load(peers, { count: 5_000 }, (connection) => connection.send(request));
  const { perSecond } = await load(peers, { count: 3 * PODS }, (connection) => connection.send(request));
  for (const peer of peers) peer.close();
  await bare.stop();
  report(`bare HTTPS server that parses the body, requests/s`, round(perSecond), '');
  return perSecond;
}
