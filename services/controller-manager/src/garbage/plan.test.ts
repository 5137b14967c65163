import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Action, PODS, REPLICA_SETS, type Stored } from '@reckon/client';
import { CREATED, NOW_MS, pod, replicaSet } from '../testing/objects.ts';
import { planGarbage } from './plan.ts';
import type { GarbageObserved, Owner } from './types.ts';

const owner = replicaSet(undefined, { metadata: { name: 'web-1' } });
const child = pod({ name: 'a', owner });

function plan(desired: Stored, observed: Partial<GarbageObserved>) {
  return planGarbage({
    desired,
    observed: { resource: PODS, owners: [], dependents: [], ...observed },
    now: NOW_MS,
    failures: [],
  }).actions;
}

function summary(actions: readonly Action[]) {
  return actions.map((action) => {
    if (action.type === 'delete') return `delete ${action.target.name} ${action.propagationPolicy}`;
    if (action.type === 'patch' && action.patch.type === 'merge') {
      const { resourceVersion: _, ...metadata } = (
        action.patch.value as { metadata: Record<string, unknown> }
      ).metadata;
      return `patch ${action.target.name} ${JSON.stringify(metadata)}`;
    }
    return action.type;
  });
}

function owners(...states: readonly Owner['state'][]): readonly Owner[] {
  return states.map((state, i) => ({
    reference: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `rs-${i}`, uid: `u${i}` },
    state,
  }));
}

const deleting = (finalizer: string) => ({
  ...owner,
  metadata: { ...owner.metadata, deletionTimestamp: CREATED, finalizers: [finalizer] },
});

describe('garbage collection', () => {
  it('keeps what has an owner, or never had one', () => {
    assert.deepEqual(plan(child, { owners: owners('present') }), []);
    assert.deepEqual(plan(child, { owners: [] }), []);
  });

  it('deletes what has lost all its owners', () => {
    assert.deepEqual(summary(plan(child, { owners: owners('absent', 'absent') })), ['delete a Background']);
  });

  it('only forgets a lost owner while another one is there', () => {
    const [text] = summary(plan(child, { owners: owners('absent', 'present') }));
    assert.match(text ?? '', /^patch a .*"u1"/);
    assert.doesNotMatch(text ?? '', /"u0"/);
  });

  it('deletes in the foreground what its owner waits for, if something waits for that in turn', () => {
    const dependents = [{ resource: PODS, object: child, waitsForOwner: false }];
    assert.deepEqual(summary(plan(owner, { owners: owners('waiting'), dependents })), [
      'delete web-1 Foreground',
    ]);
    assert.deepEqual(summary(plan(owner, { owners: owners('waiting') })), ['delete web-1 Background']);
  });

  it('lets an owner go only when nothing that blocks its deletion is left', () => {
    const object = deleting('foregroundDeletion');
    const dependents = [{ resource: PODS, object: child, waitsForOwner: false }];
    assert.deepEqual(plan(object, { resource: REPLICA_SETS, dependents }), []);
    assert.deepEqual(summary(plan(object, { resource: REPLICA_SETS })), ['patch web-1 {"finalizers":null}']);
  });

  it('orphans dependents before their owner goes', () => {
    const object = deleting('orphan');
    const dependents = [{ resource: PODS, object: child, waitsForOwner: false }];
    assert.deepEqual(summary(plan(object, { dependents })), ['patch a {"ownerReferences":null}']);
    assert.deepEqual(summary(plan(object, {})), ['patch web-1 {"finalizers":null}']);
  });

  it('does not wait for a dependent that waits for it', () => {
    const dependents = [{ resource: PODS, object: child, waitsForOwner: true }];
    const [text] = summary(plan(deleting('foregroundDeletion'), { dependents }));
    assert.equal(text, 'patch web-1 {"finalizers":null}');
  });

  it('tells whoever names an owner in another namespace, where none can be', () => {
    const [event, deletion, ...more] = plan(child, { owners: owners('elsewhere') });
    assert.equal(event?.type === 'event' && event.event.reason, 'OwnerRefInvalidNamespace');
    assert.deepEqual(summary(deletion ? [deletion] : []), ['delete a Background']);
    assert.deepEqual(more, []);
    const clusterWide = { ...child, metadata: { ...child.metadata, namespace: '' } };
    assert.deepEqual(
      plan(clusterWide, { owners: owners('elsewhere') }).map(({ type }) => type),
      ['event'],
      'what lies in no namespace cannot be owned from one, and is not deleted on that account',
    );
  });
});
