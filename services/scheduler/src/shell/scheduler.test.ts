import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError, findCondition } from '@reckon/api';
import { NODES, PODS } from '@reckon/client';
import { at, SchedulerProcess, World } from '../testing/world.ts';

describe('the scheduler', () => {
  test('binds a pod as soon as it is there, and says so', async () => {
    const world = new World();
    await world.node('n1');
    const process = new SchedulerProcess(world);
    await world.clock.advance(0);
    const { revision } = await world.pod('p', { cpu: '1' });
    await world.clock.advance(0);
    assert.deepEqual(await world.placed(), { p: 'n1' });
    assert.deepEqual(await world.events(), ['Normal Scheduled: Successfully assigned default/p to n1']);
    const [binding] = world.bindings();
    assert.equal(binding?.options.cause, revision);
    assert.equal(binding?.options.because, 'n1 is the only one of 1 nodes that the pod fits on');
    await process.kill();
  });

  test('binds what was waiting before it started, and leaves alone what is not its own', async () => {
    const world = new World();
    await world.node('n1');
    await world.pod('waiting');
    await world.pod('other-scheduler', { spec: { schedulerName: 'mine' } });
    await world.pod('gated', { spec: { schedulingGates: [{ name: 'not-yet' }] } });
    await world.pod('placed-by-hand', { spec: { nodeName: 'elsewhere' } });
    const process = new SchedulerProcess(world);
    await world.clock.advance(1_000);
    assert.deepEqual(await world.placed(), {
      gated: '',
      'other-scheduler': '',
      'placed-by-hand': 'elsewhere',
      waiting: 'n1',
    });
    await process.kill();
  });

  test('counts what it has bound before the log shows it', async () => {
    const world = new World();
    await world.node('n1', { cpu: '2' });
    const process = new SchedulerProcess(world);
    await world.clock.advance(0);
    for (let i = 0; i < 5; i++) {
      await world.pod(`p${i}`, { cpu: '1' });
      // Passes run between the creates, faster than any binding comes back.
      await Promise.resolve();
    }
    await world.clock.advance(1_000);
    const placed = Object.values(await world.placed());
    assert.equal(placed.filter((node) => node === 'n1').length, 2);
    await process.kill();
  });

  test('tells once why a pod fits nowhere', async () => {
    const world = new World();
    await world.node('n1', { cpu: '1' });
    const process = new SchedulerProcess(world);
    await world.pod('p', { cpu: '2' });
    await world.clock.advance(60_000);
    const message = '0/1 nodes are available: 1 Insufficient cpu.';
    const pod = await world.plainApi.get(PODS, at('p'));
    const condition = findCondition(pod.status?.conditions, 'PodScheduled');
    assert.deepEqual(
      [condition?.status, condition?.reason, condition?.message],
      ['False', 'Unschedulable', message],
    );
    assert.deepEqual(await world.events(), [`Warning FailedScheduling: ${message}`]);
    assert.equal(world.calls.length, 1, 'one write and no more');
    await process.kill();
  });

  const helpers: Record<string, (world: World) => Promise<unknown>> = {
    'a node comes': (world) => world.node('n2'),
    'a node gets more': (world) =>
      world.plainApi.patch(
        NODES,
        { namespace: '', name: 'n1' },
        { type: 'merge', value: { status: { allocatable: { cpu: '8' } } } },
        { subresource: 'status' },
      ),
    'a taint is taken away': (world) =>
      world.plainApi.patch(
        NODES,
        { namespace: '', name: 'tainted' },
        { type: 'merge', value: { spec: { taints: null } } },
      ),
    'a pod is deleted': (world) => world.plainApi.delete(PODS, at('big'), { gracePeriodSeconds: 0 }),
    'a pod ends': (world) =>
      world.plainApi.patch(
        PODS,
        at('big'),
        { type: 'merge', value: { status: { phase: 'Succeeded' } } },
        { subresource: 'status' },
      ),
  };
  for (const [event, help] of Object.entries(helpers)) {
    test(`tries again when ${event}`, async () => {
      const world = new World();
      await world.node('n1');
      await world.node('tainted', { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] });
      const process = new SchedulerProcess(world);
      await world.pod('big', { cpu: '4' });
      await world.clock.advance(0);
      await world.pod('p', { cpu: '3' });
      await world.clock.advance(100);
      assert.equal((await world.placed()).p, '');
      await help(world);
      await world.clock.advance(10);
      assert.notEqual((await world.placed()).p, '');
      await process.kill();
    });
  }

  test('does not try again for what cannot help', async () => {
    const world = new World();
    await world.node('n1');
    const process = new SchedulerProcess(world);
    await world.pod('small', { cpu: '1' });
    await world.pod('misfit', { spec: { nodeSelector: { disk: 'tape' } } });
    await world.clock.advance(100);
    const before = world.calls.length;
    await world.plainApi.delete(PODS, at('small'), { gracePeriodSeconds: 0 });
    await world.plainApi.patch(
      NODES,
      { namespace: '', name: 'n1' },
      { type: 'merge', value: { status: { conditions: [{ type: 'Ready', status: 'True' }] } } },
      { subresource: 'status' },
    );
    await world.clock.advance(60_000);
    assert.equal(world.calls.length, before);
    await process.kill();
  });

  test('changes the message when the reason changes', async () => {
    const world = new World();
    const process = new SchedulerProcess(world);
    await world.pod('p', { cpu: '2' });
    await world.clock.advance(10);
    await world.node('n1', { cpu: '1' });
    await world.clock.advance(10);
    const pod = await world.plainApi.get(PODS, at('p'));
    const condition = findCondition(pod.status?.conditions, 'PodScheduled');
    assert.equal(condition?.message, '0/1 nodes are available: 1 Insufficient cpu.');
    assert.equal((await world.events()).length, 2);
    await process.kill();
  });

  test('a pod that is deleted while it is being bound holds no room', async () => {
    const world: World = new World({
      before: async ({ options, name }) => {
        if (options.subresource === 'binding' && name === 'p1') await world.plainApi.delete(PODS, at('p1'));
      },
    });
    await world.node('n1', { cpu: '1' });
    const process = new SchedulerProcess(world);
    await world.clock.advance(0);
    await world.pod('p1', { cpu: '1' });
    await world.clock.advance(0);
    await world.pod('p2', { cpu: '1' });
    await world.clock.advance(1_000);
    assert.deepEqual(await world.placed(), { p2: 'n1' });
    await process.kill();
  });

  test('a binding that was refused is planned again later', async () => {
    let refusals = 2;
    const world = new World({
      before: ({ options }) => {
        if (options.subresource === 'binding' && refusals-- > 0) throw new ApiError('Forbidden', 'not now');
      },
    });
    await world.node('n1');
    const process = new SchedulerProcess(world);
    await world.pod('p', { cpu: '1' });
    await world.clock.advance(100);
    assert.equal(world.bindings().length, 1);
    await world.clock.advance(10_000);
    assert.deepEqual(await world.placed(), { p: 'n1' });
    assert.equal(world.bindings().length, 3);
    await process.kill();
  });

  test('while the API server is away a binding is kept and its room held', async () => {
    let down = true;
    const world = new World({
      before: () => {
        if (down) throw new ApiError('ServiceUnavailable', 'no connection');
      },
    });
    await world.node('n1', { cpu: '1' });
    const process = new SchedulerProcess(world);
    await world.pod('p1', { cpu: '1' });
    await world.clock.advance(1_000);
    await world.pod('p2', { cpu: '1' });
    await world.clock.advance(1_000);
    down = false;
    await world.clock.advance(20_000);
    assert.deepEqual(await world.placed(), { p1: 'n1', p2: '' });
    await process.kill();
  });

  test('stops at once', async () => {
    const world = new World();
    await world.node('n1');
    const process = new SchedulerProcess(world);
    await world.clock.advance(10);
    await process.kill();
    await world.pod('p');
    await world.clock.advance(60_000);
    assert.deepEqual(world.calls, []);
    assert.equal(world.clock.nextAtMs(), undefined, 'no timer is left behind');
  });

  for (const when of ['before', 'after'] as const) {
    test(`converges when the process is killed ${when} any of its writes`, async () => {
      for (let point = 1; point <= 8; point++) {
        let writes = 0;
        let crashed = false;
        let process: SchedulerProcess | undefined;
        const crash = async () => {
          writes++;
          if (writes !== point || crashed) return;
          crashed = true;
          void process?.kill();
          throw new ApiError('ServiceUnavailable', 'the process is gone');
        };
        const world = new World({ [when]: crash });
        for (const name of ['n1', 'n2', 'n3']) await world.node(name, { cpu: '2' });
        process = new SchedulerProcess(world);
        await world.clock.advance(0);
        for (let i = 0; i < 7; i++) await world.pod(`p${i}`, { cpu: '1', owner: 'rs' });
        await world.clock.advance(100);
        assert.equal(crashed, point <= 7);
        if (crashed) process = new SchedulerProcess(world);
        await world.clock.advance(10_000);
        const nodes = Object.values(await world.placed()).sort();
        assert.deepEqual(nodes, ['', 'n1', 'n1', 'n2', 'n2', 'n3', 'n3'], `killed ${when} write ${point}`);
        await process.kill();
      }
    });
  }
});
