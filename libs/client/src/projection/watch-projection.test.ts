import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@reckon/api';
import { SeededRandom, VirtualClock } from '@reckon/service';
import { MemoryApi } from '../memory/memory-api.ts';
import { CONFIG_MAPS, PODS } from '../resources.ts';
import { describeChange, NS } from '../testing/projection-world.ts';
import type { ApiClient } from '../types.ts';
import { WatchProjection } from './watch-projection.ts';

class World {
  readonly clock = new VirtualClock();
  readonly cluster = new MemoryApi({ clock: this.clock, random: new SeededRandom(1) });
  readonly seen: string[] = [];
  cut = new AbortController();
  failWith: ApiError | undefined;
  lists = 0;
  readonly projection: WatchProjection;

  constructor() {
    const api: Pick<ApiClient, 'list' | 'watch'> = {
      list: (resource, options) => {
        this.lists++;
        return this.cluster.list(resource, options);
      },
      watch: (resource, { signal = new AbortController().signal, ...options } = {}) => {
        if (this.failWith) throw this.failWith;
        return this.cluster.watch(resource, {
          ...options,
          signal: AbortSignal.any([signal, this.cut.signal]),
        });
      },
    };
    this.projection = new WatchProjection({
      api,
      clock: this.clock,
      watched: [{ resource: PODS, fieldSelector: 'spec.nodeName=n1' }, { resource: CONFIG_MAPS }],
    });
    this.projection.subscribe((change) => this.seen.push(describeChange(change)));
  }

  async start(): Promise<void> {
    const started = this.projection.start();
    await this.clock.advance(0);
    await started;
  }

  pod(name: string, nodeName: string) {
    return this.cluster.create(PODS, { metadata: { name, namespace: NS }, spec: { nodeName } });
  }

  /** Ends the present watches; the next ones fail, until `mend`. */
  break(error: ApiError): void {
    this.failWith = error;
    this.cut.abort();
    this.cut = new AbortController();
  }

  async mend(): Promise<void> {
    this.failWith = undefined;
    await this.clock.advance(5_000);
  }

  names(): readonly string[] {
    return this.projection.list(PODS).map(({ metadata }) => metadata.name);
  }
}

test('a watch projection holds what its selections match, and follows it', async () => {
  const world = new World();
  await world.pod('mine', 'n1');
  await world.pod('other', 'n2');
  await world.start();
  assert.deepEqual(world.names(), ['mine']);
  await world.pod('also-mine', 'n1');
  await world.cluster.delete(PODS, { namespace: NS, name: 'mine' }, { gracePeriodSeconds: 0 });
  await world.cluster.create(CONFIG_MAPS, { metadata: { name: 'c', namespace: NS } });
  await world.clock.advance(0);
  assert.deepEqual(world.names(), ['also-mine']);
  assert.deepEqual(world.seen, [
    'create Pod mine',
    'create Pod also-mine',
    'delete Pod mine',
    'create ConfigMap c',
  ]);
  await world.projection.stop();
});

test('a watch projection that lost its connection goes on where it was', async () => {
  const world = new World();
  await world.start();
  const lists = world.lists;
  world.break(new ApiError('ServiceUnavailable', 'no connection'));
  await world.pod('meanwhile', 'n1');
  await world.clock.advance(10_000);
  assert.deepEqual(world.names(), []);
  await world.mend();
  assert.deepEqual(world.names(), ['meanwhile']);
  assert.equal(world.lists, lists, 'nothing is listed again');
  await world.projection.stop();
});

test('a watch projection whose revision is no longer kept lists again and tells the difference', async () => {
  const world = new World();
  await world.pod('goes', 'n1');
  await world.pod('stays', 'n1');
  await world.start();
  world.seen.length = 0;
  world.break(new ApiError('Expired', 'too old resource version'));
  await world.cluster.delete(PODS, { namespace: NS, name: 'goes' }, { gracePeriodSeconds: 0 });
  await world.pod('comes', 'n1');
  await world.clock.advance(10_000);
  await world.mend();
  assert.deepEqual(world.seen.sort(), ['create Pod comes', 'delete Pod goes']);
  await world.projection.stop();
  assert.equal(world.clock.nextAtMs(), undefined, 'no timer is left behind');
});

test('a watch projection never claims to be at the head', async () => {
  const world = new World();
  const { object } = await world.pod('mine', 'n1');
  await world.start();
  await world.clock.advance(60_000);
  assert.equal(world.projection.confirmedForMs, 0);
  assert.equal(world.projection.silentForMs(), 0);
  assert.equal(world.projection.confirmedSince(), undefined);
  assert.deepEqual(world.projection.get(PODS, NS, 'mine'), object);
  await world.projection.stop();
});
