import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../errors/api-error.ts';
import {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  formatQuantity,
  milliQuantityOf,
  parseQuantity,
  quantityMilliValue,
  quantityOf,
  quantityValue,
  subtractQuantity,
} from './quantity.ts';

describe('quantity', () => {
  const canonical: readonly (readonly [string | number, string])[] = [
    ['0', '0'],
    ['0Ki', '0'],
    ['-0', '0'],
    ['.', '0'],
    [1, '1'],
    [0.5, '500m'],
    [1e21, '1e21'],
    ['1', '1'],
    ['+5', '5'],
    ['-5', '-5'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['100m', '100m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1024', '1024'],
    ['1000', '1k'],
    ['1Ki', '1Ki'],
    ['1024Ki', '1Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['0.5Mi', '512Ki'],
    ['1000Ki', '1000Ki'],
    ['2048Mi', '2Gi'],
    ['0.001Ki', '1024m'],
    ['-1.5Gi', '-1536Mi'],
    ['12e6', '12e6'],
    ['12E6', '12e6'],
    ['120e5', '12e6'],
    ['1e-3', '1e-3'],
    ['1.1E6', '1100e3'],
    ['5E', '5E'],
    ['1000E', '1000E'],
    ['0.1n', '1n'],
    ['1.0000000001', '1000000001n'],
    ['-0.1n', '-1n'],
    ['1234567890123456789', '1234567890123456789'],
    ['9Ei', '9223372036854775807'],
    ['100Ei', '9223372036854775807'],
    ['100000000000000000000', '100E'],
  ];
  for (const [input, expected] of canonical) {
    it(`writes ${input} as ${expected}`, () => assert.equal(canonicalQuantity(input), expected));
  }

  const wrongFormat = ['', '1.1.M', '1+1.0M', '0.1am', 'aoeu', '100MB', '1 Gi', '5%', '1/2', 'Infinity'];
  for (const input of wrongFormat) {
    it(`refuses ${JSON.stringify(input)} as Kubernetes does`, () => {
      assert.throws(
        () => parseQuantity(input),
        (error) =>
          error instanceof ApiError &&
          error.reason === 'BadRequest' &&
          error.message ===
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
    });
  }
  for (const input of ['1i', '.5i', '-3.01e-', '1e', '1K', '1Mi3', '--1', '1e1000000000']) {
    it(`refuses the suffix of ${input}`, () => {
      assert.throws(() => parseQuantity(input), { message: "unable to parse quantity's suffix" });
    });
  }

  it('takes a bare suffix for zero, but not the largest two', () => {
    assert.equal(formatQuantity(parseQuantity('Ki')), '0');
    assert.throws(() => parseQuantity('Ei'), { message: 'unable to parse numeric part of quantity' });
  });

  it('rounds whole units and thousandths away from zero', () => {
    assert.equal(quantityValue(parseQuantity('1500m')), 2);
    assert.equal(quantityValue(parseQuantity('-1500m')), -2);
    assert.equal(quantityMilliValue(parseQuantity('1u')), 1);
    assert.equal(quantityMilliValue(parseQuantity('2.5')), 2500);
  });

  it('takes the format of the other side when it is zero', () => {
    assert.equal(formatQuantity(addQuantity(parseQuantity('0'), parseQuantity('1Gi'))), '1Gi');
    assert.equal(formatQuantity(addQuantity(parseQuantity('1Gi'), parseQuantity('1G'))), '2073741824');
  });

  const arbitraryQuantity = fc
    .tuple(
      fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
      fc.integer({ min: 0, max: 6 }),
      fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E-3'),
    )
    .map(([digits, fraction, suffix]) => {
      const sign = digits < 0n ? '-' : '';
      const text = (digits < 0n ? -digits : digits).toString().padStart(fraction + 1, '0');
      return `${sign}${text.slice(0, text.length - fraction)}.${text.slice(text.length - fraction)}${suffix}`;
    });

  it('has a canonical form that is stable and loses nothing', () => {
    fc.assert(
      fc.property(arbitraryQuantity, (text) => {
        const first = parseQuantity(text);
        const written = formatQuantity(first);
        assert.match(written, /^-?[0-9]+([numkMGTPE]|[KMGTPE]i|e-?[0-9]+)?$/);
        assert.equal(parseQuantity(written).nano, first.nano);
        assert.equal(canonicalQuantity(written), written);
      }),
    );
  });

  it('adds, subtracts and compares exactly', () => {
    fc.assert(
      fc.property(arbitraryQuantity, arbitraryQuantity, (left, right) => {
        const a = parseQuantity(left);
        const b = parseQuantity(right);
        assert.equal(subtractQuantity(addQuantity(a, b), b).nano, a.nano);
        assert.equal(addQuantity(a, b).nano, addQuantity(b, a).nano);
        assert.equal(compareQuantity(a, b) + compareQuantity(b, a), 0);
        assert.equal(compareQuantity(a, b) < 0, compareQuantity(addQuantity(a, b), addQuantity(b, b)) < 0);
      }),
    );
  });

  it('agrees with plain integers', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        assert.equal(quantityValue(quantityOf(value)), value);
        assert.equal(quantityMilliValue(milliQuantityOf(value)), value);
      }),
    );
  });
});
