import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { stringify } from 'yaml';
import { connect } from './connect.ts';
import { PODS } from './kinds.ts';
import { readKubeconfig } from './kubeconfig.ts';

const directory = mkdtempSync(join(tmpdir(), 'reckon-kubeconfig-'));
after(() => rmSync(directory, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString('base64');

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
}

function written(name: string, { cluster, user, context }: Parts = {}): string {
  const path = join(directory, name);
  const config = {
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user: { token: 'secret', ...user } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...context } }],
    'current-context': 'x',
  };
  writeFileSync(path, stringify(config));
  return path;
}

test('the gRPC door is where the extension says, else on its usual port of the API server', () => {
  assert.equal(readKubeconfig({ path: written('plain') }).server, '10.0.0.1:6444');
  const extensions = [{ name: 'reckon.dev/grpc', extension: { server: '10.0.0.1:7444' } }];
  assert.equal(
    readKubeconfig({ path: written('said', { cluster: { extensions } }) }).server,
    '10.0.0.1:7444',
  );
  const six = written('six', { cluster: { server: 'https://[::1]:6443' } });
  assert.equal(readKubeconfig({ path: six }).server, '[::1]:6444');
});

test('certificates are in the file, or beside it', () => {
  writeFileSync(join(directory, 'client.pem'), 'from a file');
  const found = readKubeconfig({
    path: written('certificates', {
      cluster: { 'certificate-authority-data': base64('authority'), 'tls-server-name': 'api.example' },
      user: { 'client-certificate': 'client.pem', 'client-key-data': base64('key'), token: '' },
      context: { namespace: 'shop' },
    }),
  });
  assert.equal(found.certificateAuthority, 'authority');
  assert.equal(found.clientCertificate, 'from a file');
  assert.equal(found.clientKey, 'key');
  assert.equal(found.serverName, 'api.example');
  assert.equal(found.token, undefined);
  assert.equal(found.namespace, 'shop');
});

test('of several files the first that has something wins, and a context can be chosen', () => {
  const other = join(directory, 'other');
  writeFileSync(
    other,
    stringify({
      clusters: [{ name: 'far', cluster: { server: 'https://far.example' } }],
      contexts: [{ name: 'away', context: { cluster: 'far', user: 'u' } }],
      'current-context': 'away',
    }),
  );
  const path = [written('first'), other].join(delimiter);
  assert.equal(readKubeconfig({ path }).server, '10.0.0.1:6444');
  const away = readKubeconfig({ path, context: 'away' });
  assert.equal(away.server, 'far.example:6444');
  assert.equal(away.token, 'secret');
});

test('a user may be known to a program, unless a token is stated', () => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: './plugin',
    interactiveMode: 'Never',
    provideClusterInfo: true,
  };
  const cluster = { 'certificate-authority-data': base64('authority') };
  const found = readKubeconfig({ path: written('exec', { cluster, user: { token: '', exec } }) });
  assert.equal(found.exec?.command, join(directory, 'plugin'));
  assert.deepEqual(found.exec?.cluster, {
    server: 'https://10.0.0.1:6443',
    'certificate-authority-data': base64('authority'),
  });
  const stated = readKubeconfig({ path: written('stated', { user: { exec } }) });
  assert.deepEqual([stated.token, stated.exec], ['secret', undefined]);
});

test('a client asks the program of its kubeconfig at its first call', async () => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'no-such-plugin',
    interactiveMode: 'Never',
  };
  const client = connect({ kubeconfig: written('asking', { user: { token: '', exec } }) });
  await assert.rejects(client.get(PODS, 'p'), {
    reason: 'Unauthorized',
    message: 'the credential plugin "no-such-plugin" of the kubeconfig was not found: install it',
  });
  client.close();
});

test('what is missing or not understood is said, never guessed', () => {
  const refused = (parts: Parts, message: RegExp) =>
    assert.throws(() => readKubeconfig({ path: written('refused', parts) }), message);
  refused({ cluster: { 'insecure-skip-tls-verify': true } }, /insecure-skip-tls-verify\): not supported/);
  refused(
    { user: { 'auth-provider': { name: 'gcp' } } },
    /identifies its user by auth-provider: not supported/,
  );
  refused(
    { user: { token: '', exec: { command: 'aws' } } },
    /identifies its user by exec, with apiVersion undefined/,
  );
  refused({ cluster: { server: 'nowhere' } }, /names no server that is a URL: "nowhere"/);
  refused({ context: { user: 'nobody' } }, /has no user "nobody"/);
  assert.throws(() => readKubeconfig({ path: written('x'), context: 'y' }), /has no context "y"/);
  assert.throws(() => readKubeconfig({ path: join(directory, 'none') }), /none cannot be read: ENOENT/);
  assert.throws(() => connect({ server: 'localhost' }), /"localhost" is no server like localhost:6444/);
});
