import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '@reckon/service';
import { TestAuthority } from '../../doors/testing/pki.ts';
import { Issuer } from '../testing/issuer.ts';
import { oidcSettings } from './bearer-tokens.ts';
import { httpsFetch } from './https-fetch.ts';
import { OidcTokens } from './oidc.ts';

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
