import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPodReady, keyString } from '@reckon/api';
import { DEPLOYMENTS, NODES } from '@reckon/client';
import { SeededRandom } from '@reckon/service';
import { SimulatedCluster } from './simulated-cluster.ts';

const HOUR_MS = 3_600_000;
const STALL_MS = 5_000;
/** A machine that hung is slow at first: so long at most until the first renewal arrives. */
const CATCH_UP_MS = 300;
/** What an agent does between two stalls: at least one renewal of its Lease, which a stall cannot undo. */
const WORK_MS = { least: 1_000, most: 8_000 };
const STEP_MS = 100;
const NODE_NAMES = ['n1', 'n2', 'n3'];
/** As the API server's admission gives every pod that does not say otherwise. */
const TOLERATION = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 6 };
const tolerations = ['not-ready', 'unreachable'].map((what) => ({
  key: `node.kubernetes.io/${what}`,
  ...TOLERATION,
}));

const deployment = {
  metadata: { namespace: 'default', name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { tolerations, containers: [{ name: 'c', image: 'image:1' }] },
    },
  },
};

async function settled(seed: number): Promise<SimulatedCluster> {
  const cluster = new SimulatedCluster(seed);
  for (const name of NODE_NAMES) await cluster.addNode(name, '8');
  await cluster.api.create(DEPLOYMENTS, deployment);
  await cluster.run(10_000);
  assert.equal((await cluster.pods()).filter(isPodReady).length, 3);
  return cluster;
}

/** What happened to nodes and pods since, but for heartbeats. */
async function changesSince(cluster: SimulatedCluster, revision: number): Promise<readonly string[]> {
  return (await cluster.log())
    .filter(({ rev, key }) => rev > revision && ['nodes', 'pods'].includes(key.resource))
    .map(({ key, op, provenance }) => `${op} ${keyString(key)}: ${provenance.because}`);
}

test('an hour in which every agent hangs for 5 seconds again and again: no node is taken for lost', async () => {
  const cluster = await settled(5);
  const { revision } = await cluster.api.list(NODES);
  const random = new SeededRandom(11);
  const stallAtMs = new Map<string, number>();
  let stalls = 0;
  const workMs = () => WORK_MS.least + random.next() * (WORK_MS.most - WORK_MS.least);
  await cluster.run(HOUR_MS, async () => {
    const nowMs = cluster.clock.nowMs();
    for (const name of NODE_NAMES) {
      const atMs = stallAtMs.get(name) ?? nowMs + workMs();
      const isDue = atMs <= nowMs;
      stallAtMs.set(name, isDue ? nowMs + STALL_MS + workMs() : atMs);
      if (!isDue) continue;
      cluster.stallNode(name, STALL_MS + random.next() * CATCH_UP_MS);
      stalls++;
    }
  });
  assert.ok(stalls > 1_000, `${stalls} stalls`);
  assert.deepEqual(await changesSince(cluster, revision), []);
  await cluster.stop();
});

test('a node that is lost: its pods run elsewhere within 15 seconds, at whatever moment it fell silent', async () => {
  const tookMs: number[] = [];
  for (let offsetMs = 0; offsetMs < 1_000; offsetMs += STEP_MS) {
    const cluster = await settled(3);
    await cluster.run(offsetMs);
    const lost = 'n1';
    const startMs = cluster.clock.nowMs();
    cluster.loseNode(lost);
    let replacedMs = 0;
    await cluster.run(20_000, async () => {
      const elsewhere = (await cluster.pods()).filter(
        (pod) => isPodReady(pod) && pod.spec?.nodeName !== lost && !pod.metadata.deletionTimestamp,
      );
      if (elsewhere.length === 3) replacedMs ||= cluster.clock.nowMs() - startMs;
    });
    tookMs.push(replacedMs);
    await cluster.stop();
  }
  for (const ms of tookMs) assert.ok(ms > 12_000 && ms <= 15_000, `it took ${tookMs.join(', ')} ms`);
});
