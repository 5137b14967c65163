import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LogRecord, Operation } from '@reckon/api';
import { LEASES } from '../resources.ts';
import { ProjectionState } from './state.ts';

const NODE = [{ apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'node-a' }];
const OTHER = [{ apiVersion: 'v1', kind: 'Node', name: 'b', uid: 'node-b' }];
const LEAVING = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/y'] };

/** A change of a Lease that cannot be parsed: whoever tries is found out. */
function record(rev: number, metadata: object, { op = 'update' as Operation, uid = 'u' } = {}): LogRecord {
  const text = `{"metadata":${JSON.stringify({ name: 'a', namespace: 'ns', uid, ...metadata })},"spec":cut off`;
  return {
    rev,
    atMs: rev,
    key: { resource: LEASES.groupResource, namespace: 'ns', name: 'a' },
    uid,
    op,
    body: new TextEncoder().encode(text),
    prevRev: rev - 1,
    provenance: { actor: 'somebody', requestId: '' },
    schemaVersion: 1,
  };
}

/** Whether the last of these changes may concern who collects garbage. */
function mayBeBound(...records: readonly LogRecord[]): boolean | undefined {
  const state = new ProjectionState([LEASES]);
  return records.map((each) => state.apply(each, 0)).at(-1)?.mayBeBound;
}

describe('what binds an object, told without parsing it', () => {
  for (const [sentence, before, after, expected] of [
    ['a heartbeat of what has no owner changes nothing', {}, {}, false],
    [
      'a heartbeat of what has an owner changes nothing',
      { ownerReferences: NODE },
      { ownerReferences: NODE },
      false,
    ],
    ['a first owner counts', {}, { ownerReferences: NODE }, true],
    ['another owner counts', { ownerReferences: NODE }, { ownerReferences: OTHER }, true],
    ['a lost owner counts', { ownerReferences: NODE }, {}, true],
    ['the beginning of its deletion counts', {}, LEAVING, true],
    ['a change of what is being deleted counts no more', LEAVING, LEAVING, false],
    [
      'a lost finalizer of what is being deleted counts',
      LEAVING,
      { ...LEAVING, finalizers: undefined },
      true,
    ],
    ['a finalizer alone holds nothing yet', {}, { finalizers: ['x/y'] }, false],
    ['a label is no tie', { ownerReferences: NODE }, { labels: { a: 'b' }, ownerReferences: NODE }, false],
  ] as const)
    test(sentence, () => {
      assert.equal(mayBeBound(record(1, before, { op: 'create' }), record(2, after)), expected);
    });

  test('a create counts by what it has, a delete and a namesake by what either has', () => {
    const owned = { ownerReferences: NODE };
    const created = record(1, owned, { op: 'create' });
    assert.equal(mayBeBound(created), true);
    assert.equal(mayBeBound(record(1, {}, { op: 'create' })), false);
    assert.equal(mayBeBound(created, record(2, owned, { op: 'delete' })), true);
    assert.equal(mayBeBound(created, record(2, owned, { op: 'create', uid: 'v' })), true);
  });
});
