/** The scheduler as a leader over a real API server on a real Postgres: NATS is away, so everything comes by ReadLog. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiServerWorld } from '@reckon/apiserver/testing/api-server-world.ts';
import {
  EVENTS,
  EventRecorder,
  GrpcApi,
  LeaderElector,
  LogProjection,
  NODES,
  PODS,
  WatchProjection,
} from '@reckon/client';
import { SCHEDULER_RESOURCES } from '@reckon/scheduler/resources.ts';
import { Scheduler } from '@reckon/scheduler/shell/scheduler.ts';
import { silentLogger, systemClock, systemRandom } from '@reckon/service';

const clock = systemClock;
const stop = new AbortController();
const opened: GrpcApi[] = [];
let world: ApiServerWorld;
let admin: GrpcApi;
let leading: Promise<void>;
let projection: LogProjection;

async function connect(name: string, ...groups: readonly string[]): Promise<GrpcApi> {
  const { certificate, privateKey } = await world.authority.client(name, ...groups);
  const api = new GrpcApi({
    address: `127.0.0.1:${world.server.grpcPort}`,
    tls: { ca: world.authority.certificate, cert: certificate, key: privateKey },
    clock,
  });
  opened.push(api);
  return api;
}

before(async () => {
  world = await ApiServerWorld.start();
  admin = await connect('kubernetes-admin', 'system:masters');
  const api = await connect('system:kube-scheduler');
  projection = new LogProjection({ api, resources: SCHEDULER_RESOURCES, clock });
  const events = new EventRecorder({ api, clock, instance: 'test' });
  await projection.start();
  const elector = new LeaderElector({
    api,
    clock,
    random: systemRandom,
    lease: { namespace: 'kube-system', name: 'kube-scheduler' },
    identity: 'test',
    timing: { leaseSeconds: 15, renewDeadlineSeconds: 10, retrySeconds: 2 },
  });
  leading = elector.run(async (leadership) => {
    await projection.waitFor(leadership.revision, leadership.signal);
    const options = { projection, events, clock, log: silentLogger, api: leadership.api };
    await new Scheduler(options, leadership.signal).run();
  }, stop.signal);
});

after(async () => {
  stop.abort();
  await leading;
  await projection.stop();
  for (const api of opened) api.close();
  await world.stop();
});

function pod(name: string, cpu: string) {
  return {
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'busybox', resources: { requests: { cpu } } }] },
  };
}

test('a pod is bound, the binding says why and what caused it, and one that fits nowhere is told', async () => {
  const watching = new WatchProjection({
    api: admin,
    watched: [{ resource: PODS }, { resource: EVENTS }],
    clock,
  });
  const seen = new Promise<void>((resolve) => {
    watching.subscribe(() => {
      const bound = watching.get(PODS, 'default', 'fits')?.spec?.nodeName;
      const conditions = watching.get(PODS, 'default', 'too-large')?.status?.conditions ?? [];
      const told = conditions.some(({ reason }) => reason === 'Unschedulable');
      if (bound && told && watching.list(EVENTS, 'default').length >= 2) resolve();
    });
  });
  await watching.start();
  await admin.create(NODES, { metadata: { name: 'n1' } });
  await admin.patch(
    NODES,
    { namespace: '', name: 'n1' },
    { type: 'merge', value: { status: { allocatable: { cpu: '2', memory: '4Gi', pods: '110' } } } },
    { subresource: 'status' },
  );
  // What node lifecycle does once it has seen a new node ready.
  const ready = { type: 'merge', value: { spec: { taints: [] } } } as const;
  await admin.patch(NODES, { namespace: '', name: 'n1' }, ready);
  const created = await admin.create(PODS, pod('fits', '1'));
  await admin.create(PODS, pod('too-large', '3'));
  await seen;

  const bound = await admin.get(PODS, { namespace: 'default', name: 'fits' });
  assert.equal(bound.spec?.nodeName, 'n1');
  const records = [];
  for await (const chunk of admin.readLog({ after: created.revision, resources: ['pods'], name: 'fits' })) {
    records.push(...chunk.records);
  }
  const [binding] = records;
  assert.equal(binding?.provenance.actor, 'system:kube-scheduler');
  assert.equal(binding?.provenance.cause, created.revision);
  assert.match(binding?.provenance.because ?? '', /n1 is the only one of 1 nodes/);

  const tooLarge = await admin.get(PODS, { namespace: 'default', name: 'too-large' });
  const condition = tooLarge.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  assert.equal(condition?.status, 'False');
  assert.equal(condition?.message, '0/1 nodes are available: 1 Insufficient cpu.');
  const messages = watching.list(EVENTS, 'default').map(({ reason, message }) => `${reason}: ${message}`);
  assert.deepEqual(messages.sort(), [
    'FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu.',
    'Scheduled: Successfully assigned default/fits to n1',
  ]);
  await watching.stop();
});
