import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Issuer } from '@reckon/apiserver/auth/testing/issuer.ts';
import { CONFIG_MAPS, GrpcApi } from '@reckon/client';
import { systemClock } from '@reckon/service';
import { type Output, TestCluster } from './support/cluster.ts';

const EMAIL = 'jane@example.com';

describe('people of an OpenID provider, with kubectl', () => {
  const directory = mkdtempSync(join(tmpdir(), 'reckon-oidc-'));
  let issuer: Issuer;
  let cluster: TestCluster;
  let server: { readonly server: string; readonly 'certificate-authority-data': string };

  before(async () => {
    issuer = await Issuer.start();
    await issuer.addKey('k1');
    writeFileSync(join(directory, 'id-ca.crt'), issuer.ca);
    const oidc = {
      issuerUrl: issuer.url,
      clientId: 'reckon',
      usernameClaim: 'email',
      usernamePrefix: 'corp:',
      groupsClaim: 'roles',
      groupsPrefix: 'oidc:',
      requiredClaims: ['tenant=acme'],
      caFile: 'id-ca.crt',
    };
    const file = join(directory, 'authentication.json');
    writeFileSync(file, JSON.stringify({ oidc }));
    cluster = await TestCluster.start({ hollow: 1, up: ['--authentication', file] });
    const { clusters } = JSON.parse(await cluster.kubectl(['config', 'view', '--raw', '-o', 'json']));
    server = clusters[0].cluster;
    const role = ['--verb=get,list,create', '--resource=configmaps'];
    await cluster.kubectl(['create', 'role', 'maps', ...role]);
    await cluster.kubectl(['create', 'rolebinding', 'devs', '--role=maps', '--group=oidc:dev']);
  });
  after(async () => {
    await cluster?.stop();
    await issuer?.stop();
    rmSync(directory, { recursive: true });
  });

  /** kubectl of somebody who has this token and nothing else. */
  function as(token: string, ...args: readonly string[]): Promise<Output> {
    const file = join(directory, 'kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: server }],
      users: [{ name: 'u', user: { token } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return cluster.tryKubectl([...args, `--kubeconfig=${file}`]);
  }

  const tokenOf = (claims: object = {}, key = 'k1', expires = '5m') =>
    issuer.token(
      { email: EMAIL, email_verified: true, tenant: 'acme', roles: ['dev'], ...claims },
      key,
      expires,
    );

  const NOBODY = /You must be logged in to the server|Unauthorized/;

  test('are who their token says, with the prefixes of the cluster', async () => {
    const { stdout } = await as(
      await tokenOf({ roles: ['dev', 'system:masters'] }),
      'auth',
      'whoami',
      '-o',
      'json',
    );
    const { username, groups } = JSON.parse(stdout).status.userInfo;
    assert.equal(username, `corp:${EMAIL}`);
    assert.deepEqual(groups, ['oidc:dev', 'oidc:system:masters', 'system:authenticated']);
  });

  test('may what their groups may, and nothing more, at both doors', async () => {
    const dev = await tokenOf();
    assert.equal((await as(dev, 'create', 'configmap', 'made', '--from-literal=by=jane')).code, 0);
    const { stderr } = await as(dev, 'get', 'secrets');
    assert.match(stderr, /User "corp:jane@example.com" cannot list resource "secrets"/);
    const guest = await tokenOf({ roles: ['guest'] });
    assert.match((await as(guest, 'get', 'configmaps')).stderr, /cannot list resource "configmaps"/);

    const ca = Buffer.from(server['certificate-authority-data'], 'base64').toString();
    const { grpc } = await cluster.status();
    const target = { namespace: 'default', name: 'made' };
    for (const [token, outcome] of [
      [dev, 'made'],
      [guest, 'Forbidden'],
      [await tokenOf({ aud: 'other' }), 'Unauthorized'],
    ] as const) {
      const api = new GrpcApi({ address: grpc, tls: { ca }, token: () => token, clock: systemClock });
      const answer = await api.get(CONFIG_MAPS, target).then(
        ({ metadata }) => metadata.name,
        ({ reason }) => reason,
      );
      api.close();
      assert.equal(answer, outcome);
    }
  });

  test('are nobody with a token that is for somebody else, of somebody else, or over', async () => {
    const stranger = await Issuer.start();
    try {
      await stranger.addKey('k1');
      for (const [why, token] of [
        ['for another audience', await tokenOf({ aud: 'other' })],
        ['expired', await tokenOf({}, 'k1', '-1m')],
        ['of another issuer', await stranger.token({ email: EMAIL, tenant: 'acme' })],
        [
          'of another issuer in the name of ours',
          await stranger.token({ iss: issuer.url, email: EMAIL, tenant: 'acme' }),
        ],
        ['without a claim that is required', await tokenOf({ tenant: 'other' })],
        ['with an address that nobody has verified', await tokenOf({ email_verified: false })],
      ] as const) {
        const { code, stderr } = await as(token, 'get', 'configmaps');
        assert.notEqual(code, 0, why);
        assert.match(stderr, NOBODY, why);
      }
    } finally {
      await stranger.stop();
    }
    const log = readFileSync(cluster.layout.log('apiserver'), 'utf8');
    assert.match(log, /a token of the OpenID provider is refused.*"aud"/);
  });

  test('keep coming in when the provider signs with another key, and those of the old one do not', async () => {
    const old = await tokenOf();
    assert.equal((await as(old, 'get', 'configmaps')).code, 0);
    await issuer.addKey('k2');
    issuer.dropKey('k1');
    const fresh = await tokenOf({}, 'k2');
    await cluster.until(async () => (await as(fresh, 'get', 'configmaps')).code === 0);
    assert.match((await as(old, 'get', 'configmaps')).stderr, NOBODY);
  });

  test('are told nothing while the provider is away, and everybody else comes in', async () => {
    await cluster.kill('apiserver');
    await issuer.stop();
    await cluster.until(async () => (await cluster.tryKubectl(['get', '--raw', '/readyz'])).code === 0);
    assert.match((await as(await tokenOf({}, 'k2'), 'get', 'configmaps')).stderr, NOBODY);
    assert.match(await cluster.kubectl(['get', 'configmaps']), /made/);
  });
});
