import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { isControlledBy, isPodActive, isPodReady } from '@reckon/api';
import { DEPLOYMENTS, REPLICA_SETS } from '@reckon/client';
import { SimulatedCluster } from './simulated-cluster.ts';

const WEB = { namespace: 'default', name: 'web' };
/** Two pods a node: with the surge of an update the cluster is exactly full. */
const NODE_CORES = 1;
const POD_CORES = 0.5;
const MAX_SURGE = 2;

/** Fixed, so that a failure can be looked into; `SEED=7 node --test …` tries another one. */
const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : [1, 2, 3];

const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'c', image, resources: { requests: { cpu: '500m' } } }],
  },
});

const deployment = {
  metadata: WEB,
  spec: {
    replicas: 6,
    selector: { matchLabels: { app: 'web' } },
    template: template('image:1'),
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: MAX_SURGE, maxUnavailable: 1 } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  },
};

/** A Deployment's life among faults: made, scaled, updated, robbed of a node. Returns the log's fingerprint. */
async function live(seed: number): Promise<string> {
  const cluster = new SimulatedCluster(seed);
  for (const name of ['n1', 'n2', 'n3', 'n4']) await cluster.addNode(name, String(NODE_CORES));
  let replicas = 6;
  const check = async () => {
    const load = new Map<string, number>();
    for (const pod of await cluster.pods()) {
      const node = pod.spec?.nodeName;
      if (node) load.set(node, (load.get(node) ?? 0) + POD_CORES);
    }
    for (const [node, cores] of load)
      assert.ok(cores <= NODE_CORES, `seed ${seed}: ${node} is overcommitted`);
    const active = (await cluster.pods()).filter(isPodActive);
    assert.ok(active.length <= replicas + MAX_SURGE, `seed ${seed}: ${active.length} pods`);
  };
  const change = (spec: object) => cluster.api.patch(DEPLOYMENTS, WEB, { type: 'merge', value: { spec } });

  cluster.faults = { refused: 0.03, unanswered: 0.03, killed: 0.02 };
  await cluster.api.create(DEPLOYMENTS, deployment);
  await cluster.run(15_000, check);
  // Until the surplus is gone both numbers hold.
  await change({ replicas: 4 });
  await cluster.run(15_000, check);
  replicas = 4;
  await change({ template: template('image:2') });
  await cluster.run(20_000, check);
  cluster.loseNode('n1');
  await cluster.run(30_000);
  cluster.faults = { refused: 0, unanswered: 0, killed: 0 };
  await cluster.run(60_000);
  assert.ok(cluster.count.refused > 0 && cluster.count.unanswered > 0 && cluster.count.killed > 0);

  const settled = await cluster.api.get(DEPLOYMENTS, WEB);
  assert.equal(settled.status?.availableReplicas, 4, `seed ${seed}`);
  assert.equal(settled.status?.updatedReplicas, 4, `seed ${seed}`);
  const active = (await cluster.pods()).filter(isPodActive);
  assert.equal(active.length, 4, `seed ${seed}`);
  for (const pod of active) {
    assert.ok(isPodReady(pod), `seed ${seed}: ${pod.metadata.name} is not ready`);
    assert.equal(pod.spec?.containers?.[0]?.image, 'image:2');
    assert.notEqual(pod.spec?.nodeName, 'n1');
  }
  const { items } = await cluster.api.list(REPLICA_SETS);
  const own = items.filter((one) => isControlledBy(one, settled.metadata.uid));
  assert.deepEqual(own.map(({ spec }) => spec?.replicas).sort(), [0, 4], `seed ${seed}`);

  const log = await cluster.log();
  await cluster.stop();
  const hash = createHash('sha256');
  for (const { rev, atMs, key, op, body, provenance } of log) {
    hash.update(JSON.stringify([rev, atMs, key, op, provenance]));
    if (body) hash.update(body);
  }
  return hash.digest('hex');
}

for (const seed of SEEDS) {
  test(`the control plane keeps its promises among faults, from seed ${seed}`, async () => {
    await live(seed);
  });
}

test('the same seed gives the same log', async () => {
  const [seed = 1] = SEEDS;
  assert.equal(await live(seed), await live(seed));
});
