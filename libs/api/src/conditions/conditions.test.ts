import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Condition,
  findCondition,
  isConditionTrue,
  isPodActive,
  isPodAvailable,
  isPodReady,
  podAvailableAtMs,
  removeCondition,
  setCondition,
} from './index.ts';

const before = '2026-01-01T00:00:00Z';
const now = '2026-01-01T00:01:00Z';

describe('conditions', () => {
  const ready: Condition = { type: 'Ready', status: 'True', reason: 'Ok', lastTransitionTime: before };

  it('keeps the transition time while the status stays', () => {
    const changed = setCondition([ready], { type: 'Ready', status: 'True', reason: 'Other' }, now);
    assert.deepEqual(changed, [
      { type: 'Ready', status: 'True', reason: 'Other', lastTransitionTime: before },
    ]);
  });

  it('sets the transition time when the status changes, and keeps the place in the list', () => {
    const other = { type: 'Other', status: 'True', lastTransitionTime: before };
    const changed = setCondition([ready, other], { type: 'Ready', status: 'False' }, now);
    assert.deepEqual(changed[0], { type: 'Ready', status: 'False', lastTransitionTime: now });
    assert.equal(changed[1], other);
  });

  it('gives the same list back when nothing changes', () => {
    const list = [ready];
    assert.equal(setCondition(list, { type: 'Ready', status: 'True', reason: 'Ok' }, now), list);
    assert.equal(removeCondition(list, 'Absent'), list);
  });

  it('adds, finds and removes', () => {
    const list = setCondition<Condition>(undefined, { type: 'A', status: 'True' }, now);
    assert.equal(findCondition(list, 'A')?.lastTransitionTime, now);
    assert.equal(isConditionTrue(list, 'A'), true);
    assert.equal(isConditionTrue(undefined, 'A'), false);
    assert.deepEqual(removeCondition(list, 'A'), []);
  });
});

describe('pods', () => {
  const pod = {
    metadata: {},
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: before }] },
  };

  it('are available once they were ready for long enough', () => {
    const since = Date.parse(before);
    assert.equal(isPodReady(pod), true);
    assert.equal(isPodAvailable(pod, 0, since), true);
    assert.equal(isPodAvailable(pod, 10, since + 9_999), false);
    assert.equal(isPodAvailable(pod, 10, since + 10_000), true);
    assert.equal(podAvailableAtMs(pod, 10), since + 10_000);
    assert.equal(isPodAvailable({ metadata: {} }, 0, since), false);
  });

  it('are active until they finish or are deleted', () => {
    assert.equal(isPodActive(pod), true);
    assert.equal(isPodActive({ metadata: {}, status: { phase: 'Failed' } }), false);
    assert.equal(isPodActive({ ...pod, metadata: { deletionTimestamp: now } }), false);
  });
});
