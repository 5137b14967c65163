import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Stored } from '@reckon/client';
import { planHistory } from './history.ts';

it('a revision has its hash in the label by which clients of its kind look it up', () => {
  const labelsOf = (kind: string) => {
    const owner: Stored = {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    };
    const template = {
      metadata: { labels: { app: 'a' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    };
    const observed = { owned: [], orphans: [], nameTaken: false };
    const { actions, update } = planHistory({ owner, template, observed, collisionCount: 0 });
    const [action] = actions;
    return [action?.type === 'create' && action.object.metadata?.labels, update.slice('a-'.length)];
  };
  const [ofDaemonSet, hash] = labelsOf('DaemonSet');
  assert.deepEqual(ofDaemonSet, { app: 'a', 'controller-revision-hash': hash });
  const [ofStatefulSet] = labelsOf('StatefulSet');
  assert.deepEqual(ofStatefulSet, { app: 'a', 'controller.kubernetes.io/hash': hash });
});
