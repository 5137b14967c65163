import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isPodActive, isPodReady } from '@reckon/api';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  EVENTS,
  NAMESPACES,
  PODS,
  REPLICA_SETS,
  SERVICES,
  type Stored,
} from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { deployment } from './testing/objects.ts';
import { VirtualCluster } from './testing/virtual-cluster.ts';

const WEB = { namespace: 'default', name: 'web' };

describe('the controllers together, under virtual time', () => {
  let cluster: VirtualCluster;

  beforeEach(async () => {
    cluster = new VirtualCluster();
    await cluster.start(['node-1', 'node-2']);
  });

  afterEach(() => cluster.stop());

  async function createWeb(replicas: number): Promise<void> {
    const { spec } = deployment({ replicas });
    await cluster.api.create(DEPLOYMENTS, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: WEB,
      spec,
    });
  }

  const setImage = (image: string) =>
    cluster.api.patch(DEPLOYMENTS, WEB, {
      type: 'merge',
      value: { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } },
    });

  const usable = (pods: readonly Stored<Pod>[]) => pods.filter((pod) => isPodActive(pod) && isPodReady(pod));

  it('a Deployment gets its pods, and its pods get their Service', async () => {
    await cluster.api.create(SERVICES, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: WEB,
      spec: { clusterIP: '10.96.0.7', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await createWeb(3);
    await cluster.run(2_000);
    assert.equal(usable(await cluster.pods()).length, 3);
    const [slice] = (await cluster.api.list(ENDPOINT_SLICES)).items;
    assert.equal(slice?.endpoints?.filter(({ conditions }) => conditions?.ready).length, 3);
    const { status } = await cluster.api.get(DEPLOYMENTS, WEB);
    assert.equal(status?.availableReplicas, 3);
    assert.equal(
      status?.conditions?.find(({ type }) => type === 'Progressing')?.reason,
      'NewReplicaSetAvailable',
    );
  });

  it('comes to rest: nothing is written any more', async () => {
    await createWeb(3);
    await cluster.run(3_000);
    const before = (await cluster.api.list(PODS)).revision;
    const { items: leases } = await cluster.api.list(DEPLOYMENTS);
    assert.equal(leases.length, 1);
    const log = [];
    await cluster.run(3_000);
    for await (const { records } of cluster.api.readLog({ after: before })) log.push(...records);
    assert.deepEqual(
      log.filter(({ key }) => key.resource !== 'leases.coordination.k8s.io').map(({ key }) => key),
      [],
    );
  });

  it('an update never has fewer usable pods than it promises, and a rollback neither', async () => {
    await createWeb(4);
    await cluster.run(2_000);
    const seen: number[] = [];
    cluster.onStep = (pods) => seen.push(usable(pods).length);
    await setImage('image:2');
    await cluster.run(6_000);
    await setImage('image:1');
    await cluster.run(6_000);
    cluster.onStep = undefined;
    assert.ok(Math.min(...seen) >= 3, `as few as ${Math.min(...seen)} of 4 were usable`);
    assert.ok(Math.max(...seen) <= 5, `as many as ${Math.max(...seen)} of 4 + 1 were there`);
    const images = new Set((await cluster.pods()).map((pod) => pod.spec?.containers?.[0]?.image));
    assert.deepEqual([...images], ['image:1']);
    const sets = (await cluster.api.list(REPLICA_SETS)).items.map(({ spec }) => spec?.replicas);
    assert.deepEqual(sets.sort(), [0, 4]);
  });

  it('an update to a version that never gets ready keeps the old one running', async () => {
    await createWeb(4);
    await cluster.run(2_000);
    cluster.broken.add('image:bad');
    await setImage('image:bad');
    await cluster.run(10_000);
    assert.equal(usable(await cluster.pods()).length, 3);
    assert.equal((await cluster.pods()).filter(isPodActive).length, 5);
  });

  it('a pod that is deleted is replaced under another name', async () => {
    await createWeb(3);
    await cluster.run(2_000);
    const [victim] = await cluster.pods();
    assert.ok(victim);
    await cluster.api.delete(PODS, { namespace: 'default', name: victim.metadata.name });
    await cluster.run(1_000);
    const names = usable(await cluster.pods()).map(({ metadata }) => metadata.name);
    assert.equal(names.length, 3);
    assert.ok(!names.includes(victim.metadata.name));
  });

  it('pods of a lost node run elsewhere within fifteen seconds', async () => {
    await createWeb(4);
    await cluster.run(2_000);
    const tolerations = ['not-ready', 'unreachable'].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 6,
    }));
    await cluster.api.patch(DEPLOYMENTS, WEB, {
      type: 'merge',
      value: { spec: { template: { spec: { tolerations } } } },
    });
    await cluster.run(4_000);
    cluster.loseNode('node-2');
    await cluster.run(15_000);
    const pods = usable(await cluster.pods());
    assert.deepEqual([pods.length, ...new Set(pods.map((pod) => pod.spec?.nodeName))], [4, 'node-1']);
  });

  it('what a Deployment owned goes with it; orphans stay', async () => {
    await createWeb(2);
    await cluster.run(2_000);
    await cluster.api.delete(DEPLOYMENTS, WEB, { propagationPolicy: 'Background' });
    await cluster.run(2_000);
    assert.deepEqual([...(await cluster.pods()), ...(await cluster.api.list(REPLICA_SETS)).items], []);
  });

  it('what is owned in a circle goes, too, when one of it is deleted in the foreground', async () => {
    const create = async (name: string) => {
      const metadata = { namespace: 'default', name };
      const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
      return (await cluster.api.create(CONFIG_MAPS, configMap)).object;
    };
    const circle = [await create('a'), await create('b'), await create('c')];
    for (const [i, { metadata }] of circle.entries()) {
      const owner = circle[(i + 1) % circle.length]?.metadata;
      const ownerReferences = [
        { apiVersion: 'v1', kind: 'ConfigMap', name: owner?.name, uid: owner?.uid, blockOwnerDeletion: true },
      ];
      const target = { namespace: 'default', name: metadata.name };
      await cluster.api.patch(CONFIG_MAPS, target, {
        type: 'merge',
        value: { metadata: { ownerReferences } },
      });
    }
    await cluster.api.delete(
      CONFIG_MAPS,
      { namespace: 'default', name: 'a' },
      { propagationPolicy: 'Foreground' },
    );
    await cluster.run(4_000);
    assert.deepEqual((await cluster.api.list(CONFIG_MAPS, { namespace: 'default' })).items, []);
  });

  it('a namespace takes everything in it along', async () => {
    await cluster.api.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const { spec } = deployment({ replicas: 2 });
    const metadata = { namespace: 'shop', name: 'web' };
    await cluster.api.create(DEPLOYMENTS, { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
    await cluster.run(1_000);
    await cluster.api.delete(NAMESPACES, { namespace: '', name: 'shop' });
    await cluster.run(4_000);
    const left = await cluster.api.list(PODS, { namespace: 'shop' });
    assert.deepEqual(left.items, []);
  });

  it('a rollout that fails goes back by itself when the Deployment asks for it', async () => {
    await createWeb(3);
    await cluster.run(2_000);
    const asked = { annotations: { 'reckon.dev/rollback-on-failure': 'true' } };
    const spec = { progressDeadlineSeconds: 5 };
    await cluster.api.patch(DEPLOYMENTS, WEB, { type: 'merge', value: { metadata: asked, spec } });
    await cluster.run(1_000);
    cluster.broken.add('image:2');
    await setImage('image:2');
    await cluster.run(9_000);
    const { spec: now, status } = await cluster.api.get(DEPLOYMENTS, WEB);
    assert.equal(now?.template?.spec?.containers?.[0]?.image, 'image:1');
    assert.equal(status?.updatedReplicas, 3);
    assert.equal(status?.availableReplicas, 3);
    const told = (await cluster.api.list(EVENTS)).items.filter(
      ({ reason }) => reason === 'DeploymentRollback',
    );
    assert.equal(told.length, 1);
  });
});
