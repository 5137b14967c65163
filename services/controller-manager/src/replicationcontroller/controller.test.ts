import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPodActive } from '@reckon/api';
import { POD_DISRUPTION_BUDGETS, PODS, REPLICATION_CONTROLLERS } from '@reckon/client';
import { template } from '../testing/objects.ts';
import { VirtualCluster } from '../testing/virtual-cluster.ts';

const WEB = { namespace: 'default', name: 'web' };

describe('a ReplicationController in a cluster', () => {
  it('keeps its pods, is scaled, is counted by a budget, and goes with what it owns', async () => {
    const cluster = new VirtualCluster();
    await cluster.start(['node-1']);
    const { api } = cluster;
    await api.create(REPLICATION_CONTROLLERS, {
      metadata: WEB,
      spec: { replicas: 3, selector: { app: 'web' }, template: template('image:1') },
    });
    const spec = { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } };
    await api.create(POD_DISRUPTION_BUDGETS, { metadata: WEB, spec });
    const active = async () => (await cluster.pods()).filter(isPodActive).length;
    await cluster.run(2_000);
    const [first] = await cluster.pods();
    assert.equal(first?.metadata.ownerReferences?.[0]?.kind, 'ReplicationController');
    await api.delete(PODS, { namespace: 'default', name: first.metadata.name });
    await cluster.run(2_000);
    assert.equal(await active(), 3);
    const { status } = await api.get(REPLICATION_CONTROLLERS, WEB);
    assert.deepEqual([status?.replicas, status?.availableReplicas], [3, 3]);
    const budget = await api.get(POD_DISRUPTION_BUDGETS, WEB);
    assert.deepEqual(
      [budget.status?.disruptionsAllowed, budget.status?.expectedPods, budget.status?.currentHealthy],
      [1, 3, 3],
    );
    await api.patch(REPLICATION_CONTROLLERS, WEB, { type: 'merge', value: { spec: { replicas: 1 } } });
    await cluster.run(2_000);
    assert.equal(await active(), 1);
    await api.delete(REPLICATION_CONTROLLERS, WEB, { propagationPolicy: 'Background' });
    await cluster.run(2_000);
    assert.deepEqual(await cluster.pods(), []);
    await cluster.stop();
  });
});
