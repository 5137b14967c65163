import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PERSISTENT_VOLUME_CLAIMS, type Stored } from '@reckon/client';
import { NOW_MS, stored } from '../testing/objects.ts';
import { planProtection } from './plan.ts';

const FINALIZER = 'kubernetes.io/pvc-protection';

function finalizersAfter(metadata: Partial<Stored['metadata']>, user?: string) {
  const desired = stored({ kind: 'PersistentVolumeClaim', metadata: { name: 'data', ...metadata } });
  const observed = { resource: PERSISTENT_VOLUME_CLAIMS, finalizer: FINALIZER, user };
  const [action] = planProtection({ desired, observed, now: NOW_MS, failures: [] }).actions;
  if (!action) return 'as it is';
  assert.ok(action.type === 'patch' && action.patch.type === 'merge');
  return action.patch.value;
}

describe('protection of storage in use', () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  const cases: readonly (readonly [string, Partial<Stored['metadata']>, string | undefined, unknown])[] = [
    ['holds what is new', {}, undefined, [FINALIZER]],
    ['adds to the finalizers of others', { finalizers: ['x/y'] }, undefined, ['x/y', FINALIZER]],
    ['leaves alone what is held', { finalizers: [FINALIZER] }, 'pod a', 'as it is'],
    ['holds on while somebody uses it', { finalizers: [FINALIZER], deletionTimestamp }, 'pod a', 'as it is'],
    ['lets go once nobody does', { finalizers: [FINALIZER], deletionTimestamp }, undefined, null],
    [
      'leaves the finalizers of others',
      { finalizers: [FINALIZER, 'x/y'], deletionTimestamp },
      undefined,
      ['x/y'],
    ],
    [
      'does not hold what is going already',
      { finalizers: ['x/y'], deletionTimestamp },
      undefined,
      'as it is',
    ],
  ];
  for (const [sentence, metadata, user, expected] of cases) {
    it(sentence, () => {
      const wanted =
        expected === 'as it is' ? expected : { metadata: { finalizers: expected, resourceVersion: '1' } };
      assert.deepEqual(finalizersAfter(metadata, user), wanted);
    });
  }
});
