import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError } from '@reckon/api';
import { SeededRandom, VirtualClock } from '@reckon/service';
import { MemoryApi } from '../memory/memory-api.ts';
import { CONFIG_MAPS, LEASES, PODS } from '../resources.ts';
import { describeChange, NS, ProjectionWorld, TestFeed } from '../testing/projection-world.ts';
import type { ApiClient } from '../types.ts';
import { LogProjection } from './log-projection.ts';

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

describe('a projection', () => {
  test('starts from lists and tells a create for every object', async () => {
    const world = new ProjectionWorld();
    await world.pod('b');
    await world.pod('a');
    await world.start();
    assert.deepEqual(world.names(), ['a', 'b']);
    assert.deepEqual(world.changes.sort(), ['create Pod a', 'create Pod b']);
    assert.equal(world.projection.revision, world.api.head.rev);
    assert.equal(world.projection.logId, world.api.head.logId);
    await world.projection.stop();
  });

  test('keeps of some kinds no more than who an object is, who owns it and what holds it', async () => {
    const clock = new VirtualClock();
    const api = new MemoryApi({ clock, random: new SeededRandom(1) });
    const projection = new LogProjection({ api, clock, resources: [CONFIG_MAPS], ownersOnly: [CONFIG_MAPS] });
    const make = (name: string, rest: object = {}) =>
      api.create(CONFIG_MAPS, {
        metadata: { name, namespace: NS, labels: { a: 'b' }, ...rest },
        data: { a: 'b' },
      });
    const plain = await make('plain');
    await projection.start();
    const later = await make('later');
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'plain', uid: plain.object.metadata.uid },
    ];
    const owned = await make('owned', { ownerReferences, finalizers: ['x/y'] });
    await projection.waitFor(owned.revision);
    for (const { object } of [plain, later, owned]) {
      const { name, uid, resourceVersion, creationTimestamp } = object.metadata;
      const identity = { name, namespace: NS, uid, resourceVersion, creationTimestamp };
      const held = name === 'owned' ? { ownerReferences, finalizers: ['x/y'] } : {};
      assert.deepEqual(projection.get(CONFIG_MAPS, NS, name), {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { ...identity, ...held },
      });
    }
    assert.deepEqual(
      projection.ownedBy(CONFIG_MAPS, plain.object.metadata.uid).map(({ metadata }) => metadata.name),
      ['owned'],
    );
    assert.deepEqual(
      [...projection.present(CONFIG_MAPS)].map(({ operation, object, mayBeBound }) => [
        operation,
        object.metadata.name,
        mayBeBound,
      ]),
      [
        ['create', 'later', false],
        ['create', 'owned', true],
        ['create', 'plain', false],
      ],
    );
    await projection.stop();
  });

  test('is at one revision although its lists were read at several', async () => {
    const clock = new VirtualClock();
    const api = new MemoryApi({ clock, random: new SeededRandom(1) });
    const object = (name: string) => ({ metadata: { name, namespace: NS } });
    await api.create(PODS, object('before'));
    const list: ApiClient['list'] = async (resource, options) => {
      const result = await api.list(resource, options);
      // What happens between the lists must be seen neither twice nor never.
      await api.create(PODS, object(`pod-after-${resource.resource}`));
      await api.create(CONFIG_MAPS, object(`map-after-${resource.resource}`));
      return result;
    };
    const projection = new LogProjection({
      api: { list, readLog: (options) => api.readLog(options), watchHead: (signal) => api.watchHead(signal) },
      clock,
      resources: [PODS, CONFIG_MAPS],
    });
    const seen: string[] = [];
    projection.subscribe((change) => seen.push(describeChange(change)));
    const started = projection.start();
    await clock.advance(0);
    await started;
    await projection.waitFor(api.head.rev);
    assert.deepEqual(seen.sort(), [
      'create ConfigMap map-after-configmaps',
      'create ConfigMap map-after-pods',
      'create Pod before',
      'create Pod pod-after-configmaps',
      'create Pod pod-after-pods',
    ]);
    await projection.stop();
  });

  test('tells of some resources whoever asks for no more, until he has had enough', async () => {
    const world = new ProjectionWorld();
    await world.start();
    const seen: string[] = [];
    const end = world.projection.subscribe((change) => seen.push(describeChange(change)), [PODS]);
    const other = { metadata: { name: 'other', namespace: NS } };
    await world.api.create(CONFIG_MAPS, other);
    await world.projection.waitFor((await world.pod('a')).revision);
    assert.deepEqual(seen, ['create Pod a']);
    end();
    await world.projection.waitFor((await world.pod('b')).revision);
    assert.deepEqual(seen, ['create Pod a']);
    assert.deepEqual(world.changes, ['create ConfigMap other', 'create Pod a', 'create Pod b']);
    await world.projection.stop();
  });

  test('without a feed follows the log whenever the head moves', async () => {
    const world = new ProjectionWorld();
    await world.start();
    const { revision } = await world.pod('a');
    await world.projection.waitFor(revision);
    assert.deepEqual(world.names(), ['a']);
    const removed = await world.api.delete(PODS, { namespace: NS, name: 'a' });
    await world.projection.waitFor(removed.revision);
    assert.deepEqual(world.names(), []);
    assert.deepEqual(world.changes, ['create Pod a', 'delete Pod a']);
    await world.projection.stop();
  });

  test('follows a healthy feed without reading the log', async () => {
    const feed = new TestFeed();
    const world = new ProjectionWorld({ feed });
    await world.start();
    const from = world.api.head.rev;
    await world.pod('a');
    await world.pod('b');
    feed.push(await world.records(from));
    await world.clock.advance(1_000);
    assert.deepEqual(world.names(), ['a', 'b']);
    assert.deepEqual(world.reads, []);
    await world.projection.stop();
  });

  test('reads what a feed leaves out, and keeps the order', async () => {
    const feed = new TestFeed();
    const world = new ProjectionWorld({ feed });
    await world.start();
    const from = world.api.head.rev;
    for (const name of ['a', 'b', 'c', 'd']) await world.pod(name);
    const records = await world.records(from);
    feed.push(records.slice(0, 1));
    feed.push(records.slice(3));
    await world.clock.advance(1);
    assert.deepEqual(world.changes, ['create Pod a', 'create Pod b', 'create Pod c', 'create Pod d']);
    assert.deepEqual(world.reads, [{ after: from + 1, through: from + 3 }]);
    await world.projection.stop();
  });

  test('reads the body that a feed leaves out', async () => {
    const feed = new TestFeed();
    const world = new ProjectionWorld({ feed });
    await world.start();
    const from = world.api.head.rev;
    await world.pod('a');
    await world.pod('b');
    const [first, second] = await world.records(from);
    assert.ok(first && second);
    feed.push([first, { ...second, body: undefined }]);
    await world.clock.advance(1);
    assert.deepEqual(world.names(), ['a', 'b']);
    await world.projection.stop();
  });

  test('reads the log when the feed lags behind the head, at once until the feed is back', async () => {
    const feed = new TestFeed();
    const world = new ProjectionWorld({ feed, lagMs: 100 });
    await world.start();
    const from = world.api.head.rev;
    await world.pod('a');
    await world.clock.advance(99);
    assert.deepEqual(world.names(), []);
    await world.clock.advance(1);
    assert.deepEqual(world.names(), ['a']);
    await world.pod('b');
    await world.clock.advance(0);
    assert.deepEqual(world.names(), ['a', 'b'], 'a feed that lags is not waited for');
    feed.push(await world.records(from));
    await world.clock.advance(0);
    await world.pod('c');
    await world.clock.advance(50);
    assert.deepEqual(world.names(), ['a', 'b'], 'a feed that is back is given its time again');
    feed.push(await world.records(from + 2));
    await world.clock.advance(0);
    assert.deepEqual(world.names(), ['a', 'b', 'c']);
    assert.deepEqual(world.changes.length, 3);
    await world.projection.stop();
  });

  test('keeps a heartbeat whose newer body is gone already, until the next one comes', async () => {
    const feed = new TestFeed();
    const world = new ProjectionWorld({ feed });
    const lease = {
      metadata: { name: 'node-1', namespace: 'kube-node-lease' },
      spec: { holderIdentity: 'a' },
    };
    await world.api.create(LEASES, lease);
    await world.start();
    const from = world.api.head.rev;
    const target = { namespace: 'kube-node-lease', name: 'node-1' };
    await world.api.patch(LEASES, target, { type: 'merge', value: { spec: { holderIdentity: 'b' } } });
    await world.api.patch(LEASES, target, { type: 'merge', value: { spec: { holderIdentity: 'c' } } });
    const holders: unknown[] = [];
    world.projection.subscribe(({ object }) => holders.push(field(field(object, 'spec'), 'holderIdentity')));
    feed.push(await world.records(from));
    await world.clock.advance(1);
    assert.deepEqual(holders, ['b', 'c']);
    await world.projection.stop();
  });

  test('loads anew when the log is no longer kept, and tells only what has changed', async () => {
    const world = new ProjectionWorld();
    let expired = false;
    const api = {
      list: world.api.list.bind(world.api),
      watchHead: world.api.watchHead.bind(world.api),
      readLog: (options: Parameters<ApiClient['readLog']>[0]) => {
        if (!expired) return world.api.readLog(options);
        expired = false;
        throw new ApiError('Expired', 'too old resource version');
      },
    };
    await world.pod('stays');
    await world.pod('goes');
    const changed = await world.pod('changes');
    const projection = new LogProjection({ api, clock: world.clock, resources: [PODS] });
    const started = projection.start();
    await world.clock.advance(0);
    await started;
    const seen: string[] = [];
    projection.subscribe((change) => seen.push(describeChange(change)));
    expired = true;
    await Promise.all([
      world.api.delete(PODS, { namespace: NS, name: 'goes' }),
      world.api.patch(
        PODS,
        { namespace: NS, name: 'changes' },
        { type: 'merge', value: { metadata: { labels: { a: 'b' } } } },
      ),
      world.pod('comes'),
    ]);
    await world.clock.advance(1_000);
    assert.deepEqual(seen.sort(), ['create Pod comes', 'delete Pod goes', 'update Pod changes']);
    assert.ok(changed.revision < projection.revision);
    await projection.stop();
  });

  test('tells everything anew when the log has been replaced by another one', async () => {
    const clock = new VirtualClock();
    const first = new MemoryApi({ clock, random: new SeededRandom(1) });
    const second = new MemoryApi({ clock, random: new SeededRandom(2) });
    const object = (name: string) => ({ metadata: { name, namespace: NS } });
    await first.create(PODS, object('both'));
    await first.create(PODS, object('only-before'));
    await second.create(PODS, object('both'));
    let api = first;
    const switched = new AbortController();
    const projection = new LogProjection({
      api: {
        list: (resource, options) => api.list(resource, options),
        readLog: (options) => api.readLog(options),
        watchHead: (signal = new AbortController().signal) =>
          api.watchHead(api === first ? AbortSignal.any([signal, switched.signal]) : signal),
      },
      clock,
      resources: [PODS],
    });
    const seen: string[] = [];
    projection.subscribe((change) => seen.push(describeChange(change)));
    const started = projection.start();
    await clock.advance(0);
    await started;
    assert.deepEqual(seen.splice(0).sort(), ['create Pod both', 'create Pod only-before']);
    const waiting = projection.waitFor(1_000_000);
    api = second;
    switched.abort();
    await clock.advance(5_000);
    await waiting;
    assert.deepEqual(seen.sort(), ['create Pod both', 'delete Pod only-before']);
    assert.equal(projection.logId, second.head.logId);
    await projection.stop();
  });

  test('waits for the API server instead of reading an outage as an empty cluster', async () => {
    const world = new ProjectionWorld();
    await world.pod('a');
    let up = false;
    const projection = new LogProjection({
      api: {
        list: async (resource, options) => {
          if (!up) throw new ApiError('ServiceUnavailable', 'no connection');
          return world.api.list(resource, options);
        },
        readLog: world.api.readLog.bind(world.api),
        watchHead: world.api.watchHead.bind(world.api),
      },
      clock: world.clock,
      resources: [PODS],
    });
    let started = false;
    const start = projection.start().then(() => {
      started = true;
    });
    await world.clock.advance(10_000);
    assert.equal(started, false);
    up = true;
    await world.clock.advance(10_000);
    await start;
    assert.equal(projection.list(PODS).length, 1);
    await projection.stop();
  });
});
