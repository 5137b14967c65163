import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { controllerRef } from '@reckon/api';
import {
  CERTIFICATE_SIGNING_REQUESTS,
  CLUSTER_ROLES,
  CONFIG_MAPS,
  CRON_JOBS,
  DAEMON_SETS,
  DEPLOYMENTS,
  InterceptedApi,
  JOBS,
  NAMESPACES,
  PERSISTENT_VOLUMES,
  POD_DISRUPTION_BUDGETS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  RESOURCE_QUOTAS,
  SERVICES,
  STATEFUL_SETS,
} from '@reckon/client';
import { allControllers } from './control-loops.ts';
import { daemonSet, deployment, job, replicaSet, statefulSet, template } from './testing/objects.ts';
import { SETTINGS, VirtualCluster } from './testing/virtual-cluster.ts';
import { describeCalls, WriteWatch } from './testing/write-watch.ts';

const at = (name: string) => ({ namespace: 'default', name });

/** Something for every controller to have planned, some of it stuck for good. */
async function populate(cluster: VirtualCluster): Promise<void> {
  const { api } = cluster;
  const labels = (app: string) => ({ matchLabels: { app } });
  await api.create(DEPLOYMENTS, { metadata: at('web'), spec: deployment({ replicas: 2 }).spec });
  const canary = { annotations: { 'reckon.dev/canary': '50%,pause;100%' } };
  const steps = { selector: labels('canary'), template: template('image:1', { app: 'canary' }) };
  await api.create(DEPLOYMENTS, { metadata: { ...at('canary'), ...canary }, spec: deployment(steps).spec });
  const stuck = { selector: labels('stuck'), template: template('image:bad', { app: 'stuck' }) };
  await api.create(DEPLOYMENTS, { metadata: at('stuck'), spec: deployment(stuck).spec });
  const bare = {
    ...replicaSet(undefined, {}).spec,
    selector: labels('bare'),
    template: template('image:1', { app: 'bare' }),
  };
  await api.create(REPLICA_SETS, { metadata: at('bare'), spec: bare });
  const old = { replicas: 1, selector: { app: 'old' }, template: template('image:1', { app: 'old' }) };
  await api.create(REPLICATION_CONTROLLERS, { metadata: at('old'), spec: old });
  const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: {} }];
  const set = statefulSet({ replicas: 2, volumeClaimTemplates });
  await api.create(STATEFUL_SETS, { metadata: at('db'), spec: set.spec });
  await api.create(DAEMON_SETS, { metadata: at('agent'), spec: daemonSet().spec });
  await api.create(JOBS, { metadata: at('sum'), spec: job().spec });
  const jobTemplate = { spec: job().spec };
  await api.create(CRON_JOBS, { metadata: at('tick'), spec: { schedule: '0 0 1 1 *', jobTemplate } });
  const ports = [{ port: 80 }];
  await api.create(SERVICES, {
    metadata: at('web'),
    spec: { clusterIP: '10.96.0.7', selector: { app: 'web' }, ports },
  });
  const budget = { selector: labels('web'), maxUnavailable: 1 };
  await api.create(POD_DISRUPTION_BUDGETS, { metadata: at('web'), spec: budget });
  await api.create(RESOURCE_QUOTAS, {
    metadata: at('all'),
    spec: { hard: { pods: '50', 'limits.cpu': '5' } },
  });
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { into: 'view' } }] };
  await api.create(CLUSTER_ROLES, { metadata: { name: 'view' }, aggregationRule });
  const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }];
  await api.create(CLUSTER_ROLES, { metadata: { name: 'part', labels: { into: 'view' } }, rules });
  await api.create(PERSISTENT_VOLUMES, {
    metadata: { name: 'disk' },
    spec: { capacity: { storage: '1Gi' } },
  });
  await api.create(CERTIFICATE_SIGNING_REQUESTS, {
    metadata: { name: 'asks' },
    spec: { request: 'QQ==', signerName: 'kubernetes.io/kubelet-serving', usages: ['server auth'] },
  });
  await blockedDeletions(cluster);
}

/** Deletions that wait for somebody else. */
async function blockedDeletions({ api }: VirtualCluster): Promise<void> {
  const finalizers = ['example.com/mine'];
  await api.create(NAMESPACES, { metadata: { name: 'shop' } });
  await api.create(CONFIG_MAPS, { metadata: { namespace: 'shop', name: 'held', finalizers } });
  await api.delete(NAMESPACES, { namespace: '', name: 'shop' });
  const { object: owner } = await api.create(CONFIG_MAPS, { metadata: at('owner') });
  const ownerReferences = [controllerRef(owner)];
  await api.create(CONFIG_MAPS, { metadata: { ...at('held'), finalizers, ownerReferences } });
  await api.delete(CONFIG_MAPS, at('owner'), { propagationPolicy: 'Foreground' });
}

/** Passes of each controller that ended well since the start. */
async function passesOf(cluster: VirtualCluster): Promise<ReadonlyMap<string, number>> {
  const line = /^reckon_controller_passes_total\{controller="([^"]+)",result="done"\} ([0-9]+)$/gm;
  const text = await cluster.metrics.text();
  return new Map([...text.matchAll(line)].map(([, name = '', count]) => [name, Number(count)]));
}

describe('at rest', () => {
  it('every controller plans everything anew and finds nothing to write', async () => {
    const cluster = new VirtualCluster();
    const watched = new WriteWatch(cluster.api);
    cluster.controllerApi = new InterceptedApi(cluster.api, watched);
    cluster.broken.add('image:bad');
    cluster.outcome = ({ metadata }) => (metadata.labels?.app === 'sum' ? 'Succeeded' : undefined);
    await cluster.start(['node-1', 'node-2', 'node-3']);
    await populate(cluster);
    await cluster.run(5_000);
    const value = { spec: { template: template('image:2', { app: 'canary' }) } };
    await cluster.api.patch(DEPLOYMENTS, at('canary'), { type: 'merge', value });
    cluster.loseNode('node-3');
    await cluster.run(20_000);
    assert.deepEqual(describeCalls(watched.idle), [], 'on the way no write changed nothing');

    const before = watched.calls.length;
    await cluster.run(10_000);
    assert.deepEqual(describeCalls(watched.calls.slice(before)), [], 'while nothing happens');
    await cluster.restartControllers();
    await cluster.run(10_000);
    assert.deepEqual(describeCalls(watched.calls.slice(before)), [], 'when everything is planned anew');
    const passes = await passesOf(cluster);
    const idle = allControllers(SETTINGS).filter(({ name }) => !passes.get(name));
    await cluster.stop();
    // What these look for is not there any more once they have done what they do.
    assert.deepEqual(
      idle.map(({ name }) => name),
      ['job-untracker', 'pod-garbage-collector'],
    );
  });
});
