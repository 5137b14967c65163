import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NAMESPACES, PODS } from '@reckon/client';
import type { PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { at, SchedulerProcess, World } from '../testing/world.ts';

const HOST = 'kubernetes.io/hostname';

function near(app: string, more: object = {}): PodSpec {
  const term = { labelSelector: { matchLabels: { app } }, topologyKey: HOST, ...more };
  return { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
}

const label = (world: World, name: string, labels: object) =>
  world.plainApi.patch(PODS, at(name), { type: 'merge', value: { metadata: { labels } } });

/** What a pod that must be near to `db` waits for. */
const helpers: Record<string, (world: World) => Promise<unknown>> = {
  'such a pod is placed': (world) => world.pod('db', { labels: { app: 'db' } }),
  'such a pod is placed by somebody else': (world) =>
    world.pod('db', { labels: { app: 'db' }, spec: { nodeName: 'n1' } }),
  'a pod becomes such a pod': (world) => label(world, 'other', { app: 'db' }),
};

describe('a pod that waits for others', () => {
  for (const [event, help] of Object.entries(helpers)) {
    test(`is placed when ${event}`, async () => {
      const world = new World();
      await world.node('n1', { labels: { [HOST]: 'n1' } });
      await world.pod('other');
      const process = new SchedulerProcess(world);
      await world.pod('p', { spec: near('db') });
      await world.clock.advance(100);
      assert.equal((await world.placed()).p, '');
      await help(world);
      await world.clock.advance(100);
      assert.equal((await world.placed()).p, 'n1');
      await process.kill();
    });
  }

  test('is placed when the pod that it must be away from becomes another', async () => {
    const world = new World();
    await world.node('n1', { labels: { [HOST]: 'n1' } });
    await world.pod('other', { labels: { app: 'db' }, spec: { nodeName: 'n1' } });
    const process = new SchedulerProcess(world);
    const term = { labelSelector: { matchLabels: { app: 'db' } }, topologyKey: HOST };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
    await world.pod('p', { spec: { affinity: { podAntiAffinity } } });
    await world.clock.advance(100);
    assert.equal((await world.placed()).p, '');
    await label(world, 'other', { app: 'web' });
    await world.clock.advance(100);
    assert.equal((await world.placed()).p, 'n1');
    await process.kill();
  });

  test('is placed when a namespace gets the labels that it asks for', async () => {
    const world = new World();
    await world.node('n1', { labels: { [HOST]: 'n1' } });
    await world.pod('db', { labels: { app: 'db' } });
    const process = new SchedulerProcess(world);
    await world.pod('p', { spec: near('db', { namespaceSelector: { matchLabels: { team: 'x' } } }) });
    await world.clock.advance(100);
    assert.equal((await world.placed()).p, '');
    const labels = { team: 'x' };
    const target = { namespace: '', name: 'default' };
    await world.plainApi.patch(NAMESPACES, target, { type: 'merge', value: { metadata: { labels } } });
    await world.clock.advance(100);
    assert.equal((await world.placed()).p, 'n1');
    await process.kill();
  });

  test('is not planned again for every pod that it does not care for', async () => {
    const world = new World();
    await world.node('n1', { labels: { [HOST]: 'n1' } });
    const process = new SchedulerProcess(world);
    await world.pod('p', { spec: near('db') });
    await world.clock.advance(100);
    const before = world.calls.length;
    for (let i = 0; i < 5; i++) await world.pod(`other-${i}`);
    await world.clock.advance(60_000);
    assert.equal(world.calls.length, before + 5, 'five bindings and nothing else');
    await process.kill();
  });
});
