import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retentionFrom } from './retention.ts';

test('ages and sizes are read as people write them, and what is not asked for stays', () => {
  assert.equal(retentionFrom(undefined, {}), undefined);
  const monthly = retentionFrom(undefined, { retention: '30d,events=1h' });
  assert.deepEqual(monthly, {
    maxAgeSeconds: 30 * 86_400,
    maxBytes: undefined,
    kinds: [{ resource: 'events', maxAgeSeconds: 3_600 }],
  });
  const sized = retentionFrom(monthly, { retentionSize: '1.5GB' });
  assert.deepEqual(sized, { ...monthly, maxBytes: 1.5e9 });
  assert.deepEqual(retentionFrom(sized, { retentionSize: 'unlimited' }), monthly);
  assert.equal(retentionFrom(monthly, { retention: 'forever' }), undefined);
  assert.deepEqual(retentionFrom(undefined, { retention: 'events=2w' }), {
    maxAgeSeconds: undefined,
    maxBytes: undefined,
    kinds: [{ resource: 'events', maxAgeSeconds: 14 * 86_400 }],
  });
});

test('what is no age or size is refused with an example', () => {
  for (const retention of ['30', 'soon', '0d', 'events=', '30d,events'])
    assert.throws(() => retentionFrom(undefined, { retention }), /is no age/);
  for (const retentionSize of ['big', '0', '-1GB'])
    assert.throws(() => retentionFrom(undefined, { retentionSize }), /is no size/);
});
