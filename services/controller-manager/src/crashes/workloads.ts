import assert from 'node:assert/strict';
import { isPodActive, isPodReady } from '@reckon/api';
import {
  CONTROLLER_REVISIONS,
  CRON_JOBS,
  DAEMON_SETS,
  JOBS,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  STATEFUL_SETS,
} from '@reckon/client';
import { FAILURES_ANNOTATION } from '../daemonset/failed.ts';
import type { StoredPod } from '../resources.ts';
import { daemonSet, job, statefulSet, template } from '../testing/objects.ts';
import { at, type CrashScene } from './types.ts';

const nodeOf = (pod: StoredPod) => pod.spec?.nodeName ?? '';

export const WORKLOAD_SCENES: readonly CrashScene[] = [
  {
    name: 'a StatefulSet with claims comes up, rolls, and shrinks, never two pods at a time',
    resources: ['statefulsets.apps', 'controllerrevisions.apps', 'persistentvolumeclaims', 'pods'],
    leastWrites: 15,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1']);
      const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: {} }];
      const { apiVersion, kind, spec } = statefulSet({ replicas: 2, volumeClaimTemplates });
      await cluster.api.create(STATEFUL_SETS, { apiVersion, kind, metadata: at('db'), spec });
      await run(2_400);
      let fewest = 2;
      cluster.onStep = (pods) => {
        fewest = Math.min(fewest, pods.filter((pod) => isPodActive(pod) && isPodReady(pod)).length);
      };
      const change = (value: object) =>
        cluster.api.patch(STATEFUL_SETS, at('db'), { type: 'merge', value: { spec: value } });
      await change({ template: template('image:2', { app: 'db' }) });
      await run(3_600);
      assert.equal(fewest, 1, name);
      await change({ replicas: 1 });
      await run(1_800);
      const pods = await cluster.pods();
      assert.deepEqual(
        pods.map(({ metadata }) => metadata.name),
        ['db-0'],
        name,
      );
      assert.equal(pods[0]?.spec?.containers?.[0]?.image, 'image:2', name);
      const claims = (await cluster.api.list(PERSISTENT_VOLUME_CLAIMS)).items;
      assert.deepEqual(
        claims.map(({ metadata }) => metadata.name),
        ['data-db-0', 'data-db-1'],
        name,
      );
      const revisions = (await cluster.api.list(CONTROLLER_REVISIONS)).items;
      assert.deepEqual(revisions.map(({ revision }) => revision).sort(), [1, 2], name);
      const { status } = await cluster.api.get(STATEFUL_SETS, at('db'));
      assert.deepEqual([status?.replicas, status?.updatedReplicas], [1, 1], name);
    },
  },

  {
    name: 'a DaemonSet covers its nodes and rolls',
    resources: ['daemonsets.apps', 'controllerrevisions.apps', 'pods'],
    leastWrites: 10,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1', 'node-2']);
      const { apiVersion, kind, spec } = daemonSet();
      await cluster.api.create(DAEMON_SETS, { apiVersion, kind, metadata: at('agent'), spec });
      await run(1_800);
      const value = { spec: { template: template('image:2', { app: 'agent' }) } };
      await cluster.api.patch(DAEMON_SETS, at('agent'), { type: 'merge', value });
      await run(3_600);
      const pods = await cluster.pods();
      assert.deepEqual(pods.map(({ spec: made }) => made?.nodeName).sort(), ['node-1', 'node-2'], name);
      assert.deepEqual(
        [...new Set(pods.map(({ spec: made }) => made?.containers?.[0]?.image))],
        ['image:2'],
        name,
      );
      const { status } = await cluster.api.get(DAEMON_SETS, at('agent'));
      assert.equal(status?.updatedNumberScheduled, 2, name);
    },
  },

  {
    name: 'a daemon that fails on a node is replaced ever more rarely, and how often that was is never lost',
    // A transaction names no resource.
    resources: [''],
    leastWrites: 4,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1', 'node-2']);
      cluster.outcome = (pod) => (pod.spec?.nodeName === 'node-2' ? 'Failed' : undefined);
      const { apiVersion, kind, spec } = daemonSet();
      await cluster.api.create(DAEMON_SETS, { apiVersion, kind, metadata: at('agent'), spec });
      await run(9_600);
      const [well, failed] = [...(await cluster.pods())].sort((a, b) => nodeOf(a).localeCompare(nodeOf(b)));
      assert.equal(well?.status?.phase, 'Running', name);
      // At once, then 1, 2 and 4 s later.
      assert.equal(failed?.metadata.annotations?.[FAILURES_ANNOTATION], '4', name);
    },
  },

  {
    name: 'a claim that is deleted stays as long as a pod uses it, and goes with the last one',
    resources: ['persistentvolumeclaims'],
    leastWrites: 2,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1']);
      await cluster.api.create(PERSISTENT_VOLUME_CLAIMS, { metadata: at('data'), spec: {} });
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
      for (const pod of ['one', 'two']) {
        const spec = { volumes, containers: [{ name: 'c', image: 'image:1' }] };
        await cluster.api.create(PODS, { metadata: at(pod), spec });
      }
      const claims = async () => (await cluster.api.list(PERSISTENT_VOLUME_CLAIMS)).items.length;
      await run(1_800);
      await cluster.api.delete(PERSISTENT_VOLUME_CLAIMS, at('data'));
      await cluster.api.delete(PODS, at('one'));
      await run(1_800);
      assert.equal(await claims(), 1, `${name}: pod two uses it`);
      await cluster.api.delete(PODS, at('two'));
      await run(1_800);
      assert.equal(await claims(), 0, name);
    },
  },

  {
    name: 'a CronJob runs once at each of its times',
    // A transaction names no resource.
    resources: ['', 'cronjobs.batch', 'jobs.batch'],
    leastWrites: 8,
    async play({ cluster, run, name }) {
      const started = new Set<string>();
      cluster.outcome = () => 'Succeeded';
      cluster.onStep = (pods) => {
        for (const { metadata } of pods) started.add(metadata.uid);
      };
      await cluster.start(['node-1']);
      const jobTemplate = { spec: { ...job().spec, completions: 1, ttlSecondsAfterFinished: 0 } };
      const spec = { schedule: '* * * * *', jobTemplate };
      await cluster.api.create(CRON_JOBS, { metadata: at('tick'), spec });
      await run(63_000);
      assert.equal(started.size, 1, `${name}: the run has had one pod, also where its Job is gone at once`);
      assert.deepEqual((await cluster.api.list(JOBS)).items, [], name);
    },
  },
];
