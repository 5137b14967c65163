import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { labelSelectorOf } from '@reckon/api';
import { PODS, REPLICA_SETS } from '../resources.ts';
import { NS, ProjectionWorld } from '../testing/projection-world.ts';

describe('a snapshot', () => {
  test('finds by owner, node, label, uid and an index of its own, before and after changes', async () => {
    const world = new ProjectionWorld();
    await world.pod('a', { labels: { app: 'x', tier: 'web' }, nodeName: 'n1', owner: 'u1' });
    await world.pod('b', { labels: { app: 'x' }, nodeName: 'n2', owner: 'u1' });
    await world.start();
    const index = {
      name: 'first letter',
      resource: PODS,
      values: (pod: { metadata: { name: string } }) => [pod.metadata.name.charAt(0)],
    };
    const { projection } = world;
    const names = (pods: readonly { metadata: { name: string } }[]) => pods.map((pod) => pod.metadata.name);
    const find = () => ({
      owner: names(projection.ownedBy(PODS, 'u1')),
      node: names(projection.onNode(PODS, 'n1')),
      label: names(projection.select(PODS, NS, labelSelectorOf({ matchLabels: { app: 'x', tier: 'web' } }))),
      every: names(projection.select(PODS, '', labelSelectorOf({ matchLabels: { app: 'x' } }))),
      none: names(projection.select(PODS, NS, labelSelectorOf(undefined))),
      own: names(projection.lookup(index, 'b')),
    });
    assert.deepEqual(find(), {
      owner: ['a', 'b'],
      node: ['a'],
      label: ['a'],
      every: ['a', 'b'],
      none: [],
      own: ['b'],
    });
    const [a] = projection.list(PODS);
    assert.ok(a);
    assert.equal(projection.byUid(PODS, a.metadata.uid), a);
    await world.api.delete(PODS, { namespace: NS, name: 'a' }, { gracePeriodSeconds: 0 });
    const patched = await world.api.patch(
      PODS,
      { namespace: NS, name: 'b' },
      { type: 'merge', value: { metadata: { labels: { tier: 'web' }, ownerReferences: null } } },
    );
    await projection.waitFor(patched.revision);
    assert.deepEqual(find(), { owner: [], node: [], label: ['b'], every: ['b'], none: [], own: ['b'] });
    assert.equal(projection.byUid(PODS, a.metadata.uid), undefined);
    await projection.stop();
  });

  test('gives objects that cannot be changed and refuses resources that it does not hold', async () => {
    const world = new ProjectionWorld();
    await world.pod('a', { labels: { a: 'b' } });
    await world.start();
    const [pod] = world.projection.list(PODS);
    assert.ok(pod?.metadata.labels);
    assert.ok(Object.isFrozen(pod) && Object.isFrozen(pod.metadata.labels));
    assert.throws(() => world.projection.list(REPLICA_SETS), /does not hold replicasets.apps/);
    await world.projection.stop();
  });
});
