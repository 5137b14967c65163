/** A projection over the real way: Postgres, API server, relay, JetStream, feed; and what happens when NATS is away. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiServerWorld } from '@reckon/apiserver/testing/api-server-world.ts';
import { type ApiClient, CONFIG_MAPS, GrpcApi, LogProjection } from '@reckon/client';
import { NatsLogFeed } from '@reckon/eventlog';
import { ThrowAwayNats } from '@reckon/eventlog/testing/throw-away-nats.ts';
import { systemClock } from '@reckon/service';

/** A feed that works is never too slow for this, whatever else the machine does. */
const PATIENT_MS = 30_000;

let nats: ThrowAwayNats;
let world: ApiServerWorld;
let api: GrpcApi;
let projection: LogProjection;
let reads = 0;
let made = 0;

before(async () => {
  nats = await ThrowAwayNats.start();
  world = await ApiServerWorld.start({ natsUrl: nats.options.url });
  const { certificate, privateKey } = await world.authority.client('system:kube-controller-manager');
  api = new GrpcApi({
    address: `127.0.0.1:${world.server.grpcPort}`,
    tls: { ca: world.authority.certificate, cert: certificate, key: privateKey },
    clock: systemClock,
  });
  const counting: Pick<ApiClient, 'list' | 'readLog' | 'watchHead'> = {
    list: (resource, options) => api.list(resource, options),
    watchHead: (signal) => api.watchHead(signal),
    readLog: (options) => {
      reads++;
      return api.readLog(options);
    },
  };
  projection = new LogProjection({
    api: counting,
    resources: [CONFIG_MAPS],
    clock: systemClock,
    feed: new NatsLogFeed(nats.options),
    lagMs: PATIENT_MS,
  });
  await projection.start();
});

after(async () => {
  await projection.stop();
  api.close();
  await world.stop();
  await nats.dispose();
});

/** Writes something and waits until the projection has it. */
async function writeAndSee(): Promise<void> {
  const name = `m${++made}`;
  const { object, revision } = await api.create(CONFIG_MAPS, { metadata: { name, namespace: 'default' } });
  await projection.waitFor(revision);
  assert.deepEqual(projection.get(CONFIG_MAPS, 'default', name), object);
}

/** Writes until something came without having been read from the API server: the feed is at work (again). */
async function untilFed(): Promise<void> {
  for (let before = -1; before !== reads; ) {
    before = reads;
    await writeAndSee();
  }
}

test('what the relay publishes reaches the projection without a read', async () => {
  await untilFed();
  const before = reads;
  for (let i = 0; i < 20; i++) await writeAndSee();
  assert.equal(reads, before);
});

test('while NATS is away the log is read, and when it is back it is followed again', async () => {
  await nats.kill();
  for (let i = 0; i < 5; i++) await writeAndSee();
  assert.ok(reads > 0);
  await nats.boot();
  await untilFed();
});

test('a NATS that has lost everything is filled again and followed again', async () => {
  await nats.kill();
  await nats.wipe();
  await writeAndSee();
  await nats.boot();
  await untilFed();
  const { items, revision } = await api.list(CONFIG_MAPS);
  await projection.waitFor(revision);
  assert.deepEqual(projection.list(CONFIG_MAPS), items);
});
