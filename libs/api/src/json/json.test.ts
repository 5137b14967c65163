import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  deepFreeze,
  getField,
  goFormat,
  goQuote,
  jsonEqual,
  jsonTypeName,
  semanticEqual,
  setField,
} from './index.ts';

const json = fc.jsonValue({ maxDepth: 3, noUnicodeString: true });

describe('equality', () => {
  it('of JSON values does not depend on the order of fields', () => {
    assert.equal(jsonEqual({ a: 1, b: [{ c: 2, d: null }] }, { b: [{ d: null, c: 2 }], a: 1 }), true);
    assert.equal(jsonEqual({ a: 1 }, { a: 1, b: undefined }), true);
    assert.equal(jsonEqual([1, 2], [2, 1]), false);
    assert.equal(jsonEqual({ a: null }, {}), false);
    assert.equal(jsonEqual([], {}), false);
  });

  it('of JSON values is what their canonical texts say', () => {
    const sorted = (value: unknown): string =>
      JSON.stringify(value, (_name, part: unknown) =>
        typeof part === 'object' && part !== null && !Array.isArray(part)
          ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
          : part,
      );
    fc.assert(
      fc.property(json, json, (a, b) => {
        assert.equal(jsonEqual(a, structuredClone(a)), true);
        assert.equal(jsonEqual(a, b), sorted(a) === sorted(b));
      }),
    );
  });

  it('of what objects mean takes an absent field for its zero', () => {
    assert.equal(semanticEqual({ a: [], b: {}, c: '', d: false, e: null }, {}), true);
    assert.equal(semanticEqual({ a: { b: { c: '' } } }, {}), true);
    assert.equal(semanticEqual({ a: [''] }, {}), false);
    assert.equal(semanticEqual({ a: 'x' }, {}), false);
  });

  it('of what objects mean minds the fields whose zero says something', () => {
    assert.equal(semanticEqual({ runAsUser: 0 }, {}), false);
    assert.equal(semanticEqual({ automountServiceAccountToken: false }, {}), false);
  });

  it('of what objects mean is an equivalence, and follows from equality', () => {
    fc.assert(
      fc.property(json, json, json, (a, b, c) => {
        assert.equal(semanticEqual(a, b), semanticEqual(b, a));
        if (jsonEqual(a, b)) assert.equal(semanticEqual(a, b), true);
        if (semanticEqual(a, b) && semanticEqual(b, c)) assert.equal(semanticEqual(a, c), true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('Go’s way of writing', () => {
  it('quotes text', () => {
    assert.equal(goQuote('plain ä'), '"plain ä"');
    assert.equal(goQuote('a"b\\c\n\t\u0007'), '"a\\"b\\\\c\\n\\t\\a"');
    assert.equal(goQuote('\u0001\u00a0\u2028'), '"\\x01\\u00a0\\u2028"');
  });

  it('shows values', () => {
    assert.equal(goFormat({ b: [1, 'x', null], a: true }), 'map[a:true b:[1 x <nil>]]');
  });

  it('names types', () => {
    assert.deepEqual([null, [], {}, true, 1, ''].map(jsonTypeName), [
      'null',
      'array',
      'object',
      'bool',
      'number',
      'string',
    ]);
  });
});

describe('objects whose fields have names from outside', () => {
  it('get and set __proto__ as a field', () => {
    const object: Record<string, unknown> = {};
    assert.equal(getField(object, 'constructor'), undefined);
    setField(object, '__proto__', 1);
    assert.equal(getField(object, '__proto__'), 1);
    assert.equal(JSON.stringify(object), '{"__proto__":1}');
    assert.equal(Object.getPrototypeOf(object), Object.prototype);
  });

  it('are frozen with everything in them', () => {
    const value = deepFreeze({ a: [{ b: 1 }] });
    assert.throws(() => Object.assign(value.a[0] ?? {}, { b: 2 }), TypeError);
  });
});
