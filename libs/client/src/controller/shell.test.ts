import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError, controllerRef } from '@reckon/api';
import type { ConfigMap } from '@reckon/proto/reckon/api/core/v1/config_map.ts';
import { keyOf, parseKey } from '../keys.ts';
import { CONFIG_MAPS, EVENTS } from '../resources.ts';
import { ControllerWorld, children, NS, type Process } from '../testing/controller-world.ts';
import type { Stored } from '../types.ts';
import type { PlanInput } from './types.ts';

describe('the controller shell', () => {
  test('makes what is missing, changes what differs and removes what is too much', async () => {
    const world = new ControllerWorld();
    const process = world.start();
    await world.parent({ children: '3', value: 'a' });
    await world.clock.advance(10);
    assert.deepEqual(await world.children(), ['a', 'a', 'a']);
    await world.set({ children: '2', value: 'b' });
    await world.clock.advance(10);
    assert.deepEqual(await world.children(), ['b', 'b']);
    await process.kill();
  });

  test('writes nothing that changes nothing', async () => {
    const world = new ControllerWorld();
    const process = world.start();
    await world.parent({ children: '2', value: 'a' });
    await world.clock.advance(1_000);
    assert.deepEqual(
      world.calls.map(({ verb }) => verb),
      ['create', 'create'],
    );
    await world.set({ unrelated: 'x' });
    await world.clock.advance(1_000);
    assert.equal(world.calls.length, 2);
    await process.kill();
  });

  test('puts the revision that asked for the pass, and why, on every write', async () => {
    const world = new ControllerWorld();
    const process = world.start();
    const { revision } = await world.parent({ children: '1' });
    await world.clock.advance(10);
    const [first] = world.calls;
    assert.equal(first?.options.cause, revision);
    assert.equal(first?.options.because, '0 of 1 children are there');
    assert.equal(first?.options.fieldManager, 'children-controller');
    const changed = await world.set({ value: 'b' });
    await world.clock.advance(10);
    assert.equal(world.calls.at(-1)?.options.cause, changed.revision);
    await process.kill();
  });

  test('works on what was there before it started', async () => {
    const world = new ControllerWorld();
    await world.parent({ children: '2' });
    const process = world.start();
    await world.clock.advance(10);
    assert.equal((await world.children()).length, 2);
    await process.kill();
  });

  test('starts many creates slowly, and stops at the first refusal', async () => {
    let refuse = true;
    const world = new ControllerWorld({
      before: ({ verb }) => {
        if (refuse && verb === 'create') throw new ApiError('Forbidden', 'exceeded quota');
      },
    });
    const process = world.start();
    await world.parent({ children: '20' });
    await world.clock.advance(0);
    assert.equal(world.calls.length, 1);
    refuse = false;
    await world.clock.advance(1_000);
    assert.equal((await world.children()).length, 20);
    await process.kill();
  });

  test('tells the plan what was refused, and people too', async () => {
    const seen: number[] = [];
    const world = new ControllerWorld({
      before: ({ verb }) => {
        if (verb === 'create') throw new ApiError('Forbidden', 'exceeded quota');
      },
    });
    const process = world.start({
      ...children,
      plan(input: PlanInput<Stored<ConfigMap>, readonly Stored<ConfigMap>[]>) {
        seen.push(input.failures.length);
        return children.plan(input);
      },
    });
    await world.parent({ children: '1' });
    await world.clock.advance(100);
    assert.deepEqual(seen.slice(0, 2), [0, 1]);
    const { items } = await world.plainApi.list(EVENTS);
    const messages = items.map((event) => `${event.reason}: ${event.message}`).sort();
    assert.deepEqual(messages, ['FailedCreate: Error creating: exceeded quota', 'Refused: 1 refused']);
    await process.kill();
  });

  test('plans again after a conflict and after an outage, without calling it a refusal', async () => {
    const errors = [
      new ApiError('Conflict', 'modified'),
      new ApiError('ServiceUnavailable', 'no connection'),
    ];
    const failures: number[] = [];
    const world = new ControllerWorld({
      before: () => {
        const error = errors.pop();
        if (error) throw error;
      },
    });
    const process = world.start({
      ...children,
      plan(input: PlanInput<Stored<ConfigMap>, readonly Stored<ConfigMap>[]>) {
        failures.push(input.failures.length);
        return children.plan(input);
      },
    });
    await world.parent({ children: '1' });
    await world.clock.advance(1_000);
    assert.equal((await world.children()).length, 1);
    assert.deepEqual([...new Set(failures)], [0]);
    await process.kill();
  });

  test('does not act on what it saw before its own last write', async () => {
    // Names that differ at every pass: acting twice on one observation would make two children.
    let passes = 0;
    const world = new ControllerWorld();
    const process = world.start({
      ...children,
      plan({ desired, observed }) {
        passes++;
        if (observed.length > 0) return { actions: [] };
        return {
          actions: [
            {
              type: 'create',
              resource: CONFIG_MAPS,
              object: {
                metadata: {
                  name: `child-${passes}`,
                  namespace: NS,
                  ownerReferences: [controllerRef(desired)],
                },
              },
              because: 'there is no child',
            },
          ],
        };
      },
    });
    await world.clock.advance(0);
    await world.parent({ children: '1' });
    for (let i = 0; i < 20; i++) {
      await world.set({ poke: String(i) });
      await Promise.resolve();
    }
    await world.clock.advance(1_000);
    assert.equal((await world.children()).length, 1);
    await process.kill();
  });

  test('comes back when the plan asks for it', async () => {
    const world = new ControllerWorld();
    const times: number[] = [];
    const startMs = world.clock.nowMs();
    const process = world.start({
      ...children,
      plan({ now }) {
        times.push(now - startMs);
        return { actions: [], wakeAtMs: now < startMs + 3_000 ? startMs + 3_000 : undefined };
      },
    });
    await world.parent({ children: '1' });
    await world.clock.advance(10_000);
    assert.deepEqual(times, [0, 3_000]);
    await process.kill();
  });

  test('lets a key that takes long to plan rest, and then plans once for all that changed meanwhile', async () => {
    const world = new ControllerWorld();
    const seen: string[] = [];
    const process = world.start({
      ...children,
      plan({ desired }) {
        world.clock.spend(20);
        seen.push(desired.data?.value ?? '');
        return { actions: [] };
      },
    });
    await world.parent({ children: '1', value: '0' });
    await world.clock.advance(10);
    for (let i = 1; i <= 10; i++) {
      await world.set({ value: String(i) });
      await world.clock.advance(10);
    }
    assert.deepEqual(seen, ['0']);
    await world.clock.advance(200);
    assert.deepEqual(seen, ['0', '10']);
    await process.kill();
  });

  test('a plan that throws is tried again later and does not stop the others', async () => {
    const world = new ControllerWorld();
    let broken = true;
    const process = world.start({
      ...children,
      plan(input: PlanInput<Stored<ConfigMap>, readonly Stored<ConfigMap>[]>) {
        if (broken) throw new Error('a defect');
        return children.plan(input);
      },
    });
    await world.parent({ children: '1' });
    await world.clock.advance(100);
    broken = false;
    await world.clock.advance(1_000);
    assert.equal((await world.children()).length, 1);
    await process.kill();
  });

  test('writes nothing more once it has been stopped', async () => {
    const world = new ControllerWorld();
    const process = world.start();
    await world.clock.advance(10);
    await process.kill();
    await world.parent({ children: '5' });
    await world.clock.advance(60_000);
    assert.deepEqual(world.calls, []);
    assert.equal(world.clock.nextAtMs(), undefined, 'no timer is left behind');
  });

  for (const when of ['before', 'after'] as const) {
    test(`converges when the process is killed ${when} any of its writes`, async () => {
      for (let point = 1; point <= 12; point++) {
        let writes = 0;
        let crashed = false;
        let process: Process | undefined;
        const crash = async () => {
          writes++;
          if (writes !== point || crashed) return;
          crashed = true;
          void process?.kill();
          throw new ApiError('ServiceUnavailable', 'the process is gone');
        };
        const world = new ControllerWorld({ [when]: crash });
        process = world.start();
        await world.parent({ children: '5', value: 'a' });
        await world.clock.advance(100);
        if (crashed) process = world.start();
        await world.clock.advance(100);
        await world.set({ children: '3', value: 'b' });
        await world.clock.advance(100);
        if (crashed) {
          await process.kill();
          process = world.start();
        }
        await world.clock.advance(1_000);
        assert.deepEqual(await world.children(), ['b', 'b', 'b'], `killed ${when} write ${point}`);
        assert.equal(crashed, point <= 10, `the plan makes 10 writes, point ${point}`);
        await process.kill();
      }
    });
  }
});

test('a key names its object', () => {
  const object = { metadata: { namespace: NS, name: 'a' } };
  assert.deepEqual(parseKey(keyOf(object)), { namespace: NS, name: 'a' });
  assert.deepEqual(parseKey(keyOf({ metadata: { name: 'n' } })), { namespace: '', name: 'n' });
});
