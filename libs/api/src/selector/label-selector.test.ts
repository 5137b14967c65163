import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../errors/api-error.ts';
import { formatLabelSelector, labelSelectorOf, parseLabelSelector, selectionOfLabels } from './index.ts';
import type { Labels } from './types.ts';

describe('label selector syntax', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['', ''],
    ['x=a,y=b,z=c', 'x=a,y=b,z=c'],
    ['z=c, x==a , y!=b', 'x==a,y!=b,z=c'],
    ['x', 'x'],
    ['!x', '!x'],
    ['x=', 'x='],
    ['x=,z= ', 'x=,z='],
    ['x in ()', 'x in ()'],
    ['x in (b,a,b)', 'x in (a,b)'],
    ['x in (a,,b)', 'x in (,a,b)'],
    ['x in (,)', 'x in ()'],
    ['x in (a,)', 'x in (,a)'],
    ['x in (,,,)', 'x in ()'],
    ['x notin (in,notin)', 'x notin (in,notin)'],
    ['in in (in)', 'in in (in)'],
    ['x>1,y<2', 'x>1,y<2'],
    ['example.com/a in (b)', 'example.com/a in (b)'],
    ['x=in', 'x=in'],
    ['x,', "error: found '', expected: identifier after ','"],
  ];
  for (const [text, expected] of texts) {
    it(`reads ${JSON.stringify(text)}`, () => {
      if (expected.startsWith('error: ')) {
        assert.throws(() => parseLabelSelector(text), { message: expected.slice('error: '.length) });
      } else {
        assert.equal(parseLabelSelector(text).toString(), expected);
      }
    });
  }

  const errors: readonly (readonly [string, string])[] = [
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b c)', "unable to parse requirement: found 'c', expected: ',' or ')'"],
    ['a in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['a in (b,', "unable to parse requirement: found '', expected: ',', or identifier"],
    ['a in (b,,)', "unable to parse requirement: found ')', expected: ',', or identifier"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    [
      'x>a',
      `unable to parse requirement: values[0]: Invalid value: "a": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    [
      '_x=a',
      `unable to parse requirement: <nil>: Invalid value: "_x": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
    [
      'x=-a',
      `unable to parse requirement: values[0][x]: Invalid value: "-a": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    ],
  ];
  for (const [text, message] of errors) {
    it(`refuses ${JSON.stringify(text)} in Kubernetes' words`, () => {
      assert.throws(
        () => parseLabelSelector(text),
        (error) => error instanceof ApiError && error.reason === 'BadRequest' && error.message === message,
      );
    });
  }
});

describe('label selection', () => {
  it('does not take the names of Object.prototype for labels', () => {
    assert.equal(parseLabelSelector('constructor').matches({}), false);
    assert.equal(parseLabelSelector('!toString').matches({}), true);
    assert.equal(parseLabelSelector('constructor notin (a)').matches(undefined), true);
  });

  it('compares whole numbers of 64 bits with > and <', () => {
    assert.equal(parseLabelSelector('n>9007199254740992').matches({ n: '9007199254740993' }), true);
    assert.equal(parseLabelSelector('n<5').matches({ n: 'x' }), false);
    assert.equal(parseLabelSelector('n<5').matches({}), false);
  });

  it('of an absent object is nothing, of an empty one everything', () => {
    assert.equal(labelSelectorOf(undefined).matches({ a: 'b' }), false);
    assert.equal(labelSelectorOf({}).matches(undefined), true);
    assert.equal(selectionOfLabels({}).everything, true);
  });

  it('of an object is written in the string syntax', () => {
    const selector = {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['b', 'a'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    };
    assert.equal(formatLabelSelector(selector), 'app=web,!old,tier in (a,b)');
    assert.throws(() => labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'Is' }] }), {
      message: '"Is" is not a valid label selector operator',
    });
  });

  const key = fc.constantFrom('a', 'b', 'constructor');
  const value = fc.constantFrom('', '1', '2', '10', 'x');
  const labels: fc.Arbitrary<Labels> = fc
    .uniqueArray(fc.tuple(key, value), { selector: ([name]) => name })
    .map((pairs) => Object.fromEntries(pairs));
  const operator = fc.constantFrom('=', '==', '!=', 'in', 'notin', 'exists', '!', '>', '<');
  const requirement = fc.tuple(
    key,
    operator,
    fc.array(value, { minLength: 1, maxLength: 10 }),
    fc.nat({ max: 11 }),
  );

  /** The documentation's definition, written down as slowly as it can be. */
  function naive(
    labelsOfObject: Labels,
    [name, op, values, bound]: readonly [string, string, readonly string[], number],
  ): boolean {
    const map = new Map(Object.entries(labelsOfObject));
    const actual = map.get(name);
    const integer = actual !== undefined && /^\d+$/.test(actual) ? Number(actual) : undefined;
    switch (op) {
      case '=':
      case '==':
        return actual === values[0];
      case '!=':
        return actual !== values[0];
      case 'in':
        return actual !== undefined && values.includes(actual);
      case 'notin':
        return actual === undefined || !values.includes(actual);
      case 'exists':
        return actual !== undefined;
      case '!':
        return actual === undefined;
      case '>':
        return integer !== undefined && integer > bound;
      default:
        return integer !== undefined && integer < bound;
    }
  }

  function text([name, op, values, bound]: readonly [string, string, readonly string[], number]): string {
    if (op === 'exists') return name;
    if (op === '!') return `!${name}`;
    if (op === 'in' || op === 'notin') return `${name} ${op} (${[...new Set(values)].join(',')})`;
    return op === '>' || op === '<' ? `${name}${op}${bound}` : `${name}${op}${values[0]}`;
  }

  it('matches what the documentation says, and its text means the same', () => {
    fc.assert(
      fc.property(labels, fc.array(requirement, { maxLength: 4 }), (of, requirements) => {
        const selection = parseLabelSelector(requirements.map(text).join(','));
        const expected = requirements.every((one) => naive(of, one));
        assert.equal(selection.matches(of), expected);
        assert.equal(parseLabelSelector(selection.toString()).matches(of), expected);
      }),
      { numRuns: 500 },
    );
  });
});
