import assert from 'node:assert/strict';
import { findCondition, isPodActive, isPodReady } from '@reckon/api';
import { DEPLOYMENTS, REPLICA_SETS, type Stored } from '@reckon/client';
import type { Deployment } from '@reckon/proto/reckon/api/apps/v1/deployment.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { deployment, template } from '../testing/objects.ts';
import type { VirtualCluster } from '../testing/virtual-cluster.ts';
import { at, type CrashScene } from './types.ts';

const RESOURCES = ['deployments.apps', 'replicasets.apps', 'pods'];
const REVISION = 'deployment.kubernetes.io/revision';

type Spec = NonNullable<Deployment['spec']>;

async function create(cluster: VirtualCluster, wanted: Spec, annotations: Record<string, string> = {}) {
  await cluster.start(['node-1', 'node-2']);
  const { apiVersion, kind, spec } = deployment(wanted);
  await cluster.api.create(DEPLOYMENTS, { apiVersion, kind, metadata: { ...at('web'), annotations }, spec });
}

const patch = (cluster: VirtualCluster, value: object) =>
  cluster.api.patch(DEPLOYMENTS, at('web'), { type: 'merge', value });
const change = (cluster: VirtualCluster, spec: Spec) => patch(cluster, { spec });
const setImage = (cluster: VirtualCluster, image: string) => change(cluster, { template: template(image) });

const active = (pods: readonly Stored<Pod>[]) => pods.filter(isPodActive);
const usable = (pods: readonly Stored<Pod>[]) => active(pods).filter(isPodReady);

/** Watches from now on that a rollout keeps its promises. */
function bound(cluster: VirtualCluster, { least, most }: { readonly least: number; readonly most: number }) {
  const seen = { fewest: Number.POSITIVE_INFINITY, most: 0 };
  cluster.onStep = (pods) => {
    seen.fewest = Math.min(seen.fewest, usable(pods).length);
    seen.most = Math.max(seen.most, active(pods).length);
  };
  return (name: string) => {
    assert.ok(seen.fewest >= least, `${name}: as few as ${seen.fewest} were usable`);
    assert.ok(seen.most <= most, `${name}: as many as ${seen.most} were there`);
  };
}

/** How many active pods each image has. */
async function images(cluster: VirtualCluster): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { spec } of active(await cluster.pods())) {
    const image = spec?.containers?.[0]?.image ?? '';
    counts[image] = (counts[image] ?? 0) + 1;
  }
  return counts;
}

/** `image: replicas of its ReplicaSet, revision`, by revision. */
async function revisions(cluster: VirtualCluster): Promise<readonly string[]> {
  const { items } = await cluster.api.list(REPLICA_SETS);
  return items
    .toSorted((a, b) => revisionIn(a) - revisionIn(b))
    .map((set) => {
      const image = set.spec?.template?.spec?.containers?.[0]?.image;
      return `${image} ${set.spec?.replicas} as ${revisionIn(set)}`;
    });
}

const revisionIn = ({ metadata }: Stored) => Number(metadata.annotations?.[REVISION]);

const progressing = async (cluster: VirtualCluster) =>
  findCondition((await cluster.api.get(DEPLOYMENTS, at('web'))).status?.conditions, 'Progressing')?.reason;

export const DEPLOYMENT_SCENES: readonly CrashScene[] = [
  {
    name: 'a Deployment rolls on and back, within its bounds, and forgets what its history does not hold',
    resources: RESOURCES,
    leastWrites: 30,
    async play({ cluster, run, name }) {
      await create(cluster, { replicas: 2, revisionHistoryLimit: 1 });
      await run(1_200);
      const check = bound(cluster, { least: 2, most: 3 });
      for (const image of ['image:2', 'image:1', 'image:3']) {
        await setImage(cluster, image);
        await run(2_400);
      }
      check(name);
      assert.deepEqual(await images(cluster), { 'image:3': 2 }, name);
      assert.deepEqual(await revisions(cluster), ['image:1 0 as 3', 'image:3 2 as 4'], name);
      const { status, metadata } = await cluster.api.get(DEPLOYMENTS, at('web'));
      assert.equal(metadata.annotations?.[REVISION], '4', name);
      assert.deepEqual([status?.updatedReplicas, status?.availableReplicas], [2, 2], name);
      assert.equal(await progressing(cluster), 'NewReplicaSetAvailable', name);
    },
  },
  {
    name: 'a Deployment that is scaled in the middle of a rollout that is stuck shares the change in proportion',
    resources: RESOURCES,
    leastWrites: 20,
    async play({ cluster, run, name }) {
      await create(cluster, { replicas: 4 });
      await run(1_800);
      cluster.broken.add('image:bad');
      await setImage(cluster, 'image:bad');
      await run(1_800);
      assert.deepEqual(await images(cluster), { 'image:1': 3, 'image:bad': 2 }, name);
      await change(cluster, { replicas: 8 });
      await run(2_400);
      assert.deepEqual(await images(cluster), { 'image:1': 6, 'image:bad': 4 }, name);
      await change(cluster, { replicas: 2 });
      await run(2_400);
      assert.deepEqual(await images(cluster), { 'image:1': 2, 'image:bad': 1 }, name);
    },
  },
  {
    name: 'a Deployment that is paused is scaled and does not roll; resumed, it rolls',
    resources: RESOURCES,
    leastWrites: 20,
    async play({ cluster, run, name }) {
      await create(cluster, {});
      await run(1_800);
      await change(cluster, { paused: true, replicas: 4, template: template('image:2') });
      await run(1_800);
      assert.deepEqual(await images(cluster), { 'image:1': 4 }, name);
      assert.equal(await progressing(cluster), 'DeploymentPaused', name);
      await change(cluster, { paused: false });
      await run(3_000);
      assert.deepEqual(await images(cluster), { 'image:2': 4 }, name);
      assert.equal(await progressing(cluster), 'NewReplicaSetAvailable', name);
    },
  },
  {
    name: 'a Deployment that recreates never runs two versions at once',
    resources: RESOURCES,
    leastWrites: 15,
    async play({ cluster, run, name }) {
      await create(cluster, { strategy: { type: 'Recreate' } });
      await run(1_800);
      cluster.onStep = (pods) => {
        const seen = new Set(pods.map(({ spec }) => spec?.containers?.[0]?.image));
        assert.ok(seen.size <= 1, `${name}: ${[...seen].join(' beside ')}`);
      };
      await setImage(cluster, 'image:2');
      await run(3_600);
      assert.deepEqual(await images(cluster), { 'image:2': 3 }, name);
      assert.deepEqual(await revisions(cluster), ['image:1 0 as 1', 'image:2 3 as 2'], name);
    },
  },
  {
    name: 'a rollout that fails goes back by itself, once',
    resources: RESOURCES,
    leastWrites: 20,
    async play({ cluster, run, name }) {
      const asked = { 'reckon.dev/rollback-on-failure': 'true' };
      await create(cluster, { progressDeadlineSeconds: 5 }, asked);
      await run(1_800);
      const check = bound(cluster, { least: 3, most: 4 });
      cluster.broken.add('image:2');
      await setImage(cluster, 'image:2');
      await run(10_200);
      check(name);
      assert.deepEqual(await images(cluster), { 'image:1': 3 }, name);
      assert.deepEqual(await revisions(cluster), ['image:2 0 as 2', 'image:1 3 as 3'], name);
    },
  },
  {
    name: 'a canary holds at each of its steps and comes to its end',
    resources: RESOURCES,
    leastWrites: 20,
    async play({ cluster, run, name }) {
      await create(cluster, { replicas: 4 }, { 'reckon.dev/canary': '25%,pause;50%,3s;100%' });
      await run(1_800);
      await setImage(cluster, 'image:2');
      await run(3_600);
      assert.deepEqual(await images(cluster), { 'image:1': 3, 'image:2': 1 }, name);
      const check = bound(cluster, { least: 3, most: 5 });
      await change(cluster, { paused: false });
      await run(10_200);
      check(name);
      assert.deepEqual(await images(cluster), { 'image:2': 4 }, name);
    },
  },
  {
    name: 'a Deployment takes over the ReplicaSet and the pods that another one has left behind',
    resources: RESOURCES,
    leastWrites: 8,
    async play({ cluster, run, name }) {
      await create(cluster, {});
      await run(1_800);
      const before = (await cluster.pods()).map(({ metadata }) => metadata.uid).sort();
      await cluster.api.delete(DEPLOYMENTS, at('web'), { propagationPolicy: 'Orphan' });
      await run(1_200);
      const { spec } = deployment({});
      await cluster.api.create(DEPLOYMENTS, { metadata: at('web'), spec });
      await run(1_800);
      const after = (await cluster.pods()).map(({ metadata }) => metadata.uid).sort();
      assert.deepEqual(after, before, name);
      assert.deepEqual(await revisions(cluster), ['image:1 3 as 1'], name);
    },
  },
];
