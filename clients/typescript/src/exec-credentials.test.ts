import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type ExecConfig, execConfig } from './exec-config.ts';
import { ExecCredentials } from './exec-credentials.ts';

const V1 = 'client.authentication.k8s.io/v1';
const directory = mkdtempSync(join(tmpdir(), 'reckon-exec-'));
after(() => rmSync(directory, { recursive: true }));

const read = (exec: object, cluster: Readonly<Record<string, unknown>> = {}) =>
  execConfig({ apiVersion: V1, interactiveMode: 'Never', ...exec }, { cluster, directory, named: 'config' });

/** A program that prints a credential with a token of its own each time, and writes down what it was told. */
function plugin(name: string, status: string): ExecConfig {
  const path = join(directory, name);
  const script = `#!/bin/sh
echo "$KUBERNETES_EXEC_INFO" >> ${path}.told
count=$(wc -l < ${path}.told | tr -d ' ')
echo "{\\"apiVersion\\":\\"${V1}\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":${status}}"
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return read({ command: `./${name}` });
}

const told = (name: string) =>
  readFileSync(join(directory, `${name}.told`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const COUNTED = '{\\"token\\":\\"token-$count\\"}';
const clock = { nowMs: () => 0 };
const credentials = (config: ExecConfig, terminal = false) =>
  new ExecCredentials({ config, clock, terminal });

describe('a credential plugin', () => {
  it('is asked once for all that call, and again when the server has refused its token', async () => {
    const found = credentials(plugin('counted', COUNTED));
    assert.deepEqual(await Promise.all([found.token(), found.token()]), ['token-1', 'token-1']);
    found.refused('another one');
    assert.equal(await found.token(), 'token-1');
    found.refused('token-1');
    found.refused('token-1');
    // Whoever is refused hears of it before he calls again.
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await Promise.all([found.token(), found.token()]), ['token-2', 'token-2']);
    assert.equal(told('counted').length, 2);
  });

  it('is asked again when its token has expired', async () => {
    const status = '{\\"token\\":\\"token-$count\\",\\"expirationTimestamp\\":\\"1970-01-01T00:01:00Z\\"}';
    let nowMs = 0;
    const found = new ExecCredentials({
      config: plugin('expiring', status),
      clock: { nowMs: () => nowMs },
      terminal: false,
    });
    assert.equal(await found.token(), 'token-1');
    nowMs = 59_999;
    assert.equal(await found.token(), 'token-1');
    nowMs = 60_000;
    assert.deepEqual(await Promise.all([found.token(), found.token()]), ['token-2', 'token-2']);
  });

  it('is told what is asked of it, and of the cluster if it wants to know', async () => {
    const { command } = plugin('curious', COUNTED);
    const cluster = {
      server: 'https://10.0.0.1:6443',
      'certificate-authority-data': 'Q0E=',
      extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'here' } }],
    };
    await credentials(read({ command }, cluster)).token();
    await credentials(read({ command, provideClusterInfo: true }, cluster)).token();
    const asked = { apiVersion: V1, kind: 'ExecCredential' };
    assert.deepEqual(told('curious'), [
      { ...asked, spec: { interactive: false } },
      {
        ...asked,
        spec: {
          interactive: false,
          cluster: {
            server: 'https://10.0.0.1:6443',
            'certificate-authority-data': 'Q0E=',
            config: { audience: 'here' },
          },
        },
      },
    ]);
  });

  it('gets its arguments, and its environment beside ours', async () => {
    const script = `echo '{"apiVersion":"${V1}","kind":"ExecCredential","status":{"token":"'$1-$OF_ITS_OWN-\${PATH:+ours}'"}}'`;
    const env = [{ name: 'OF_ITS_OWN', value: 'set' }];
    const found = credentials(read({ command: 'sh', args: ['-c', script, 'sh', 'argument'], env }));
    assert.equal(await found.token(), 'argument-set-ours');
  });

  it('that may ask somebody is only run where somebody can answer', async () => {
    const { command } = plugin('asking', COUNTED);
    await assert.rejects(
      credentials(read({ command, interactiveMode: 'Always' })).token(),
      /wants to ask you something, but standard input is no terminal$/,
    );
    await credentials(read({ command, interactiveMode: 'IfAvailable' })).token();
    await credentials(read({ command, interactiveMode: 'Always' }), true).token();
    assert.deepEqual(
      told('asking').map(({ spec }) => spec.interactive),
      [false, true],
    );
  });

  it('that is not there is named, with the hint how to get it', async () => {
    await assert.rejects(
      credentials(read({ command: 'no-such-plugin', installHint: 'get it at example.com' })).token(),
      /"no-such-plugin" of the kubeconfig was not found: install it\nget it at example\.com$/,
    );
  });

  it('that fails is run again by the next call', async () => {
    const path = join(directory, 'once');
    const script = `test -e ${path} || { touch ${path}; exit 3; }; echo '{"apiVersion":"${V1}","kind":"ExecCredential","status":{"token":"t"}}'`;
    const found = credentials(read({ command: 'sh', args: ['-c', script] }));
    await assert.rejects(found.token(), /"sh" of the kubeconfig ended with exit code 3$/);
    assert.equal(await found.token(), 't');
  });

  const answers: readonly (readonly [string, RegExp])[] = [
    ['hello', /printed no ExecCredential as JSON$/],
    ['{"kind":"Pod"}', /printed no ExecCredential as JSON$/],
    [
      '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"t"}}',
      /answered in apiVersion "client\.authentication\.k8s\.io\/v1beta1" and was asked in client\.authentication\.k8s\.io\/v1$/,
    ],
    [`{"kind":"ExecCredential","apiVersion":"${V1}"}`, /gave no token$/],
    [
      `{"kind":"ExecCredential","apiVersion":"${V1}","status":{"clientCertificateData":"c","clientKeyData":"k"}}`,
      /gave a client certificate and no token: not supported/,
    ],
    [
      `{"kind":"ExecCredential","apiVersion":"${V1}","status":{"token":"t","expirationTimestamp":"soon"}}`,
      /expirationTimestamp that is no time \(RFC 3339\)$/,
    ],
  ];
  for (const [printed, message] of answers)
    it(`that prints ${printed} is told what is wrong with it`, async () => {
      await assert.rejects(credentials(read({ command: 'echo', args: [printed] })).token(), message);
    });
});

describe('exec in a kubeconfig', () => {
  it('says its version, a command, and in v1 whether it may ask somebody', () => {
    const refused = (exec: object, message: RegExp) => assert.throws(() => read(exec), message);
    refused({}, /^Error: config identifies its user by exec, but names no command$/);
    refused(
      { command: 'c', apiVersion: 'client.authentication.k8s.io/v1alpha1' },
      /it must be .*\/v1 or .*\/v1beta1$/,
    );
    refused(
      { command: 'c', interactiveMode: undefined },
      /with interactiveMode undefined: it must be one of Never, IfAvailable, Always$/,
    );
    const beta = read({
      command: 'c',
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      interactiveMode: undefined,
    });
    assert.equal(beta.interactiveMode, 'IfAvailable');
  });

  it('names a program in PATH, or by a path that may be relative to the file', () => {
    assert.equal(read({ command: 'aws' }).command, 'aws');
    assert.equal(read({ command: 'bin/aws' }).command, join(directory, 'bin/aws'));
    assert.equal(read({ command: '/bin/aws' }).command, '/bin/aws');
  });
});
