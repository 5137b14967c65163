/** What looks after the cluster rather than after a workload. */
import assert from 'node:assert/strict';
import { controllerRef, findCondition } from '@reckon/api';
import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  type KubeObject,
  NAMESPACES,
  POD_DISRUPTION_BUDGETS,
  PODS,
  REPLICA_SETS,
  RESOURCE_QUOTAS,
  SERVICES,
  type Stored,
} from '@reckon/client';
import { deployment, template } from '../testing/objects.ts';
import type { VirtualCluster } from '../testing/virtual-cluster.ts';
import { at, type CrashScene } from './types.ts';

const RULE = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };

async function createWeb(cluster: VirtualCluster, replicas: number, namespace = 'default') {
  const { spec } = deployment({ replicas });
  await cluster.api.create(DEPLOYMENTS, { metadata: { namespace, name: 'web' }, spec });
}

const configMap = (cluster: VirtualCluster, name: string, owners: readonly Stored[], rest: object = {}) =>
  cluster.api.create(CONFIG_MAPS, {
    metadata: { ...at(name), ownerReferences: owners.map(ownedBy), ...rest },
  });

const ownedBy = (owner: Stored) => ({ ...controllerRef(owner), controller: false });

async function names(cluster: VirtualCluster): Promise<readonly string[]> {
  const { items } = await cluster.api.list<KubeObject>(CONFIG_MAPS, { namespace: 'default' });
  return items.map(({ metadata }) => metadata.name);
}

export const CLUSTER_SCENES: readonly CrashScene[] = [
  {
    name: 'a Service has the endpoints of its pods, through a rollout and a change of its selector',
    resources: ['endpointslices.discovery.k8s.io', 'endpoints'],
    leastWrites: 8,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1']);
      const spec = { clusterIP: '10.96.0.7', selector: { app: 'web' }, ports: [{ port: 80 }] };
      await cluster.api.create(SERVICES, { metadata: at('web'), spec });
      await createWeb(cluster, 2);
      await run(2_400);
      const addresses = async () => {
        const slices = (await cluster.api.list(ENDPOINT_SLICES)).items;
        const old = await cluster.api.get(ENDPOINTS, at('web'));
        const wanted = (await cluster.pods())
          .filter(({ metadata }) => metadata.labels?.app === 'web')
          .map(({ status }) => status?.podIP)
          .sort();
        const ready = slices.flatMap(({ endpoints }) => (endpoints ?? []).map((one) => one.addresses?.[0]));
        assert.deepEqual(ready.sort(), wanted, name);
        const legacy = (old.subsets ?? []).flatMap((one) => (one.addresses ?? []).map(({ ip }) => ip));
        assert.deepEqual(legacy.sort(), wanted, name);
        return ready.length;
      };
      assert.equal(await addresses(), 2, name);
      const value = { spec: { template: template('image:2') } };
      await cluster.api.patch(DEPLOYMENTS, at('web'), { type: 'merge', value });
      await run(3_600);
      assert.equal(await addresses(), 2, name);
      const selector = { app: 'other' };
      await cluster.api.patch(SERVICES, at('web'), { type: 'merge', value: { spec: { selector } } });
      await run(1_200);
      const slices = (await cluster.api.list(ENDPOINT_SLICES)).items;
      assert.deepEqual([slices.length, slices[0]?.endpoints?.length ?? 0], [1, 0], name);
    },
  },
  {
    name: 'a namespace goes with all that is in it, once nobody else holds anything in it',
    resources: ['namespaces', 'deployments.apps', 'replicasets.apps', 'pods', 'configmaps'],
    leastWrites: 12,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1']);
      await cluster.api.create(NAMESPACES, { metadata: { name: 'shop' } });
      const held = { namespace: 'shop', name: 'held' };
      await cluster.api.create(CONFIG_MAPS, { metadata: { ...held, finalizers: ['example.com/mine'] } });
      await createWeb(cluster, 2, 'shop');
      await run(1_800);
      await cluster.api.delete(NAMESPACES, { namespace: '', name: 'shop' });
      await run(3_000);
      const { status } = await cluster.api.get(NAMESPACES, { namespace: '', name: 'shop' });
      assert.equal(
        findCondition(status?.conditions, 'NamespaceFinalizersRemaining')?.message,
        'Some content in the namespace has finalizers remaining: example.com/mine in 1 resource instances',
        name,
      );
      await cluster.api.patch(CONFIG_MAPS, held, {
        type: 'merge',
        value: { metadata: { finalizers: null } },
      });
      await run(1_800);
      assert.deepEqual((await cluster.api.list(PODS)).items, [], name);
      const { items } = await cluster.api.list<KubeObject>(NAMESPACES);
      assert.ok(!items.some(({ metadata }) => metadata.name === 'shop'), name);
    },
  },
  {
    name: 'dependents go with their last owner, also in a circle, and orphans stay',
    resources: ['configmaps', 'deployments.apps', 'replicasets.apps', 'pods'],
    leastWrites: 15,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1']);
      const { object: a } = await configMap(cluster, 'a', []);
      const { object: b } = await configMap(cluster, 'b', []);
      await configMap(cluster, 'of-both', [a, b]);
      const { object: first } = await configMap(cluster, 'first', []);
      const { object: second } = await configMap(cluster, 'second', [first]);
      const circle = { metadata: { ownerReferences: [ownedBy(second)] } };
      await cluster.api.patch(CONFIG_MAPS, at('first'), { type: 'merge', value: circle });
      await createWeb(cluster, 2);
      await run(1_800);
      await cluster.api.delete(CONFIG_MAPS, at('a'));
      await cluster.api.delete(CONFIG_MAPS, at('first'), { propagationPolicy: 'Foreground' });
      await run(1_800);
      assert.deepEqual(await names(cluster), ['b', 'of-both'], name);
      await cluster.api.delete(CONFIG_MAPS, at('b'), { propagationPolicy: 'Orphan' });
      await cluster.api.delete(DEPLOYMENTS, at('web'), { propagationPolicy: 'Foreground' });
      await run(2_400);
      assert.deepEqual(await names(cluster), ['of-both'], name);
      const left = [...(await cluster.api.list(REPLICA_SETS)).items, ...(await cluster.pods())];
      assert.deepEqual(left, [], name);
    },
  },
  {
    name: 'a budget counts its pods, and an aggregated role has the rules of those it is made of',
    resources: ['poddisruptionbudgets.policy', 'clusterroles.rbac.authorization.k8s.io'],
    leastWrites: 4,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1']);
      const budget = { selector: { matchLabels: { app: 'web' } }, minAvailable: 1 };
      await cluster.api.create(POD_DISRUPTION_BUDGETS, { metadata: at('web'), spec: budget });
      const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { into: 'view' } }] };
      await cluster.api.create(CLUSTER_ROLES, { metadata: { name: 'view' }, aggregationRule });
      await cluster.api.create(CLUSTER_ROLES, {
        metadata: { name: 'part', labels: { into: 'view' } },
        rules: [RULE],
      });
      await createWeb(cluster, 3);
      await run(2_400);
      const { status } = await cluster.api.get(POD_DISRUPTION_BUDGETS, at('web'));
      assert.deepEqual([status?.currentHealthy, status?.disruptionsAllowed], [3, 2], name);
      const role = await cluster.api.get(CLUSTER_ROLES, { namespace: '', name: 'view' });
      assert.deepEqual(role.rules, [RULE], name);
    },
  },
  {
    name: 'a quota gets back what is gone',
    resources: ['resourcequotas'],
    leastWrites: 3,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1']);
      await cluster.api.create(RESOURCE_QUOTAS, { metadata: at('all'), spec: { hard: { pods: '10' } } });
      await createWeb(cluster, 3);
      await run(2_400);
      const used = async () => (await cluster.api.get(RESOURCE_QUOTAS, at('all'))).status?.used?.pods;
      assert.equal(await used(), '3', name);
      await cluster.api.patch(DEPLOYMENTS, at('web'), { type: 'merge', value: { spec: { replicas: 1 } } });
      await run(1_800);
      assert.equal(await used(), '1', name);
    },
  },
];
