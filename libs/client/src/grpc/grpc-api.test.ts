import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@reckon/api';
import { SeededRandom, systemClock } from '@reckon/service';
import { MemoryApi } from '../memory/memory-api.ts';
import { LogProjection } from '../projection/log-projection.ts';
import { CONFIG_MAPS, PODS } from '../resources.ts';
import { describeApiClient } from '../testing/contract.ts';
import { openLoopbackDoor } from '../testing/loopback-door.ts';
import { GrpcApi } from './grpc-api.ts';

function memory(): MemoryApi {
  return new MemoryApi({ clock: systemClock, random: new SeededRandom(1) });
}

describeApiClient('gRPC', async () => {
  const door = await openLoopbackDoor(memory());
  const api = new GrpcApi({ address: door.address, clock: systemClock });
  return {
    api,
    trusted: true,
    close: async () => {
      api.close();
      await door.close();
    },
  };
});

test('an API server that is not there is an outage, for every verb', async () => {
  const door = await openLoopbackDoor(memory());
  await door.close();
  const api = new GrpcApi({ address: door.address, clock: systemClock });
  const target = { namespace: 'default', name: 'a' };
  const drain = async (stream: AsyncIterable<unknown>) => {
    for await (const _ of stream);
  };
  const calls = [
    api.get(PODS, target),
    api.list(PODS),
    api.create(PODS, { metadata: target }),
    api.update(PODS, { metadata: target }),
    api.delete(PODS, target),
    api.transact([]),
    drain(api.watch(PODS)),
    drain(api.watchHead()),
    drain(api.readLog({ after: 0 })),
  ];
  for (const call of calls) {
    await assert.rejects(call, (error) => error instanceof ApiError && error.reason === 'ServiceUnavailable');
  }
  api.close();
});

test('a call that takes too long ends with Timeout, a write that may have happened', async () => {
  const slow = memory();
  const never = Object.assign(Object.create(slow), { get: () => new Promise(() => {}) }) as MemoryApi;
  const door = await openLoopbackDoor(never);
  const api = new GrpcApi({ address: door.address, clock: systemClock });
  await assert.rejects(
    api.get(PODS, { namespace: 'default', name: 'a' }, { timeoutMs: 50 }),
    (error) => error instanceof ApiError && error.reason === 'Timeout',
  );
  api.close();
  await door.close();
});

test('who has the token hears that it was refused, and may give another one', async () => {
  const cluster = memory();
  const target = { namespace: 'default', name: 'a' };
  await cluster.create(CONFIG_MAPS, { metadata: target });
  let answers = 0;
  const get = async (...given: Parameters<MemoryApi['get']>) => {
    if (answers++ === 0) throw new ApiError('Unauthorized', 'Unauthorized');
    return cluster.get(...given);
  };
  const door = await openLoopbackDoor(Object.assign(Object.create(cluster), { get }));
  const tokens = ['old', 'new'];
  const refused: string[] = [];
  const api = new GrpcApi({
    address: door.address,
    clock: systemClock,
    token: () => tokens[0] ?? '',
    refused: (token) => refused.push(token) && tokens.shift(),
  });
  await assert.rejects(api.get(CONFIG_MAPS, target), { reason: 'Unauthorized' });
  assert.equal((await api.get(CONFIG_MAPS, target)).metadata.name, 'a');
  assert.deepEqual([refused, tokens], [['old'], ['new']]);
  api.close();
  await door.close();
});

test('who never gets a token ends in time, or when he is told to', async () => {
  const door = await openLoopbackDoor(memory());
  const api = new GrpcApi({ address: door.address, clock: systemClock, token: () => new Promise(() => {}) });
  const target = { namespace: 'default', name: 'a' };
  await assert.rejects(api.get(PODS, target, { timeoutMs: 20 }), {
    reason: 'Timeout',
    message: 'there was no token within 20 ms',
  });
  const controller = new AbortController();
  const waiting = api.get(PODS, target, { signal: controller.signal });
  const watched = Array.fromAsync(api.watch(PODS, { signal: controller.signal }));
  controller.abort(new Error('enough'));
  await assert.rejects(waiting, /^Error: enough$/);
  assert.deepEqual(await watched, []);
  api.close();
  await door.close();
});

test('a list over many messages is one list', async () => {
  const cluster = memory();
  const data = { text: 'x'.repeat(10_000) };
  for (let i = 0; i < 1_000; i++) {
    await cluster.create(CONFIG_MAPS, { metadata: { name: `m${i}`, namespace: 'default' }, data });
  }
  const door = await openLoopbackDoor(cluster);
  const api = new GrpcApi({ address: door.address, clock: systemClock });
  const { items, revision } = await api.list(CONFIG_MAPS);
  assert.equal(items.length, 1_000);
  assert.equal(revision, cluster.head.rev);
  api.close();
  await door.close();
});

test('a projection over gRPC follows the cluster and ends without leftovers', async () => {
  const cluster = memory();
  const door = await openLoopbackDoor(cluster);
  const api = new GrpcApi({ address: door.address, clock: systemClock });
  const projection = new LogProjection({ api, clock: systemClock, resources: [CONFIG_MAPS] });
  await projection.start();
  const { revision, object } = await api.create(CONFIG_MAPS, {
    metadata: { name: 'a', namespace: 'default' },
  });
  await projection.waitFor(revision);
  assert.deepEqual(projection.list(CONFIG_MAPS), [object]);
  await projection.stop();
  api.close();
  await door.close();
});
