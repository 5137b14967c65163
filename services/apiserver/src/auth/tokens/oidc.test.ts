import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '@reckon/service';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { TestAuthority } from '../../doors/testing/pki.ts';
import { oidcSettings } from './bearer-tokens.ts';
import { httpsFetch } from './https-fetch.ts';
import { OidcTokens } from './oidc.ts';

/** A provider on loopback: its discovery document and its keys, with a certificate of its own authority. */
class Issuer {
  readonly #server: Server;
  readonly ca: string;
  readonly #keys = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>>();
  claimedIssuer: string | undefined;
  requests: string[] = [];

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.ca = ca;
  }

  static async start(): Promise<Issuer> {
    const authority = await TestAuthority.create('oidc');
    const { certificate, privateKey } = await authority.server('127.0.0.1', 'localhost');
    const server = createServer({ cert: certificate, key: privateKey });
    const issuer = new Issuer(server, authority.certificate);
    server.on('request', (request, response) => {
      issuer.requests.push(request.url ?? '');
      void issuer.#answer(request.url).then((document) => {
        response.statusCode = document ? 200 : 404;
        response.end(JSON.stringify(document ?? {}));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async addKey(kid: string): Promise<void> {
    this.#keys.set(kid, await generateKeyPair('RS256'));
  }

  async token(claims: Record<string, unknown>, kid = 'k1', expires = '5m'): Promise<string> {
    const keys = this.#keys.get(kid) ?? (await generateKeyPair('RS256'));
    return new SignJWT({ iss: this.url, aud: 'reckon', sub: 'jane', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setExpirationTime(expires)
      .sign(keys.privateKey);
  }

  async #answer(url: string | undefined): Promise<object | undefined> {
    if (url === '/.well-known/openid-configuration')
      return { issuer: this.claimedIssuer ?? this.url, jwks_uri: `${this.url}/keys` };
    if (url !== '/keys') return undefined;
    const keys = [...this.#keys].map(async ([kid, { publicKey }]) => ({
      ...(await exportJWK(publicKey)),
      kid,
      alg: 'RS256',
    }));
    return { keys: await Promise.all(keys) };
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('a token of an OpenID provider', () => {
  let issuer: Issuer;
  const refusals: string[] = [];
  before(async () => {
    issuer = await Issuer.start();
    await issuer.addKey('k1');
  });
  after(() => issuer.stop());

  function tokens(
    config: Partial<Parameters<typeof oidcSettings>[0]> = {},
    ca: string | undefined = issuer.ca,
  ) {
    const settings = oidcSettings({
      issuerUrl: issuer.url,
      clientId: 'reckon',
      usernameClaim: 'sub',
      groupsPrefix: '',
      requiredClaims: [],
      ...config,
    });
    refusals.length = 0;
    return new OidcTokens({
      settings,
      clock: systemClock,
      audiences: ['https://cluster'],
      fetch: httpsFetch(ca),
      onRefusal: (error) => refusals.push(error instanceof Error ? error.message : String(error)),
    });
  }

  it('names the user with the issuer before him, so that nobody is system:anything', async () => {
    const user = await tokens().authenticateToken(await issuer.token({ sub: 'system:admin' }));
    assert.deepEqual(user, { name: `${issuer.url}#system:admin`, groups: ['system:authenticated'] });
  });

  it('gives name and groups from the claims that are set, with their prefixes', async () => {
    const config = { usernameClaim: 'email', groupsClaim: 'roles', groupsPrefix: 'oidc:' };
    const claims = { email: 'j@example.com', email_verified: true, roles: ['dev', 'system:masters'] };
    assert.deepEqual(await tokens(config).authenticateToken(await issuer.token(claims)), {
      name: 'j@example.com',
      groups: ['oidc:dev', 'oidc:system:masters', 'system:authenticated'],
    });
    const named = tokens({ usernamePrefix: 'corp:' });
    assert.equal((await named.authenticateToken(await issuer.token({})))?.name, 'corp:jane');
  });

  it('is refused for another client, expired, badly signed, or without a required claim', async () => {
    const refused = async (token: string, config = {}, why = /./) => {
      assert.equal(await tokens(config).authenticateToken(token), undefined);
      assert.match(refusals.join(), why);
    };
    await refused(await issuer.token({ aud: 'other' }), {}, /"aud"/);
    await refused(await issuer.token({}, 'k1', '-1m'), {}, /"exp"/);
    await refused(await issuer.token({}, 'unknown'), {}, /no applicable key/);
    const token = await issuer.token({
      tenant: 'b',
      email: 'j@example.com',
      email_verified: false,
      roles: 7,
    });
    await refused(token, { requiredClaims: ['tenant=a'] }, /claim tenant/);
    await refused(token, { usernameClaim: 'email' }, /not verified/);
    await refused(token, { usernameClaim: 'nickname' }, /names no user/);
    await refused(token, { groupsClaim: 'roles' }, /no list of groups/);
    assert.ok(await tokens({ requiredClaims: ['tenant=b'] }).authenticateToken(token));
  });

  it('of another issuer makes nobody ask the provider', async () => {
    issuer.requests = [];
    assert.equal(await tokens().authenticateToken(await issuer.token({ iss: 'https://other' })), undefined);
    assert.equal(await tokens().authenticateToken('no.token'), undefined);
    assert.deepEqual(issuer.requests, []);
  });

  it('is believed only from a provider whose certificate is', async () => {
    const stranger = await TestAuthority.create('stranger');
    assert.equal(await tokens({}, stranger.certificate).authenticateToken(await issuer.token({})), undefined);
    assert.match(refusals.join(), /certificate|issuer/);
  });

  it('is refused while the provider speaks for another issuer', async () => {
    issuer.claimedIssuer = 'https://other';
    assert.equal(await tokens().authenticateToken(await issuer.token({})), undefined);
    assert.match(refusals.join(), /speaks for the issuer https:\/\/other/);
    issuer.claimedIssuer = undefined;
  });

  it('is for this API server in a review', async () => {
    const token = await issuer.token({});
    assert.deepEqual((await tokens().reviewToken(token, []))?.audiences, ['https://cluster']);
    assert.equal(await tokens().reviewToken(token, ['vault']), undefined);
  });
});

it('the settings say which of them is wrong', () => {
  const config = { clientId: 'x', usernameClaim: 'sub', groupsPrefix: '', requiredClaims: [] };
  assert.throws(() => oidcSettings({ ...config, issuerUrl: 'http://x' }), /issuerUrl must begin with https/);
  assert.throws(
    () => oidcSettings({ ...config, issuerUrl: 'https://x', requiredClaims: ['tenant'] }),
    /requiredClaims must be like claim=value: tenant/,
  );
});
