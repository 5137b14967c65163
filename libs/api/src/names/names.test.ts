import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ageOf,
  configMapKeyErrors,
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  envNameErrors,
  generateObjectName,
  humanDuration,
  labelName,
  labelValueErrors,
  pathSegmentName,
  portNameErrors,
  portNumberErrors,
  qualifiedNameErrors,
  subdomainName,
} from './index.ts';

describe('names', () => {
  it('says what is wrong with a DNS label as Kubernetes does', () => {
    assert.deepEqual(dns1123LabelErrors('my-name'), []);
    assert.deepEqual(dns1123LabelErrors('a.b'), ['must not contain dots']);
    assert.deepEqual(dns1123LabelErrors('My_Name'), [
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ]);
    assert.deepEqual(dns1123LabelErrors('a'.repeat(64)), ['must be no more than 63 characters']);
  });

  it('says what is wrong with a DNS subdomain', () => {
    assert.deepEqual(dns1123SubdomainErrors('a.b-c.d'), []);
    assert.deepEqual(dns1123SubdomainErrors('Bad_Name'), [
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ]);
    assert.equal(dns1123SubdomainErrors('').length, 1);
  });

  it('wants a letter first in the name of a Service', () => {
    assert.deepEqual(dns1035LabelErrors('web'), []);
    assert.equal(dns1035LabelErrors('1web').length, 1);
  });

  it('takes label keys with and without a prefix', () => {
    assert.deepEqual(qualifiedNameErrors('app'), []);
    assert.deepEqual(qualifiedNameErrors('app.kubernetes.io/name'), []);
    assert.deepEqual(qualifiedNameErrors('/name'), ['prefix part must be non-empty']);
    assert.equal(qualifiedNameErrors('example.com/').length, 2);
    assert.match(
      qualifiedNameErrors('a/b/c')[0] ?? '',
      /^a qualified name must consist of .*'example\.com\/MyName'\)$/,
    );
    assert.deepEqual(qualifiedNameErrors('x'.repeat(64)), ['name part must be no more than 63 characters']);
  });

  it('takes the empty label value and no spaces', () => {
    assert.deepEqual(labelValueErrors(''), []);
    assert.deepEqual(labelValueErrors('v1.2_x'), []);
    assert.equal(labelValueErrors('a b').length, 1);
  });

  it('checks ports, environment names and config keys', () => {
    assert.deepEqual(portNumberErrors(65_536), ['must be between 1 and 65535, inclusive']);
    assert.deepEqual(portNameErrors('http'), []);
    assert.deepEqual(portNameErrors('80'), ['must contain at least one letter (a-z)']);
    assert.equal(portNameErrors('-a--b').length, 2);
    assert.deepEqual(envNameErrors('MY VAR-1'), []);
    assert.equal(envNameErrors('A=B').length, 1);
    assert.equal(envNameErrors('Ä').length, 1);
    assert.deepEqual(envNameErrors(''), ['environment variable name must be non-empty']);
    assert.deepEqual(configMapKeyErrors('application.yaml'), []);
    assert.deepEqual(configMapKeyErrors('..'), ["must not be '..'"]);
    assert.deepEqual(configMapKeyErrors('..x'), ["must not start with '..'"]);
    assert.equal(configMapKeyErrors('a/b').length, 1);
  });

  it('lets a generateName end with a dash', () => {
    assert.deepEqual(subdomainName('web-', true), []);
    assert.equal(subdomainName('web-', false).length, 1);
    assert.deepEqual(labelName('-', true).length, 1);
    assert.deepEqual(pathSegmentName('system:node', false), []);
    assert.deepEqual(pathSegmentName('a/b', false), ["may not contain '/'"]);
  });

  it('makes valid names of at most 63 characters from any valid generateName', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,80})$/), fc.nat(), (base, seed) => {
        let state = seed;
        const name = generateObjectName(base, (below) => {
          state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
          return state % below;
        });
        assert.ok(name.length <= 63);
        assert.deepEqual(labelName(name, false), []);
        assert.ok(name.startsWith(base.slice(0, 58)));
      }),
    );
  });
});

describe('ages', () => {
  const second = 1_000;
  const minute = 60 * second;
  const hour = 60 * minute;
  const day = 24 * hour;
  const year = 365 * day;
  const table: readonly (readonly [number, string])[] = [
    [-2 * second, '<invalid>'],
    [-1 * second, '0s'],
    [0, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 3 * second, '2m3s'],
    [9 * minute + 59 * second, '9m59s'],
    [10 * minute + 59 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 59 * minute, '7h59m'],
    [8 * hour + 59 * minute, '8h'],
    [47 * hour, '47h'],
    [48 * hour, '2d'],
    [7 * day + 23 * hour, '7d23h'],
    [8 * day + 23 * hour, '8d'],
    [year, '365d'],
    [2 * year, '2y'],
    [2 * year + 3 * day, '2y3d'],
    [8 * year + 300 * day, '8y'],
  ];
  for (const [durationMs, expected] of table) {
    it(`shows ${durationMs / second} s as ${expected}`, () =>
      assert.equal(humanDuration(durationMs), expected));
  }

  it('shows an unknown age where there is no time', () => {
    assert.equal(ageOf(undefined, 0), '<unknown>');
    assert.equal(ageOf('1970-01-01T00:00:00Z', 5 * second), '5s');
  });
});
