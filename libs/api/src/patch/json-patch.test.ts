import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../errors/api-error.ts';
import { deepFreeze } from '../json/freeze.ts';
import { applyJsonPatch } from './json-patch.ts';

interface Case {
  readonly is: string;
  readonly document: unknown;
  readonly patch: unknown;
  readonly expected: unknown;
}

describe('JSON patch', () => {
  const cases: readonly Case[] = [
    {
      is: 'adds a field',
      document: { foo: 'bar' },
      patch: [{ op: 'add', path: '/baz', value: 'qux' }],
      expected: { foo: 'bar', baz: 'qux' },
    },
    {
      is: 'inserts an element',
      document: { foo: ['bar', 'baz'] },
      patch: [{ op: 'add', path: '/foo/1', value: 'qux' }],
      expected: { foo: ['bar', 'qux', 'baz'] },
    },
    {
      is: 'appends with a dash',
      document: { foo: ['bar'] },
      patch: [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }],
      expected: { foo: ['bar', ['abc', 'def']] },
    },
    {
      is: 'removes a field and an element',
      document: { a: 1, b: [1, 2, 3] },
      patch: [
        { op: 'remove', path: '/a' },
        { op: 'remove', path: '/b/1' },
      ],
      expected: { b: [1, 3] },
    },
    {
      is: 'replaces deep inside',
      document: { a: { b: [{ c: 1 }] } },
      patch: [{ op: 'replace', path: '/a/b/0/c', value: 2 }],
      expected: { a: { b: [{ c: 2 }] } },
    },
    {
      is: 'moves',
      document: { foo: { bar: 'baz', waldo: 'fred' }, qux: {} },
      patch: [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      expected: { foo: { bar: 'baz' }, qux: { thud: 'fred' } },
    },
    {
      is: 'copies',
      document: { a: { b: 1 } },
      patch: [{ op: 'copy', from: '/a', path: '/c' }],
      expected: { a: { b: 1 }, c: { b: 1 } },
    },
    {
      is: 'unescapes pointers',
      document: { metadata: { annotations: {} } },
      patch: [{ op: 'add', path: '/metadata/annotations/example.com~1a~0b', value: 'x' }],
      expected: { metadata: { annotations: { 'example.com/a~b': 'x' } } },
    },
    {
      is: 'goes on after a test that holds, whatever the order of fields',
      document: { a: { x: 1, y: 2 } },
      patch: [
        { op: 'test', path: '/a', value: { y: 2, x: 1 } },
        { op: 'test', path: '/absent', value: null },
        { op: 'add', path: '/b', value: null },
      ],
      expected: { a: { x: 1, y: 2 }, b: null },
    },
    {
      is: 'replaces the whole document',
      document: { a: 1 },
      patch: [{ op: 'replace', path: '', value: { b: 2 } }],
      expected: { b: 2 },
    },
    {
      is: 'counts negative indices from the end',
      document: { a: [1, 2, 3] },
      patch: [
        { op: 'remove', path: '/a/-1' },
        { op: 'replace', path: '/a/-1', value: 9 },
      ],
      expected: { a: [1, 9] },
    },
    {
      is: 'adds and replaces with null where no value is given',
      document: { a: 1 },
      patch: [
        { op: 'add', path: '/b' },
        { op: 'replace', path: '/a' },
      ],
      expected: { a: null, b: null },
    },
    { is: 'that is null changes nothing', document: { a: 1 }, patch: null, expected: { a: 1 } },
    {
      is: 'sets a field named __proto__ as a field',
      document: {},
      patch: [{ op: 'add', path: '/__proto__', value: { a: 1 } }],
      expected: JSON.parse('{"__proto__":{"a":1}}'),
    },
  ];
  for (const { is, document, patch, expected } of cases) {
    it(is, () => assert.deepEqual(applyJsonPatch(deepFreeze(document), deepFreeze(patch)), expected));
  }

  const refused: readonly (readonly [unknown, string])[] = [
    [[{ op: 'test', path: '/a', value: 2 }], 'testing value /a failed: test failed'],
    [
      [{ op: 'replace', path: '/b', value: 2 }],
      'replace operation does not apply: doc is missing key: /b: missing value',
    ],
    [
      [{ op: 'remove', path: '/b/c' }],
      'remove operation does not apply: doc is missing path: "/b/c": missing value',
    ],
    [
      [{ op: 'add', path: '/b/c', value: 1 }],
      'add operation does not apply: doc is missing path: "/b/c": missing value',
    ],
    [[{ op: 'add', path: '/list/5', value: 1 }], 'add operation does not apply: invalid array index 5'],
    [[{ op: 'add', path: '/list/01', value: 1 }], 'add operation does not apply: invalid array index 01'],
    [
      [{ op: 'move', from: '/b', path: '/a' }],
      'move operation does not apply: doc is missing from path: missing value',
    ],
    [
      [{ op: 'test', path: '/b/c', value: null }],
      'test operation does not apply: is missing path: /b/c: missing value',
    ],
    [[{ op: 'frob', path: '/a' }], 'Unexpected kind: frob'],
    [[{ path: '/a', value: 1 }], 'Unexpected kind: unknown'],
    [[null], 'Unexpected kind: unknown'],
    [[{ op: 'add', value: 1 }], 'add operation failed to decode path: missing value'],
    [[{ op: 'move', path: '/a' }], 'move operation failed to decode from: missing value'],
  ];
  for (const [patch, why] of refused) {
    it(`answers 422 where ${why}`, () => {
      assert.throws(
        () => applyJsonPatch({ a: 1, list: [] }, patch),
        (error) =>
          error instanceof ApiError &&
          error.httpStatus === 422 &&
          error.message === 'the server rejected our request due to an error in our request' &&
          error.details.causes?.[0]?.message === why,
      );
    });
  }

  const malformed: readonly unknown[] = [
    { op: 'add' },
    [1],
    [{ op: 'add', path: 1, value: 1 }],
    [{ op: 1, path: '/a' }],
    [{ op: 'add', path: 'a', value: 1 }],
  ];
  for (const patch of malformed) {
    it(`answers 400 to ${JSON.stringify(patch)}`, () => {
      assert.throws(
        () => applyJsonPatch({ a: 1 }, patch),
        (error) => error instanceof ApiError && error.reason === 'BadRequest',
      );
    });
  }

  it('stops copies of copies before they fill the memory', () => {
    const patch = Array.from({ length: 60 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }));
    assert.throws(
      () => applyJsonPatch({ a: ['x'.repeat(1_000)] }, patch),
      (error) =>
        error instanceof ApiError && /exceeding the limit/.test(error.details.causes?.[0]?.message ?? ''),
    );
  });

  it('refuses more than ten thousand operations', () => {
    const patch = Array.from({ length: 10_001 }, () => ({ op: 'add', path: '/a', value: 1 }));
    assert.throws(
      () => applyJsonPatch({}, patch),
      (error) => error instanceof ApiError && error.httpStatus === 413,
    );
  });
});
