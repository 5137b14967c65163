import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { percentOf, resolveFenceposts, scaledValue } from './int-or-string.ts';

describe('int or string', () => {
  it('rounds a percentage up or down', () => {
    assert.equal(scaledValue('25%', 10, 'up'), 3);
    assert.equal(scaledValue('25%', 10, 'down'), 2);
    assert.equal(scaledValue('0%', 10, 'up'), 0);
    assert.equal(scaledValue('100%', 7, 'down'), 7);
    assert.equal(scaledValue(4, 10, 'up'), 4);
  });

  it('refuses a string that is no percentage', () => {
    assert.throws(() => scaledValue('3', 10, 'up'), {
      message: 'invalid value for IntOrString: invalid type: string is not a percentage',
    });
    assert.equal(percentOf('http'), undefined);
    assert.equal(percentOf(50), undefined);
    assert.equal(percentOf('50%'), 50);
  });

  it('lets a rolling update always go on', () => {
    assert.deepEqual(resolveFenceposts('25%', '25%', 3), { surge: 1, unavailable: 0 });
    assert.deepEqual(resolveFenceposts('0%', '25%', 3), { surge: 0, unavailable: 1 });
    assert.deepEqual(resolveFenceposts(2, 0, 3), { surge: 2, unavailable: 0 });
    assert.deepEqual(resolveFenceposts('25%', '25%', 0), { surge: 0, unavailable: 1 });
  });
});
