import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { apiServerConfig } from './apiserver.ts';
import { controllerManagerConfig } from './controller-manager.ts';
import { ConfigError } from './decode.ts';
import { configFileFrom, loadConfig } from './load.ts';
import { nodeAgentConfig } from './node-agent.ts';
import { schedulerConfig } from './scheduler.ts';

const tls = { ca: '/pki/ca.crt', cert: '/pki/x.crt', key: '/pki/x.key' };
const common = { name: 'x', healthSocket: '/run/x.sock', tls };
const cluster = { id: 'ab12cd', podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16', dnsIp: '10.96.0.10' };
const nats = { url: 'nats://127.0.0.1:4222', user: 'reader', password: 'secret' };
const follower = { ...common, apiserver: 'localhost:6444', nats, cluster };
const apiserver = {
  ...common,
  cluster,
  databaseUrl: 'postgres:///reckon',
  nats,
  rest: { host: '0.0.0.0', port: 6443 },
  grpc: { host: '0.0.0.0', port: 6444 },
  serverTls: { cert: '/pki/server.crt', key: '/pki/server.key' },
  clientCa: '/pki/ca.crt',
  advertiseAddress: '192.168.1.2',
  secretsKeyFile: '/pki/secrets.key',
  serviceAccounts: { signingKeyFile: '/pki/sa.key', verificationKeyFiles: ['/pki/sa.pub'] },
  caCertFile: '/pki/ca.crt',
};
const agent = {
  ...common,
  nodeName: 'worker-1',
  apiserver: 'localhost:6444',
  runtime: { type: 'cri', socket: '/run/containerd.sock', cniConfigDir: '/etc/cni' },
  stateDir: '/state',
  cluster,
  podCidr: '10.244.1.0/24',
  address: '192.168.1.2',
  server: { host: '0.0.0.0', port: 10250 },
  cgroupRoot: '/reckon-ab12cd',
};

test('a minimal configuration of every service is complete after decoding', () => {
  assert.equal(
    apiServerConfig(apiserver, '').serviceAccounts.issuer,
    'https://kubernetes.default.svc.cluster.local',
  );
  assert.deepEqual(schedulerConfig(follower, '').leaderElection, {
    enabled: true,
    leaseSeconds: 15,
    renewDeadlineSeconds: 10,
    retrySeconds: 2,
  });
  assert.equal(controllerManagerConfig(follower, '').nodeMonitorGraceSeconds, 6);
  assert.deepEqual(nodeAgentConfig(agent, '').cluster.nodePortRange, { first: 30000, last: 32767 });
  assert.deepEqual(nodeAgentConfig({ ...agent, runtime: { type: 'hollow', count: 3 } }, '').runtime, {
    type: 'hollow',
    count: 3,
  });
});

const wrong: readonly [string, () => unknown, string][] = [
  [
    'a missing field',
    () => schedulerConfig({ ...follower, apiserver: undefined }, ''),
    'apiserver: missing; must be host:port',
  ],
  [
    'a field of the wrong type, deep inside',
    () => apiServerConfig({ ...apiserver, rest: { host: '::', port: '6443' } }, ''),
    'rest.port: must be an integer from 0 to 65535, not "6443"',
  ],
  [
    'an element of a list',
    () =>
      apiServerConfig(
        { ...apiserver, serviceAccounts: { signingKeyFile: '/k', verificationKeyFiles: ['/a', 7] } },
        '',
      ),
    'serviceAccounts.verificationKeyFiles[1]: must be a non-empty string, not 7',
  ],
  [
    'a slip in a field name',
    () => schedulerConfig({ ...follower, cluster: { ...cluster, podCIDR: '10.0.0.0/8' } }, ''),
    'cluster.podCIDR: unknown field; known are id, podCidr, serviceCidr, dnsIp, domain, nodePortRange',
  ],
  [
    'a variant that does not exist',
    () => nodeAgentConfig({ ...agent, runtime: { type: 'docker' } }, ''),
    'runtime.type: must be one of cri, hollow, not "docker"',
  ],
  [
    'a range that is upside down',
    () => schedulerConfig({ ...follower, cluster: { ...cluster, nodePortRange: { first: 9, last: 8 } } }, ''),
    'cluster.nodePortRange.last: must be an integer from 9 to 65535, not 8',
  ],
  [
    'a socket path longer than the kernel takes',
    () => schedulerConfig({ ...follower, healthSocket: `/${'ü'.repeat(54)}` }, ''),
    `healthSocket: must be an absolute path of at most 107 bytes, not /${'ü'.repeat(54)}`,
  ],
  ['no object at all', () => schedulerConfig([], ''), 'must be an object, not []'],
];
for (const [name, decode, message] of wrong)
  test(`${name} is refused by its path`, () => {
    assert.throws(decode, (error) => error instanceof ConfigError && error.message === message);
  });

test('a file that is missing, no JSON or wrong is named in the error', () => {
  const dir = mkdtempSync(join(tmpdir(), 'reckon-config-'));
  try {
    const file = join(dir, 'scheduler.json');
    assert.throws(() => loadConfig(file, schedulerConfig), /cannot read .*scheduler\.json: ENOENT/);
    writeFileSync(file, '{');
    assert.throws(() => loadConfig(file, schedulerConfig), /scheduler\.json is not JSON/);
    writeFileSync(file, JSON.stringify({ ...follower, nats: { ...nats, user: '' } }));
    assert.throws(
      () => loadConfig(file, schedulerConfig),
      /scheduler\.json: nats\.user: must be a non-empty string, not ""/,
    );
    writeFileSync(file, JSON.stringify(follower));
    assert.equal(loadConfig(file, schedulerConfig).apiserver, 'localhost:6444');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('--config is found in both spellings, and its absence is an error', () => {
  assert.equal(configFileFrom(['--config', 'a.json']), 'a.json');
  assert.equal(configFileFrom(['--config=b.json']), 'b.json');
  assert.throws(() => configFileFrom(['--config']), ConfigError);
});
