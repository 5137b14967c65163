import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeJson, decodeYaml } from './index.ts';

test('JSON decodes to what JSON.parse gives, without duplicates', () => {
  fc.assert(
    fc.property(fc.json(), fc.boolean(), (text, spread) => {
      const value: unknown = JSON.parse(text);
      const decoded = decodeJson(spread ? JSON.stringify(value, null, 2) : text);
      assert.deepEqual(decoded.value, value);
      if (spread) assert.deepEqual(decoded.duplicateFields, []);
    }),
  );
});

test('a field that is there twice is named by its path, once', () => {
  const text = '{"a":1, "b\\"" : [{"c":{"d":1,"d":2,"d":3}}, {"c":"\\"c\\":"}], "a" :null}';
  assert.deepEqual(decodeJson(text).duplicateFields, [
    'duplicate field "b\\".[0].c.d"'.replace('b\\".[0]', 'b\\"[0]'),
    'duplicate field "a"',
  ]);
});

test('the same name written differently is the same field', () => {
  assert.deepEqual(decodeJson('{"a":1,"\\u0061":2}').duplicateFields, ['duplicate field "a"']);
});

test('what is no JSON is refused in the words of Go', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['{"a":x}', "invalid character 'x' looking for beginning of value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} {}', "invalid character '{' after top-level value"],
    ['{"a":"\\x"}', "invalid character 'x' in string escape code"],
    ['{"a":"\n"}', "invalid character '\\n' in string literal"],
    ['truth', "invalid character 't' in literal true (expecting 'e')"],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => decodeJson(text), { name: 'ApiError', reason: 'BadRequest', message }, text);
  }
});

test('whatever JSON.parse refuses has a message, and none of them is the last resort', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '}', '"', ',', ':', '\\', 'e'),
      (json, at, broken) => {
        const cut = at % (json.length + 1);
        const text = json.slice(0, cut) + broken + json.slice(cut + 1);
        try {
          JSON.parse(text);
        } catch {
          assert.throws(
            () => decodeJson(text),
            /^ApiError: (invalid character|unexpected end of JSON input)/,
          );
        }
      },
    ),
  );
});

test('JSON that is nested without end is refused', () => {
  const text = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  assert.throws(() => decodeJson(text), { reason: 'BadRequest', message: 'exceeded max depth' });
});

test('YAML that is nested without end, or too much to parse for one, is refused at once', () => {
  const size = 1_500_000;
  const deep = /^error converting YAML to JSON: yaml: .*(exceeded max depth|call stack size exceeded)/;
  const large = /more than 300000 tokens: what is so large has to be sent as JSON$/;
  const table: readonly (readonly [string, RegExp])[] = [
    ['v: '.concat('['.repeat(size), ']'.repeat(size)), deep],
    ['v: '.concat('['.repeat(2 * size)), deep],
    ['{a: '.repeat(size / 2), deep],
    ['- '.repeat(2_000), deep],
    ['- '.repeat(size), large],
    ['v: ['.concat('1,'.repeat(size), ']'), large],
    ['a: 1\n'.repeat(size / 4), large],
  ];
  for (const [text, message] of table) {
    assert.throws(() => decodeYaml(text), { reason: 'BadRequest', message }, text.slice(0, 20));
  }
  const long = 'x\n'.repeat(size);
  const block = `v: |\n${long.replaceAll(/^(?=.)/gm, '  ')}`;
  assert.deepEqual(decodeYaml(block).value, { v: long }, 'one long text is one token');
});

test('YAML is read as Kubernetes reads it', () => {
  const text =
    'mode: 0644\nyes: on\ntime: 2026-01-02T03:04:05Z\nport: "80"\nratio: 12:30\nnothing:\nlist: [1, 0x10, 1.5]\n';
  assert.deepEqual(decodeYaml(text), {
    value: {
      mode: 420,
      true: true,
      time: '2026-01-02T03:04:05Z',
      port: '80',
      ratio: '12:30',
      nothing: null,
      list: [1, 16, 1.5],
    },
    duplicateFields: [],
  });
});

test('YAML merges and anchors work, and cannot blow up', () => {
  assert.deepEqual(decodeYaml('a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n').value, {
    a: { b: 1 },
    c: { b: 1, d: 2 },
  });
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (let i = 0; i < 10; i++) {
    const name = String.fromCharCode(98 + i);
    const before = `*${String.fromCharCode(97 + i)}`;
    bomb.push(`${name}: &${name} [${Array(9).fill(before).join(',')}]`);
  }
  assert.throws(() => decodeYaml(bomb.join('\n')), { reason: 'BadRequest', message: /alias/ });
});

test('a key that YAML has twice is named with its line', () => {
  assert.deepEqual(decodeYaml('a: 1\nb:\n  c: 1\n  c: 2\na: 3\n').duplicateFields, [
    'line 5: key "a" already set in map',
    'line 4: key "c" already set in map',
  ]);
});

test('broken YAML is refused with its line', () => {
  assert.throws(() => decodeYaml('a: 1\n b: 2\n'), {
    reason: 'BadRequest',
    message: /^error converting YAML to JSON: yaml: line \d: /,
  });
  assert.throws(() => decodeYaml('a: 1\n---\nb: 1\n'), { reason: 'BadRequest' });
});
