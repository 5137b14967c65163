import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statusPatch } from './status-patch.ts';

const AT = '2026-01-01T00:00:00Z';
const READY = { type: 'Ready', status: 'True', lastTransitionTime: AT };
const UNREADY = { ...READY, status: 'False', reason: 'ContainersNotReady', message: 'unready: [web]' };

describe('the patch of a pod status', () => {
  it('takes the reason and the message away with the state that they explained', () => {
    assert.deepEqual(statusPatch({ conditions: [UNREADY] }, { conditions: [READY] }), {
      conditions: [{ ...READY, reason: null, message: null }],
    });
  });

  it('leaves the conditions of others alone', () => {
    const others = { type: 'example.com/gate', status: 'True' };
    assert.equal(statusPatch({ conditions: [others, READY] }, { conditions: [READY] }), undefined);
  });
});
