import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isPodActive, isPodReady } from '@reckon/api';
import { CONTROLLER_REVISIONS, STATEFUL_SETS } from '@reckon/client';
import { statefulSet, template } from '../testing/objects.ts';
import { VirtualCluster } from '../testing/virtual-cluster.ts';

const DB = { namespace: 'default', name: 'db' };

describe('a StatefulSet in a cluster', () => {
  let cluster: VirtualCluster;

  beforeEach(async () => {
    cluster = new VirtualCluster();
    await cluster.start(['node-1', 'node-2']);
    const { apiVersion, kind, spec } = statefulSet();
    await cluster.api.create(STATEFUL_SETS, { apiVersion, kind, metadata: DB, spec });
  });

  afterEach(() => cluster.stop());

  const setImage = (image: string) =>
    cluster.api.patch(STATEFUL_SETS, DB, {
      type: 'merge',
      value: { spec: { template: template(image, { app: 'db' }) } },
    });
  const images = async () => (await cluster.pods()).map(({ spec }) => spec?.containers?.[0]?.image);
  const status = async () => (await cluster.api.get(STATEFUL_SETS, DB)).status;

  it('comes up, rolls and rolls back in order, one pod at a time', async () => {
    const seen: string[] = [];
    let fewest = 3;
    cluster.onStep = (pods) => {
      for (const { metadata } of pods) if (!seen.includes(metadata.name)) seen.push(metadata.name);
    };
    await cluster.run(3_000);
    assert.deepEqual(seen, ['db-0', 'db-1', 'db-2']);
    cluster.onStep = (pods) => {
      fewest = Math.min(fewest, pods.filter((pod) => isPodActive(pod) && isPodReady(pod)).length);
    };
    await setImage('image:2');
    await cluster.run(6_000);
    assert.deepEqual(await images(), ['image:2', 'image:2', 'image:2']);
    await setImage('image:1');
    await cluster.run(6_000);
    assert.deepEqual(await images(), ['image:1', 'image:1', 'image:1']);
    assert.equal(fewest, 2);
    const revisions = (await cluster.api.list(CONTROLLER_REVISIONS)).items.map(({ revision }) => revision);
    assert.deepEqual(revisions.map(Number).sort(), [2, 3]);
    const { currentRevision, updateRevision, updatedReplicas } = (await status()) ?? {};
    assert.deepEqual([updatedReplicas, currentRevision], [3, updateRevision]);
  });

  it('comes to rest: nothing is written any more', async () => {
    await cluster.run(4_000);
    const after = cluster.api.head.rev;
    await cluster.run(3_000);
    const written: string[] = [];
    for await (const { records } of cluster.api.readLog({ after })) {
      written.push(...records.map(({ key }) => key.resource));
    }
    assert.deepEqual(
      written.filter((resource) => resource !== 'leases.coordination.k8s.io'),
      [],
    );
  });

  it('goes with its pods and revisions', async () => {
    await cluster.run(3_000);
    await cluster.api.delete(STATEFUL_SETS, DB, { propagationPolicy: 'Background' });
    await cluster.run(3_000);
    assert.deepEqual([await images(), (await cluster.api.list(CONTROLLER_REVISIONS)).items], [[], []]);
  });
});
