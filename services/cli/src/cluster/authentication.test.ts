import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { authenticationFrom } from './authentication.ts';

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'reckon-authentication-'));
});
after(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

test('a provider and a token file are read, their files named from where the file lies', () => {
  file('tokens.csv', 'secret,jane\n');
  file('ca.crt', 'PEM');
  const asked = file(
    'authentication.yaml',
    'tokenFile: tokens.csv\noidc:\n  issuerUrl: https://id\n  clientId: reckon\n  caFile: ca.crt\n',
  );
  const made = authenticationFrom(undefined, asked);
  assert.equal(made?.tokenFile, join(directory, 'tokens.csv'));
  assert.equal(made?.oidc?.caFile, join(directory, 'ca.crt'));
  assert.equal(made?.oidc?.usernameClaim, 'sub');
  assert.equal(made?.bootstrapTokens, true);
  assert.equal(authenticationFrom(made, undefined), made, 'it stays');
  assert.equal(authenticationFrom(made, 'none'), undefined);
});

test('what cannot be used is told with what to do', () => {
  const refused = (content: string, why: RegExp) =>
    assert.throws(() => authenticationFrom(undefined, file('bad.yaml', content)), why);
  refused('oidc: {issuerUrl: "https://id"}', /bad\.yaml cannot be used: .*clientId/);
  refused('tokenFile: missing.csv', /missing\.csv, which is not there/);
  refused('tokens: x', /tokens/);
  assert.throws(() => authenticationFrom(undefined, join(directory, 'nowhere')), /cannot be used: ENOENT/);
});
