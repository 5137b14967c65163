/** What cannot succeed is said in conditions and events, is tried again ever more rarely, and goes on once it can. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ApiError, findCondition, isPodActive } from '@reckon/api';
import {
  CRON_JOBS,
  DAEMON_SETS,
  DEPLOYMENTS,
  EVENTS,
  InterceptedApi,
  JOBS,
  type KubeObject,
  NODES,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  type ResourceType,
  STATEFUL_SETS,
  type WriteCall,
} from '@reckon/client';
import { daemonSet, deployment, job, replicaSet, statefulSet, template } from './testing/objects.ts';
import { VirtualCluster } from './testing/virtual-cluster.ts';
import { describeCalls, WriteWatch } from './testing/write-watch.ts';

const at = (name: string) => ({ namespace: 'default', name });
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

interface World {
  readonly cluster: VirtualCluster;
  readonly watched: WriteWatch;
  /** Throws for writes that the server would refuse. */
  refuse: (call: WriteCall) => void | Promise<void>;
}

let world: World;

beforeEach(async () => {
  const cluster = new VirtualCluster();
  const watched = new WriteWatch(cluster.api);
  world = { cluster, watched, refuse: () => undefined };
  cluster.controllerApi = new InterceptedApi(cluster.api, {
    before: async (call) => {
      watched.before(call);
      await world.refuse(call);
    },
  });
  await cluster.start(['node-1']);
});

afterEach(() => world.cluster.stop());

async function reasons(name: string): Promise<readonly string[]> {
  const { items } = await world.cluster.api.list(EVENTS);
  const about = items.filter(({ involvedObject }) => involvedObject?.name?.startsWith(name));
  return [...new Set(about.map(({ reason = '' }) => reason))].sort();
}

const writesSince = (mark: number) =>
  world.watched.calls.slice(mark).filter(({ options }) => !options.dryRun);

const forbidPods = ({ verb, resource }: WriteCall) => {
  if (verb !== 'create' || resource !== 'pods') return;
  throw new ApiError('Invalid', 'Pod "x" is invalid: spec.containers[0].image: Required value');
};

describe('a template that never becomes valid', () => {
  const { spec: sets } = replicaSet(undefined, {});
  const cases: readonly (readonly [ResourceType, object])[] = [
    [DEPLOYMENTS, deployment({ progressDeadlineSeconds: 30 }).spec ?? {}],
    [REPLICA_SETS, sets ?? {}],
    [REPLICATION_CONTROLLERS, { replicas: 3, selector: { app: 'web' }, template: template('image:1') }],
    [STATEFUL_SETS, statefulSet().spec ?? {}],
    [DAEMON_SETS, daemonSet().spec ?? {}],
    [JOBS, job().spec ?? {}],
  ];
  for (const [resource, spec] of cases) {
    it(`of a ${resource.kind} is told of, and tried ever more rarely`, async () => {
      world.refuse = forbidPods;
      await world.cluster.api.create(resource, { metadata: at('bad'), spec });
      await world.cluster.run(10 * MINUTE_MS, SECOND_MS);
      assert.ok((await reasons('bad')).includes('FailedCreate'), `${await reasons('bad')}`);
      const writes = world.watched.calls;
      const tries = writes.filter(({ verb, resource: { length: n } }) => verb === 'create' && n === 4).length;
      assert.ok(tries >= 15 && tries <= 30, `${tries} tries`);
      assert.ok(writes.length <= 2 * tries + 12, describeCalls(writes).join('\n'));
      world.refuse = () => undefined;
      await world.cluster.run(MINUTE_MS, SECOND_MS);
      assert.ok((await world.cluster.pods()).filter(isPodActive).length > 0, 'it goes on once it can');
    });
  }

  it('shows in the conditions of the Deployment, which gives up waiting for it', async () => {
    world.refuse = forbidPods;
    const { spec } = deployment({ progressDeadlineSeconds: 30 });
    await world.cluster.api.create(DEPLOYMENTS, { metadata: at('bad'), spec });
    await world.cluster.run(MINUTE_MS, SECOND_MS);
    const { conditions } = (await world.cluster.api.get(DEPLOYMENTS, at('bad'))).status ?? {};
    const failure = findCondition(conditions, 'ReplicaFailure');
    assert.deepEqual([failure?.status, failure?.reason], ['True', 'FailedCreate']);
    assert.match(failure?.message ?? '', /image: Required value/);
    assert.equal(findCondition(conditions, 'Progressing')?.reason, 'ProgressDeadlineExceeded');
  });
});

describe('a quota', () => {
  it('that stops half a rollout leaves the old version running, says so, and lets it go on when it is raised', async () => {
    const { cluster } = world;
    let most = 3;
    world.refuse = async ({ verb, resource }) => {
      if (verb !== 'create' || resource !== 'pods' || (await cluster.pods()).length < most) return;
      throw new ApiError('Forbidden', 'pods "x" is forbidden: exceeded quota: all, limited: pods=3');
    };
    const { spec } = deployment({ progressDeadlineSeconds: 30 });
    await cluster.api.create(DEPLOYMENTS, { metadata: at('web'), spec });
    await cluster.run(2_000);
    const mark = world.watched.calls.length;
    const value = { spec: { template: template('image:2') } };
    await cluster.api.patch(DEPLOYMENTS, at('web'), { type: 'merge', value });
    await cluster.run(5 * MINUTE_MS, SECOND_MS);
    const images = async () =>
      (await cluster.pods()).filter(isPodActive).map(({ spec: made }) => made?.containers?.[0]?.image);
    assert.deepEqual(await images(), ['image:1', 'image:1', 'image:1']);
    const { conditions } = (await cluster.api.get(DEPLOYMENTS, at('web'))).status ?? {};
    assert.match(findCondition(conditions, 'ReplicaFailure')?.message ?? '', /exceeded quota/);
    assert.equal(findCondition(conditions, 'Progressing')?.reason, 'ProgressDeadlineExceeded');
    assert.equal(findCondition(conditions, 'Available')?.status, 'True');
    assert.ok(writesSince(mark).length <= 60, describeCalls(writesSince(mark)).join('\n'));
    most = 4;
    await cluster.run(70_000, SECOND_MS);
    assert.deepEqual(await images(), ['image:2', 'image:2', 'image:2']);
    const after = (await cluster.api.get(DEPLOYMENTS, at('web'))).status?.conditions;
    assert.equal(findCondition(after, 'ReplicaFailure'), undefined);
  });
});

describe('selectors that fight', () => {
  it('leave each controller its own pods, come to rest, and people are told', async () => {
    const { cluster } = world;
    for (const name of ['one', 'two']) {
      const { spec } = deployment({ replicas: 2 });
      await cluster.api.create(DEPLOYMENTS, { metadata: at(name), spec });
    }
    await cluster.api.create(STATEFUL_SETS, {
      metadata: at('three'),
      spec: statefulSet({
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: template('image:1'),
      }).spec,
    });
    await cluster.run(5_000);
    const mark = world.watched.calls.length;
    const uids = async () => (await cluster.pods()).map(({ metadata }) => metadata.uid).sort();
    const before = await uids();
    assert.equal(before.length, 6);
    await cluster.run(MINUTE_MS, SECOND_MS);
    assert.deepEqual(await uids(), before);
    assert.deepEqual(describeCalls(writesSince(mark)), []);
    assert.ok((await reasons('two')).includes('SelectorOverlap'), `${await reasons('two')}`);
  });

  it('for pods that belong to nobody settle on one owner each', async () => {
    const { cluster } = world;
    for (const name of ['a', 'b', 'c']) {
      const spec = { containers: [{ name: 'c', image: 'image:1' }] };
      await cluster.api.create(PODS, { metadata: { ...at(name), labels: { app: 'web' } }, spec });
    }
    for (const name of ['one', 'two']) {
      const { spec } = replicaSet(undefined, { spec: { replicas: 2 } });
      await cluster.api.create(REPLICA_SETS, { metadata: at(name), spec });
    }
    await cluster.run(5_000);
    const mark = world.watched.calls.length;
    await cluster.run(MINUTE_MS, SECOND_MS);
    assert.deepEqual(describeCalls(writesSince(mark)), []);
    const owners = (await cluster.pods()).map(({ metadata }) => metadata.ownerReferences?.[0]?.name);
    assert.deepEqual(owners.sort(), ['one', 'one', 'two', 'two']);
  });
});

describe('a clock that jumps', () => {
  async function populate(): Promise<void> {
    const { api } = world.cluster;
    await api.create(DEPLOYMENTS, { metadata: at('web'), spec: deployment({}).spec });
    const jobTemplate = { spec: { ...job().spec, completions: 1, parallelism: 1 } };
    await api.create(CRON_JOBS, { metadata: at('tick'), spec: { schedule: '*/10 * * * *', jobTemplate } });
    await world.cluster.run(3_000);
  }

  for (const [direction, byMs, runs] of [
    ['ahead', DAY_MS, 1],
    ['back', -DAY_MS, 0],
  ] as const) {
    it(`a day ${direction} loses no node and no pod, and starts ${runs} of the runs of a CronJob`, async () => {
      const { cluster } = world;
      await populate();
      const uids = async () => (await cluster.pods()).map(({ metadata }) => metadata.uid);
      const before = await uids();
      const mark = world.watched.calls.length;
      cluster.controllerClock.jump(byMs);
      await cluster.run(2 * MINUTE_MS, SECOND_MS);
      const node = await cluster.api.get(NODES, { namespace: '', name: 'node-1' });
      assert.deepEqual(
        [findCondition(node.status?.conditions, 'Ready')?.status, node.spec?.taints],
        ['True', undefined],
      );
      const now = await uids();
      assert.deepEqual(
        before.filter((uid) => !now.includes(uid)),
        [],
      );
      assert.equal((await cluster.api.list<KubeObject>(JOBS)).items.length, runs);
      assert.ok(writesSince(mark).length <= 15, describeCalls(writesSince(mark)).join('\n'));
    });
  }

  it('back does not keep what failed from being tried again', async () => {
    const { cluster } = world;
    world.refuse = forbidPods;
    await cluster.api.create(DEPLOYMENTS, { metadata: at('web'), spec: deployment({}).spec });
    await cluster.run(10_000);
    cluster.controllerClock.jump(-DAY_MS);
    world.refuse = () => undefined;
    await cluster.run(MINUTE_MS, SECOND_MS);
    assert.equal((await cluster.pods()).length, 3);
  });
});
