import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError, findCondition, type LogRecord } from '@reckon/api';
import { NODES, nameOf, PODS, type WriteHooks } from '@reckon/client';
import type { PodShape } from '../testing/objects.ts';
import { at, SchedulerProcess, World } from '../testing/world.ts';

/** What node agents do: they end what is deleted. */
async function endDeleted(world: World): Promise<void> {
  const { items } = await world.plainApi.list(PODS);
  for (const pod of items) {
    if (pod.metadata.deletionTimestamp)
      await world.plainApi.delete(PODS, nameOf(pod), { gracePeriodSeconds: 0 });
  }
}

async function recordsOf(world: World, name: string): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const chunk of world.plainApi.readLog({ after: 0, resources: ['pods'], name })) {
    records.push(...chunk.records);
  }
  return records;
}

/** A node full of a pod of low priority, whose end takes as long as nobody ends it. */
async function fullNode(hooks?: WriteHooks): Promise<World> {
  const world = new World(hooks);
  await world.node('n1', { cpu: '2' });
  await world.pod('low', { cpu: '2', spec: { nodeName: 'n1', terminationGracePeriodSeconds: 30 } });
  return world;
}

const HIGH: PodShape = { cpu: '2', priority: 1_000 };

describe('preemption', () => {
  test('the pod is nominated, its victim is told and deleted with its own grace, then it takes the room', async () => {
    const world = await fullNode();
    const process = new SchedulerProcess(world);
    await world.clock.advance(0);
    const { revision, object } = await world.pod('high', HIGH);
    await world.clock.advance(100);

    const waiting = await world.plainApi.get(PODS, at('high'));
    assert.equal(waiting.status?.nominatedNodeName, 'n1');
    assert.equal(waiting.spec?.nodeName, undefined);
    const victim = await world.plainApi.get(PODS, at('low'));
    assert.ok(victim.metadata.deletionTimestamp);
    assert.equal(victim.metadata.deletionGracePeriodSeconds, 30);
    const condition = findCondition(victim.status?.conditions, 'DisruptionTarget');
    assert.deepEqual(
      [condition?.status, condition?.reason, condition?.message],
      ['True', 'PreemptionByScheduler', 'default-scheduler: preempting to accommodate a higher priority pod'],
    );
    assert.deepEqual(await world.events(), [
      `Normal Preempted: Preempted by pod ${object.metadata.uid} on node n1`,
      'Warning FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu.',
    ]);

    await world.clock.advance(20_000);
    assert.equal(world.calls.length, 3, 'while the victim ends nothing more is written');
    await endDeleted(world);
    await world.clock.advance(10);
    assert.deepEqual(await world.placed(), { high: 'n1' });

    const [, nomination, binding] = await recordsOf(world, 'high');
    assert.equal(nomination?.provenance.cause, revision);
    assert.equal(
      nomination?.provenance.because,
      '0/1 nodes are available: 1 Insufficient cpu. 1 pod of lower priority goes from n1, the only node where that makes room.',
    );
    assert.equal(binding?.provenance.because, 'room was made for it on n1');
    const [, told, deleted] = await recordsOf(world, 'low');
    const because = 'a pod of higher priority (1000, this one has 0) needs the room on n1';
    assert.deepEqual(
      [told, deleted].map((one) => [one?.provenance.cause, one?.provenance.because]),
      [
        [nomination?.rev, because],
        [nomination?.rev, because],
      ],
      'both are caused by the nomination, which is caused by who asked for the pod',
    );
    await process.kill();
  });

  test('the room that is being made is kept from pods that come later', async () => {
    const world = await fullNode();
    const process = new SchedulerProcess(world);
    await world.pod('high', HIGH);
    await world.clock.advance(100);
    await world.pod('same', { ...HIGH, cpu: '1' });
    await world.pod('other', { cpu: '1' });
    await world.clock.advance(100);
    await endDeleted(world);
    await world.clock.advance(100);
    assert.deepEqual(await world.placed(), { high: 'n1', other: '', same: '' });
    await process.kill();
  });

  test('a pod that finds another place before its victim is asked spares it', async () => {
    let room: Promise<unknown> | undefined;
    const world: World = await fullNode({
      // Between planning and the nomination.
      before: async ({ name }) => {
        if (name !== 'high' || room) return;
        room = world.node('n2');
        await room;
      },
    });
    const process = new SchedulerProcess(world);
    await world.pod('high', HIGH);
    await world.clock.advance(1_000);
    assert.deepEqual(await world.placed(), { high: 'n2', low: 'n1' });
    assert.equal((await world.plainApi.get(PODS, at('low'))).metadata.deletionTimestamp, undefined);
    await process.kill();
  });

  test('a pod that is deleted while room is made for it gives the room to the next', async () => {
    const world = await fullNode();
    const process = new SchedulerProcess(world);
    await world.pod('high', HIGH);
    await world.clock.advance(100);
    await world.pod('other', { cpu: '2' });
    await world.clock.advance(100);
    await endDeleted(world);
    await world.plainApi.delete(PODS, at('high'), { gracePeriodSeconds: 0 });
    await world.clock.advance(100);
    assert.deepEqual(await world.placed(), { other: 'n1' });
    await process.kill();
  });

  test('a pod of higher priority takes over the room, and the nomination of the other is cleared', async () => {
    const world = await fullNode();
    const process = new SchedulerProcess(world);
    await world.pod('high', HIGH);
    await world.clock.advance(100);
    await world.pod('highest', { ...HIGH, priority: 2_000 });
    await world.clock.advance(100);
    const nominatedTo = async (name: string) =>
      (await world.plainApi.get(PODS, at(name))).status?.nominatedNodeName;
    assert.deepEqual([await nominatedTo('highest'), await nominatedTo('high')], ['n1', undefined]);
    assert.equal(
      (await recordsOf(world, 'high')).at(-1)?.provenance.because,
      '0/1 nodes are available: 1 Insufficient cpu. No room is made for it on n1 any more.',
    );
    await endDeleted(world);
    await world.clock.advance(100);
    assert.deepEqual(await world.placed(), { high: '', highest: 'n1' });
    await process.kill();
  });

  test('a victim whose deletion is refused stays counted, and is asked again later', async () => {
    let refusals = 2;
    const world = await fullNode({
      before: ({ verb }) => {
        if (verb === 'delete' && refusals-- > 0) throw new ApiError('Forbidden', 'not now');
      },
    });
    const process = new SchedulerProcess(world);
    await world.pod('high', HIGH);
    await world.clock.advance(100);
    assert.equal((await world.plainApi.get(PODS, at('low'))).metadata.deletionTimestamp, undefined);
    await world.clock.advance(10_000);
    await endDeleted(world);
    await world.clock.advance(100);
    assert.deepEqual(await world.placed(), { high: 'n1' });
    await process.kill();
  });

  test('a budget is followed: of two pods that could go, the one that is not protected goes', async () => {
    const world = new World();
    await world.node('n1', { cpu: '2' });
    await world.budget('kept', { app: 'kept' });
    const spec = { nodeName: 'n1' };
    await world.pod('kept', { cpu: '1', labels: { app: 'kept' }, spec });
    await world.pod('other', { cpu: '1', priority: 5, spec });
    const process = new SchedulerProcess(world);
    await world.pod('high', { cpu: '1', priority: 1_000 });
    await world.clock.advance(100);
    await endDeleted(world);
    await world.clock.advance(100);
    assert.deepEqual(await world.placed(), { high: 'n1', kept: 'n1' });
    await process.kill();
  });

  for (const when of ['before', 'after'] as const) {
    test(`converges when the process is killed ${when} any of its writes`, async () => {
      for (let point = 1; point <= 9; point++) {
        let writes = 0;
        let crashed = false;
        let restarted = false;
        let process: SchedulerProcess | undefined;
        const crash = async () => {
          if (crashed || ++writes !== point) return;
          crashed = true;
          void process?.kill();
          throw new ApiError('ServiceUnavailable', 'the process is gone');
        };
        const world = new World({ [when]: crash });
        for (const name of ['n1', 'n2']) await world.node(name, { cpu: '2' });
        for (const [name, nodeName, priority] of [
          ['a1', 'n1', 0],
          ['a2', 'n1', 0],
          ['b1', 'n2', 1],
          ['b2', 'n2', 1],
        ] as const) {
          await world.pod(name, { cpu: '1', priority, spec: { nodeName } });
        }
        process = new SchedulerProcess(world);
        await world.clock.advance(0);
        await world.pod('high', HIGH);
        await world.clock.advance(100);
        const again = async () => {
          if (crashed && !restarted) process = new SchedulerProcess(world);
          restarted = crashed;
          await world.clock.advance(10_000);
        };
        await again();
        await endDeleted(world);
        await world.clock.advance(100);
        await again();
        const told = `killed ${when} write ${point}`;
        // Nomination, a condition and a deletion for each of two victims, binding.
        assert.equal(crashed, point <= 6, told);
        assert.deepEqual(await world.placed(), { b1: 'n2', b2: 'n2', high: 'n1' }, told);
        for (const name of ['b1', 'b2']) {
          const { status } = await world.plainApi.get(PODS, at(name));
          assert.equal(findCondition(status?.conditions, 'DisruptionTarget'), undefined, told);
        }
        await process.kill();
      }
    });
  }

  test('a node that gets a taint is given up, and room is made elsewhere', async () => {
    const world = await fullNode();
    await world.node('n2', { cpu: '2' });
    await world.pod('low2', { cpu: '2', priority: 1, spec: { nodeName: 'n2' } });
    const process = new SchedulerProcess(world);
    await world.pod('high', HIGH);
    await world.clock.advance(100);
    const taints = [{ key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' }];
    const n1 = { namespace: '', name: 'n1' };
    await world.plainApi.patch(NODES, n1, { type: 'merge', value: { spec: { taints } } });
    await world.clock.advance(100);
    assert.equal((await world.plainApi.get(PODS, at('high'))).status?.nominatedNodeName, 'n2');
    await world.plainApi.delete(PODS, at('low2'), { gracePeriodSeconds: 0 });
    await world.clock.advance(100);
    assert.equal((await world.placed()).high, 'n2');
    await process.kill();
  });
});
