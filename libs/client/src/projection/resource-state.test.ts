import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LEASES } from '../resources.ts';
import { Entry } from './entry.ts';
import { ResourceState } from './resource-state.ts';

/** An object whose metadata can be read and whose rest cannot be parsed. */
function entry(rev: number, owners: readonly string[], uid = 'u'): Entry {
  const ownerReferences = owners.map((owner) => ({ kind: 'Node', name: owner, uid: owner }));
  const metadata = { name: 'a', namespace: 'ns', ...(owners.length > 0 ? { ownerReferences } : {}) };
  const body = new TextEncoder().encode(`{"metadata":${JSON.stringify(metadata)},"spec":cut off`);
  const key = { resource: LEASES.groupResource, namespace: 'ns', name: 'a' };
  return Entry.fromBody({ key, rev, uid, learntAtMs: 0 }, body, { type: LEASES, part: 'all' });
}

const revisions = (entries: readonly Entry[]) => entries.map(({ rev }) => rev);

describe('the objects of one resource', () => {
  test('are found by their owners, through every change, and are not parsed for it', () => {
    const state = new ResourceState();
    state.set(entry(1, ['x']));
    const owned = () => [state.ownedBy('x'), state.ownedBy('y')].map(revisions);
    assert.deepEqual(owned(), [[1], []]);
    state.set(entry(2, ['x']));
    assert.deepEqual(owned(), [[2], []], 'the same owner');
    state.set(entry(3, ['y', 'x', 'y']));
    assert.deepEqual(owned(), [[3], [3]], 'one more');
    state.set(entry(4, ['y']));
    assert.deepEqual(owned(), [[], [4]], 'one less');
    state.set(entry(5, []));
    assert.deepEqual(owned(), [[], []], 'none');
    state.set(entry(6, ['x']));
    state.set(entry(7, ['x'], 'namesake'));
    assert.deepEqual(owned(), [[7], []], 'another of that name');
    assert.deepEqual([state.byUid('u'), state.byUid('namesake')?.rev, state.size], [undefined, 7, 1]);
    state.delete('ns', 'a');
    assert.deepEqual([...owned(), state.byUid('namesake')], [[], [], undefined]);
  });
});
