import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PODS } from '@reckon/client';
import { VirtualCluster } from '../testing/virtual-cluster.ts';

it('of pods that have ended no more stay than may', async () => {
  const cluster = new VirtualCluster();
  cluster.terminatedPods = 2;
  cluster.outcome = () => 'Succeeded';
  await cluster.start(['node-1']);
  for (const name of ['a', 'b', 'c', 'd']) {
    const spec = { containers: [{ name: 'c', image: 'image:1' }] };
    await cluster.api.create(PODS, { metadata: { namespace: 'default', name }, spec });
    await cluster.run(1_000);
  }
  await cluster.run(1_000);
  const names = (await cluster.pods()).map(({ metadata }) => metadata.name);
  await cluster.stop();
  assert.deepEqual(names, ['c', 'd']);
});
