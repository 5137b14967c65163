import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError, rfc3339, rfc3339Micro } from '@reckon/api';
import { EVENTS } from '../resources.ts';
import { ControllerWorld, NS } from '../testing/controller-world.ts';
import { EventRecorder } from './event-recorder.ts';

function field(object: object, name: string): unknown {
  return Reflect.get(object, name);
}

describe('the event recorder', () => {
  test('counts a repeated event up instead of writing it again', async () => {
    const world = new ControllerWorld();
    const { object } = await world.parent({});
    const events = new EventRecorder({ api: world.api, clock: world.clock, instance: 'test' });
    const spec = { regarding: object, type: 'Normal', reason: 'Pulled', message: 'again' } as const;
    for (let i = 0; i < 5; i++) events.record(spec, { component: 'kubelet' });
    await world.clock.advance(0);
    await world.clock.advance(10_000);
    const { items } = await world.plainApi.list(EVENTS);
    assert.deepEqual(
      items.map((event) => [event.reason, event.count, event.involvedObject?.name, event.metadata.namespace]),
      [['Pulled', 5, 'parent', NS]],
    );
    assert.equal(world.calls.length, 2);
    await events.close();
  });

  test('tells readers of both versions of Event when it happened, and makes a series of what happens again', async () => {
    const world = new ControllerWorld();
    const { object } = await world.parent({});
    const events = new EventRecorder({ api: world.api, clock: world.clock, instance: 'test' });
    const spec = { regarding: object, type: 'Normal', reason: 'Pulled', message: 'again' } as const;
    const read = async () => (await world.plainApi.list(EVENTS)).items[0];
    const startMs = world.clock.nowMs();
    events.record(spec, { component: 'kubelet' });
    await world.clock.advance(1_500);
    const single = await read();
    assert.deepEqual(
      [single?.eventTime, single?.firstTimestamp, single?.action, single?.count, single?.series],
      [rfc3339Micro(startMs), rfc3339(startMs), 'Pulled', 1, undefined],
    );
    events.record({ ...spec }, { component: 'kubelet' });
    await world.clock.advance(20_000);
    const series = await read();
    const again = startMs + 1_500;
    assert.deepEqual(series?.series, { count: 2, lastObservedTime: rfc3339Micro(again) });
    assert.deepEqual(
      [series?.count, series?.lastTimestamp, series?.eventTime],
      [2, rfc3339(again), rfc3339Micro(startMs)],
    );
    await events.close();
  });

  test('goes on counting after a restart', async () => {
    const world = new ControllerWorld();
    const { object } = await world.parent({});
    const spec = { regarding: object, type: 'Normal', reason: 'Pulled', message: 'again' } as const;
    for (let i = 0; i < 3; i++) {
      const events = new EventRecorder({ api: world.api, clock: world.clock, instance: 'test' });
      events.record(spec, { component: 'kubelet' });
      await world.clock.advance(1_000);
      await events.close();
    }
    const { items } = await world.plainApi.list(EVENTS);
    assert.deepEqual(
      items.map((event) => field(event, 'count')),
      [3],
    );
  });

  test('lets one object tell only so much', async () => {
    const world = new ControllerWorld();
    const { object } = await world.parent({});
    const events = new EventRecorder({ api: world.api, clock: world.clock, instance: 'test' });
    for (let i = 0; i < 100; i++) {
      events.record(
        { regarding: object, type: 'Normal', reason: 'Same', message: `${i}` },
        { component: 'x' },
      );
    }
    await world.clock.advance(11_000);
    const { items } = await world.plainApi.list(EVENTS);
    assert.equal(
      items.reduce((sum, { count = 0 }) => sum + count, 0),
      25,
    );
    events.record(
      { regarding: object, type: 'Warning', reason: 'Failed', message: 'all of it' },
      { component: 'x' },
    );
    await world.clock.advance(1_000);
    const told = (await world.plainApi.list(EVENTS)).items;
    assert.ok(
      told.some(({ reason }) => reason === 'Failed'),
      'chatter leaves room for warnings',
    );
    await events.close();
  });

  test('tells of events that differ only in their messages one by one, and of many together', async () => {
    const world = new ControllerWorld();
    const { object } = await world.parent({});
    const events = new EventRecorder({ api: world.api, clock: world.clock, instance: 'test' });
    const record = (message: string) =>
      events.record({ regarding: object, type: 'Warning', reason: 'Failed', message }, { component: 'x' });
    for (let i = 1; i <= 9; i++) record(`no ${i}`);
    await world.clock.advance(11_000);
    assert.equal((await world.plainApi.list(EVENTS)).items.length, 9);
    for (let i = 10; i <= 14; i++) record(`no ${i}`);
    record('no 1');
    await world.clock.advance(11_000);
    const { items } = await world.plainApi.list(EVENTS);
    assert.equal(items.length, 10);
    const combined = items.find(({ message }) => message?.startsWith('(combined'));
    assert.equal(combined?.message, '(combined from similar events): no 14');
    assert.equal(combined?.count, 5);
    assert.equal(items.find(({ message }) => message === 'no 1')?.count, 2, 'what is known is counted up');
    await world.clock.advance(601_000);
    record('no 20');
    await world.clock.advance(11_000);
    const later = (await world.plainApi.list(EVENTS)).items.find(({ message }) => message === 'no 20');
    assert.equal(later?.count, 1, 'after a while they are told one by one again');
    await events.close();
  });

  test('tries again while the API server is away', async () => {
    let up = false;
    const world = new ControllerWorld({
      before: () => {
        if (!up) throw new ApiError('ServiceUnavailable', 'no connection');
      },
    });
    const { object } = await world.parent({});
    const events = new EventRecorder({ api: world.api, clock: world.clock, instance: 'test' });
    events.record({ regarding: object, type: 'Normal', reason: 'A', message: 'b' }, { component: 'x' });
    await world.clock.advance(300);
    up = true;
    await world.clock.advance(1_000);
    assert.equal((await world.plainApi.list(EVENTS)).items.length, 1);
    await events.close();
  });
});
