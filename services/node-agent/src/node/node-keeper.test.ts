import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ApiError, canonicalQuantity } from '@reckon/api';
import { LEASES, NODES } from '@reckon/client';
import { HollowRuntime } from '@reckon/cri';
import type { Lease } from '@reckon/proto/reckon/api/coordination/v1/lease.ts';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import { silentLogger, VirtualClock } from '@reckon/service';
import { MemoryNodeApi } from '../api/memory-node-api.ts';
import { EventRecorder } from '../events/recorder.ts';
import { LeaseKeeper } from './lease.ts';
import type { MachineFacts, MachinePressure } from './machine.ts';
import { NodeKeeper } from './node-keeper.ts';
import { nodeResources } from './node-object.ts';

const GIB = 1024 ** 3;
const MACHINE: MachineFacts = {
  cpus: 4,
  memoryBytes: 8 * GIB,
  diskBytes: 100 * GIB,
  machineId: 'm',
  systemUuid: 's',
  bootId: 'b',
  kernelVersion: '6.1',
  osImage: 'Debian',
  architecture: 'amd64',
};

describe('the object of a node', () => {
  let clock: VirtualClock;
  let api: MemoryNodeApi;
  let runtime: HollowRuntime;
  let keeper: NodeKeeper;
  let pressure: MachinePressure;
  let apiIsDown: boolean;
  let writes: number;

  beforeEach(async () => {
    apiIsDown = false;
    writes = 0;
    clock = new VirtualClock();
    api = new MemoryNodeApi({
      clock,
      intercept: (call) => {
        if (apiIsDown) throw new ApiError('ServiceUnavailable', 'down');
        if (call === 'patchNodeStatus') writes++;
      },
    });
    runtime = new HollowRuntime({ clock, seed: 'n', podCidr: '10.1.0.0/24' });
    pressure = {
      memoryAvailableBytes: GIB,
      diskAvailableBytes: 50 * GIB,
      diskBytes: 100 * GIB,
      pids: 100,
      maxPids: 32_768,
    };
    keeper = new NodeKeeper({
      api,
      runtime,
      clock,
      log: silentLogger,
      events: new EventRecorder({ api, clock, log: silentLogger, nodeName: 'n' }),
      identity: { name: 'n', address: '192.168.1.2', podCidr: '10.1.0.0/24', port: 10250, maxPods: 110 },
      machine: MACHINE,
      resources: nodeResources(MACHINE, 110),
      pressure: async () => pressure,
    });
    void keeper.start();
    await clock.advance(0);
    await clock.advance(0);
  });

  const node = () => api.find<Node>(NODES, '', 'n');
  const condition = (type: string) => node()?.status?.conditions?.find((each) => each.type === type);

  it('tells its resources as the API keeps them, so that it finds nothing to correct in them', () => {
    const { capacity, allocatable } = nodeResources(MACHINE, 110);
    const all = [...Object.values(capacity), ...Object.values(allocatable)];
    for (const quantity of all) assert.equal(canonicalQuantity(quantity), quantity);
  });

  it('offers pods what somebody says that the node has, until it is taken back', async () => {
    await api.patchNodeStatus('n', { capacity: { 'example.com/dongle': '4' } }, { because: 'the test' });
    await clock.advance(0);
    await clock.advance(0);
    assert.equal(node()?.status?.allocatable?.['example.com/dongle'], '4');
    assert.equal(node()?.status?.allocatable?.cpu, '4');
    writes = 0;
    await clock.advance(60_000);
    assert.equal(writes, 0, 'and comes to rest');
    const { status, ...rest } = node() ?? assert.fail('there is no node');
    const { 'example.com/dongle': _, ...capacity } = status?.capacity ?? {};
    api.put(NODES, { ...rest, status: { ...status, capacity } });
    await clock.advance(0);
    await clock.advance(0);
    assert.equal(node()?.status?.allocatable?.['example.com/dongle'], undefined);
  });

  it('has what the machine has, and keeps some of it for the system', () => {
    assert.deepEqual(node()?.status?.capacity, {
      cpu: '4',
      memory: '8Gi',
      'ephemeral-storage': '100Gi',
      pods: '110',
    });
    assert.equal(node()?.status?.allocatable?.memory, '8092Mi');
    assert.deepEqual(node()?.spec?.podCIDRs, ['10.1.0.0/24']);
    assert.equal(node()?.metadata.labels?.['kubernetes.io/hostname'], 'n');
    assert.deepEqual(condition('Ready'), {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
      lastHeartbeatTime: '2026-01-01T00:00:00Z',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
  });

  it('is written when something changes, otherwise every five minutes', async () => {
    assert.equal(writes, 1);
    await clock.advance(299_000);
    assert.equal(writes, 1);
    await clock.advance(10_000);
    assert.equal(writes, 2);
    pressure = { ...pressure, memoryAvailableBytes: 50 * 1024 ** 2 };
    await clock.advance(10_000);
    assert.equal(writes, 3);
    assert.deepEqual([condition('MemoryPressure')?.status, condition('Ready')?.status], ['True', 'True']);
    assert.equal(condition('Ready')?.lastTransitionTime, '2026-01-01T00:00:00Z');
  });

  it('is not ready while the runtime is down, and ready again the moment it is back', async () => {
    const { health } = runtime;
    runtime.health = async () => {
      throw new ApiError('ServiceUnavailable', 'no socket');
    };
    await keeper.look();
    assert.deepEqual(
      [condition('Ready')?.status, condition('Ready')?.message],
      ['False', 'container runtime is down: no socket'],
    );
    runtime.health = health.bind(runtime);
    await clock.advance(250);
    assert.equal(condition('Ready')?.status, 'True');
  });

  it('says Ready again after somebody who missed its heartbeats said Unknown', async () => {
    const current = node();
    assert.ok(current);
    const conditions = current.status?.conditions?.map((each) => ({ ...each, status: 'Unknown' }));
    api.put<Node>(NODES, { ...current, status: { ...current.status, conditions } });
    await clock.advance(0);
    await clock.advance(0);
    assert.equal(condition('Ready')?.status, 'True');
  });

  it('comes back after it was deleted while the node lives', async () => {
    api.remove(NODES, { namespace: '', name: 'n' });
    await clock.advance(20_000);
    assert.equal(condition('Ready')?.status, 'True');
  });

  it('is registered as soon as the API can be reached', async () => {
    apiIsDown = true;
    const late = new MemoryNodeApi({ clock });
    const other = new NodeKeeper({
      api: Object.assign(Object.create(api), {
        getNode: async (name: string) => {
          if (apiIsDown) throw new ApiError('ServiceUnavailable', 'down');
          return late.getNode(name);
        },
        createNode: late.createNode.bind(late),
        patchNodeStatus: late.patchNodeStatus.bind(late),
        follow: late.follow.bind(late),
      }),
      runtime,
      clock,
      log: silentLogger,
      events: new EventRecorder({ api: late, clock, log: silentLogger, nodeName: 'm' }),
      identity: { name: 'm', address: '192.168.1.3', podCidr: '10.1.1.0/24', port: 0, maxPods: 110 },
      machine: MACHINE,
      resources: nodeResources(MACHINE, 110),
      pressure: async () => pressure,
    });
    void other.start();
    await clock.advance(5_000);
    assert.equal(late.find(NODES, '', 'm'), undefined);
    apiIsDown = false;
    await clock.advance(1_000);
    assert.ok(late.find(NODES, '', 'm'));
    other.stop();
  });
});

describe('the lease of a node', () => {
  it('is renewed at a steady beat, through failures too', async () => {
    const clock = new VirtualClock();
    let down = false;
    const api = new MemoryNodeApi({
      clock,
      intercept: () => {
        if (down) throw new ApiError('ServiceUnavailable', 'down');
      },
    });
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' };
    const options = { api, clock, log: silentLogger, nodeName: 'n', owner: () => owner };
    const lease = new LeaseKeeper({ ...options, renewEveryMs: 2_000 });
    const renewed = () => api.find<Lease>(LEASES, 'kube-node-lease', 'n')?.spec?.renewTime;
    lease.start();
    await clock.advance(0);
    assert.equal(renewed(), '2026-01-01T00:00:00.000000Z');
    const { ownerReferences } = api.find<Lease>(LEASES, 'kube-node-lease', 'n')?.metadata ?? {};
    assert.deepEqual(ownerReferences, [owner], 'it goes with the node');
    await clock.advance(4_000);
    assert.equal(renewed(), '2026-01-01T00:00:04.000000Z');
    down = true;
    await clock.advance(6_000);
    down = false;
    await clock.advance(2_000);
    assert.equal(renewed(), '2026-01-01T00:00:12.000000Z');
    lease.stop();
    await clock.advance(10_000);
    assert.equal(renewed(), '2026-01-01T00:00:12.000000Z');
  });
});
