import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, updateProblems } from './testing.ts';

describe('config maps and secrets', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it('have keys that can be files, each once', () => {
    assert.deepEqual(
      createProblems({ resource: 'configmaps', data: { 'a.b': '1' }, binaryData: { c: 'MQ==' } }),
      [],
    );
    const [key, twice] = createProblems({
      resource: 'configmaps',
      data: { 'a/b': '1', c: '2' },
      binaryData: { c: 'MQ==' },
    });
    assert.match(key ?? '', /^data\[a\/b\]: Invalid value: "a\/b": a valid config key must consist of/);
    assert.equal(twice, 'data[c]: Invalid value: "c": duplicate of key present in binaryData');
  });

  it('are at most a mebibyte', () => {
    const data = { a: 'x'.repeat(1_024 * 1_024) };
    assert.deepEqual(createProblems({ resource: 'configmaps', data }), []);
    assert.deepEqual(createProblems({ resource: 'configmaps', data: { ...data, b: 'ä' } }), [
      ': Too long: may not be more than 1048576 bytes',
    ]);
    assert.deepEqual(createProblems({ resource: 'secrets', data: { a: base64(`${data.a}y`) } }), [
      'data: Too long: may not be more than 1048576 bytes',
    ]);
  });

  it('stay as they are once they are immutable', () => {
    const why = 'Forbidden: field is immutable when `immutable` is set';
    const sealed = { resource: 'configmaps', immutable: true, data: { a: '1' } };
    assert.deepEqual(updateProblems(sealed, { ...sealed, metadata: { labels: { a: 'b' } } }), []);
    assert.deepEqual(
      updateProblems(sealed, { resource: 'configmaps', data: { a: '2' }, binaryData: { b: 'MQ==' } }),
      [`immutable: ${why}`, `data: ${why}`, `binaryData: ${why}`],
    );
  });

  const secrets: readonly (readonly [string, Record<string, string>, readonly string[]])[] = [
    ['Opaque', {}, []],
    ['kubernetes.io/tls', { 'tls.crt': '' }, ['data[tls.key]: Required value']],
    ['kubernetes.io/basic-auth', {}, ['data[username]: Required value', 'data[password]: Required value']],
    ['kubernetes.io/ssh-auth', {}, ['data[ssh-privatekey]: Required value']],
    ['kubernetes.io/dockerconfigjson', {}, ['data[.dockerconfigjson]: Required value']],
    [
      'kubernetes.io/dockercfg',
      { '.dockercfg': base64('{') },
      ['data[.dockercfg]: Invalid value: "<secret contents redacted>": must be valid JSON'],
    ],
    ['kubernetes.io/dockercfg', { '.dockercfg': base64('{}') }, []],
    [
      'kubernetes.io/service-account-token',
      {},
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
    ['example.com/mine', {}, []],
  ];
  for (const [type, data, expected] of secrets) {
    it(`of type ${type} with ${Object.keys(data).join(' ') || 'nothing'} are ${expected.length === 0 ? 'fine' : 'refused'}`, () => {
      assert.deepEqual(createProblems({ resource: 'secrets', type, data }), expected);
    });
  }
});
