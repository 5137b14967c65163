import assert from 'node:assert/strict';
import { controllerOf, isPodActive } from '@reckon/api';
import {
  type KubeObject,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  type ResourceType,
} from '@reckon/client';
import { replicaSet, template } from '../testing/objects.ts';
import type { VirtualCluster } from '../testing/virtual-cluster.ts';
import { at, type CrashScene } from './types.ts';

const LABELS = { app: 'web' };

interface Replicated extends KubeObject {
  readonly status?: { readonly replicas?: number; readonly availableReplicas?: number };
}

async function owned(cluster: VirtualCluster) {
  return (await cluster.pods()).filter((pod) => isPodActive(pod) && controllerOf(pod));
}

function scene(resource: ResourceType<Replicated>, selector: object): CrashScene {
  return {
    name: `a ${resource.kind} adopts, grows, shrinks, and lets go of what no longer matches`,
    resources: [resource.groupResource, 'pods'],
    leastWrites: 12,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1', 'node-2']);
      await cluster.api.create(PODS, {
        metadata: { ...at('stray'), labels: LABELS },
        spec: { containers: [{ name: 'c', image: 'image:0' }] },
      });
      const spec = {
        ...replicaSet(undefined, {}).spec,
        replicas: 3,
        selector,
        template: template('image:1'),
      };
      await cluster.api.create(resource, { metadata: at('web'), spec });
      await run(1_800);
      const names = (await owned(cluster)).map(({ metadata }) => metadata.name);
      assert.equal(names.length, 3, name);
      assert.ok(names.includes('stray'), `${name}: the stray one is one of the three`);
      let most = 0;
      cluster.onStep = (pods) => {
        most = Math.max(most, pods.filter(isPodActive).length);
      };
      const labels = { app: 'debug' };
      await cluster.api.patch(PODS, at('stray'), { type: 'merge', value: { metadata: { labels } } });
      await run(1_800);
      const stray = await cluster.api.get(PODS, at('stray'));
      assert.equal(controllerOf(stray), undefined, name);
      assert.equal((await owned(cluster)).length, 3, name);
      const scale = (replicas: number) =>
        cluster.api.patch(resource, at('web'), { type: 'merge', value: { spec: { replicas } } });
      await scale(5);
      await run(1_800);
      assert.equal((await owned(cluster)).length, 5, name);
      assert.ok(most <= 6, `${name}: as many as ${most} pods were there`);
      await scale(1);
      await run(1_800);
      assert.equal((await owned(cluster)).length, 1, name);
      const { status } = await cluster.api.get(resource, at('web'));
      assert.deepEqual([status?.replicas, status?.availableReplicas], [1, 1], name);
    },
  };
}

export const REPLICA_SCENES: readonly CrashScene[] = [
  scene(REPLICA_SETS, { matchLabels: LABELS }),
  scene(REPLICATION_CONTROLLERS, LABELS),
];
