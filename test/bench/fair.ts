/**
 * Whether one client can starve the others: a flood over 500 connections (creates, lists of 5,000 pods, watches that
 * never read), in a process of its own, while somebody else does one thing after the other over one connection: a get,
 * a create, and a look at when a watch shows it. Each line compares with the same client alone; the server is real, and
 * everything runs on one machine, so that the flood's own processor time counts, too.
 */
import { Connection, head, Watcher, withBody } from './api/connection.ts';
import { load, ms, quantile, report, round } from './api/measure.ts';
import { type RunningServer, startServer } from './api/process.ts';
import type { ServedAccess } from './api/serve.ts';
import { LeaseWork, ShopWork, type Times, type Work } from './fair/quiet-work.ts';
import { unread } from './fair/rest-hammer.ts';
import type { Tally } from './fair/tally.ts';
import { FLOOD, FLOODED, LEADER, LISTED, NODE, pod, podsOf, QUIET, SHOP, USERS } from './fair/users.ts';
import { kibibytesIn } from './proc.ts';

const PODS = 5_000;
const JSON_TYPE = 'application/json';
const RUN_MS = 5_000;
/** Of the flood, before anybody measures. */
const SETTLE_MS = 2_000;

const server = await startServer<ServedAccess>('../fair/server.ts');
const { access } = server;
const as = (user: string) => ({ ...access, ...access.users[user] });

const admins = await Promise.all(Array.from({ length: 16 }, () => Connection.open(access)));
const [admin] = admins;
if (!admin) throw new Error('no connection');
for (const name of [LISTED, FLOODED, QUIET])
  await admin.send(post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
await admin.send(post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', teams()));
await load(admins, { count: PODS }, (one, i) =>
  one.send(withBody('POST', podsOf(LISTED), JSON_TYPE, pod(`p-${i}`))),
);
// What is measured is not how soon code is compiled.
const list = Buffer.from(head('GET', podsOf(LISTED)));
await load(admins, { count: 100 }, (one) => one.send(list));

const shop = await ShopWork.open(as(SHOP));
const node = await LeaseWork.open(as(NODE), 'kube-node-lease', 'n1');
const leader = await LeaseWork.open(as(LEADER), 'kube-system', 'kube-scheduler');
const people: readonly (readonly [string, Work])[] = [
  ['a user', shop],
  ['a node', node],
  ['a leader', leader],
];
const alone = new Map<string, Times>();
for (const [who, work] of people) {
  await work.run(SETTLE_MS);
  const times = await work.run(RUN_MS);
  alone.set(who, times);
  show(`${who} alone`, times, undefined);
}
for (const door of process.argv.length > 2 ? process.argv.slice(2) : ['rest', 'grpc']) {
  const hammer = await startServer('../fair/hammer.ts', JSON.stringify(access));
  await hammer.tell(door);
  await shop.run(SETTLE_MS);
  for (const [who, work] of people)
    show(
      `${who} beside a flood by ${door === 'rest' ? 'HTTPS' : 'gRPC'}`,
      await work.run(RUN_MS),
      alone.get(who),
    );
  await tell(hammer);
}
await unreadWatches(server);

for (const [, work] of people) work.close();
for (const one of admins) one.close();
await server.stop();

function post(path: string, body: object): Buffer {
  return withBody('POST', path, JSON_TYPE, JSON.stringify(body));
}

/** The people, and the leader, may do everything; a node may what its certificate says. */
function teams(): object {
  const group = 'rbac.authorization.k8s.io';
  return {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'bench' },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: Object.entries(USERS)
      .filter(([, groups]) => !groups.includes('system:nodes'))
      .map(([name]) => ({ apiGroup: group, kind: 'User', name })),
  };
}

function show(what: string, times: Times, before: Times | undefined): void {
  for (const [name, aimMs] of [
    ['get', times.aimMs],
    ['write', times.aimMs],
    ['seen', times.aimMs],
  ] as const) {
    const found = times[name];
    if (found.length === 0) continue;
    const p99Ms = quantile(found, 0.99);
    const beforeMs = before && quantile(before[name], 0.99);
    const ratio = beforeMs === undefined ? '' : ` (${(p99Ms / beforeMs).toFixed(1)} x)`;
    const aim = beforeMs === undefined ? '' : `<= ${ms(Math.max(aimMs, times.aimRatio * beforeMs))}`;
    report(`${what}: ${name}, p50 / p99`, `${ms(quantile(found, 0.5))} / ${ms(p99Ms)}${ratio}`, aim);
  }
  if (times.failed > 0) report(`${what}: failed`, round(times.failed), `0: ${times.example}`);
}

async function tell(hammer: RunningServer<unknown>): Promise<void> {
  const { creates, lists, refused, failed, example }: Tally = JSON.parse(await hammer.tell('stop'));
  const figure = `${round(creates)} / ${round(lists)} / ${round(refused)}`;
  report('  the flood: creates / lists / told to come back', figure, '');
  if (failed > 0) report('  the flood: failed otherwise', round(failed), `0: ${example.slice(0, 300)}`);
  await hammer.stop();
}

/** What 200 watches that never read cost the server, and a watch that does. */
async function unreadWatches({ pid }: RunningServer<unknown>): Promise<void> {
  const seen = await Watcher.open(as(SHOP), '/api/v1/pods?watch=1&resourceVersion=0', () => {});
  seen.close();
  await patches();
  const beforeBytes = kibibytesIn(`/proc/${pid}/status`, 'VmRSS');
  const watchers = await Promise.all(Array.from({ length: 200 }, () => unread(as(FLOOD))));
  await patches();
  const betweenBytes = kibibytesIn(`/proc/${pid}/status`, 'VmRSS');
  await patches();
  await patches();
  const afterBytes = kibibytesIn(`/proc/${pid}/status`, 'VmRSS');
  show('a user beside 200 unread watches', await shop.run(RUN_MS), alone.get('a user'));
  for (const watcher of watchers) watcher.destroy();
  const grown = (bytes: number) => `${round((bytes - beforeBytes) / 1e6)} MB`;
  report(
    'memory for 200 unread watches: after 5,000 / 15,000',
    `${grown(betweenBytes)} / ${grown(afterBytes)}`,
    'flat',
  );
}

/** 5,000 writes that every watch of pods would be told of. */
async function patches(): Promise<void> {
  await load(admins, { count: PODS }, (one, i) =>
    one.send(
      withBody(
        'PATCH',
        `${podsOf(LISTED)}/p-${i}`,
        'application/merge-patch+json',
        JSON.stringify({ metadata: { annotations: { at: String(performance.now()) } } }),
      ),
    ),
  );
}
