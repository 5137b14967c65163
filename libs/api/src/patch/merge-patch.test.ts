import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { deepFreeze } from '../json/freeze.ts';
import { applyMergePatch, createMergePatch } from './merge-patch.ts';

describe('JSON merge patch', () => {
  // The table of RFC 7386, appendix A, as far as the target is an object.
  const cases: readonly (readonly [Record<string, unknown>, Record<string, unknown>, unknown])[] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, expected] of cases) {
    it(`of ${JSON.stringify(patch)} on ${JSON.stringify(target)} is ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(applyMergePatch(deepFreeze(target), deepFreeze(patch)), expected);
    });
  }

  it('refuses what is no object', () => {
    assert.throws(() => applyMergePatch({}, [1]), { reason: 'BadRequest' });
  });

  it('keeps a field named __proto__ a field', () => {
    const result = applyMergePatch({}, JSON.parse('{"__proto__":{"a":1}}'));
    assert.equal(JSON.stringify(result), '{"__proto__":{"a":1}}');
  });

  const scalar = fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.boolean());
  const { tree } = fc.letrec<{ tree: Record<string, unknown> }>((tie) => ({
    tree: fc.dictionary(
      fc.constantFrom('a', 'b', 'c', '__proto__'),
      fc.oneof({ depthSize: 'small' }, scalar, fc.array(scalar, { maxLength: 2 }), tie('tree')),
      { noNullPrototype: true },
    ),
  }));

  it('that was created from two objects makes the second of the first', () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        const patch = createMergePatch(before, after);
        const result = patch === undefined ? before : applyMergePatch(deepFreeze(before), deepFreeze(patch));
        assert.equal(createMergePatch(result, after), undefined);
      }),
      { numRuns: 300 },
    );
  });
});
