import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RestTestServer } from '../doors/testing/rest-server.ts';
import { reviews } from './reviews.ts';
import { testAuthority } from './testing/test-authority.ts';

const JSON_BODY = { 'content-type': 'application/json' };
const AUTHORIZATION = '/apis/authorization.k8s.io/v1';
const READS = { verb: 'list', resource: 'configmaps', namespace: 'shop' };
const CART = 'system:serviceaccount:shop:cart';

let server: RestTestServer;
before(async () => {
  server = await RestTestServer.start();
});
after(() => server.stop());

async function review(path: string, spec: object, options: { readonly as?: string; headers?: object } = {}) {
  const pem = options.as === undefined ? undefined : await server.authority.client(options.as);
  return server.call(path, {
    method: 'POST',
    headers: { ...JSON_BODY, ...options.headers },
    body: JSON.stringify({ spec }),
    ...(pem && { as: pem }),
  });
}

describe('a SubjectAccessReview', () => {
  const path = `${AUTHORIZATION}/subjectaccessreviews`;

  it('says what somebody else may', async () => {
    const yes = await review(path, { user: CART, resourceAttributes: READS });
    assert.equal(yes.status, 201);
    assert.deepEqual(yes.at('status'), { allowed: true });
    const no = await review(path, { user: 'jane', resourceAttributes: READS });
    assert.equal(no.at('status.allowed'), false);
    const masters = { groups: ['system:masters'], nonResourceAttributes: { verb: 'get', path: '/metrics' } };
    assert.equal((await review(path, masters)).at('status.allowed'), true);
    const agent = { user: 'system:node:n1', groups: ['system:nodes'] };
    const secret = { verb: 'get', resource: 'secrets', namespace: 'shop', name: 'x' };
    assert.deepEqual((await review(path, { ...agent, resourceAttributes: secret })).at('status'), {
      allowed: false,
      reason: "no relationship found between node 'n1' and this object",
    });
  });

  it('is no table, and nothing is left of it without what it says', async () => {
    const asked = { user: CART, resourceAttributes: READS };
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    assert.equal((await review(path, asked, { headers: { accept: table } })).status, 406);
    const either = await review(path, asked, { headers: { accept: `${table},application/json` } });
    assert.deepEqual([either.at('kind'), either.at('status')], ['SubjectAccessReview', { allowed: true }]);
  });

  it('needs a subject and one thing that is asked', async () => {
    const none = await review(path, { resourceAttributes: READS });
    assert.equal(none.status, 422);
    assert.match(none.message, /at least one of user or group must be specified/);
    const both = await review(path, {
      user: 'jane',
      resourceAttributes: READS,
      nonResourceAttributes: { verb: 'get', path: '/' },
    });
    assert.match(both.message, /cannot be specified in combination with resourceAttributes/);
    const neither = await review(path, { user: 'jane' });
    assert.match(neither.message, /exactly one of nonResourceAttributes or resourceAttributes/);
  });

  it('is answered with no only by who knows of every right that was given before', async () => {
    const { authorizer } = testAuthority();
    let knows = false;
    const answers = reviews({
      authority: {
        allows: () => knows,
        reasonAgainst: () => '',
        rulesFor: (...asked) => authorizer.rulesFor(...asked),
        incompleteFor: () => false,
      },
      tokens: server.tokens,
      confirm: async () => {
        knows = true;
      },
    });
    const body = { spec: { user: 'jane', resourceAttributes: READS } };
    const answer = await answers.get('subjectaccessreviews.authorization.k8s.io')?.({
      user: { name: 'admin', groups: [] },
      body,
      namespace: '',
    });
    assert.deepEqual(answer?.status, { allowed: true });
  });

  it('is not for everybody to ask', async () => {
    const refused = await review(path, { user: CART, resourceAttributes: READS }, { as: 'jane' });
    assert.equal(refused.status, 403);
    assert.match(refused.message, /User "jane" cannot create resource "subjectaccessreviews"/);
  });

  it('of a namespace is about that namespace', async () => {
    const local = `${AUTHORIZATION}/namespaces/shop/localsubjectaccessreviews`;
    const yes = await review(local, { user: CART, resourceAttributes: READS });
    assert.equal(yes.at('status.allowed'), true);
    const elsewhere = { ...READS, namespace: 'other' };
    assert.equal((await review(local, { user: CART, resourceAttributes: elsewhere })).status, 400);
    const path = { verb: 'get', path: '/' };
    assert.equal((await review(local, { user: CART, nonResourceAttributes: path })).status, 422);
    assert.equal(
      (await review(local, { user: CART, resourceAttributes: READS }, { as: 'jane' })).status,
      403,
    );
  });
});

describe('what one asks of oneself', () => {
  it('may be asked by everybody', async () => {
    const access = await review(
      `${AUTHORIZATION}/selfsubjectaccessreviews`,
      { resourceAttributes: READS },
      {
        as: 'jane',
      },
    );
    assert.deepEqual(access.at('status'), { allowed: false });
    const rules = await review(
      `${AUTHORIZATION}/selfsubjectrulesreviews`,
      { namespace: 'shop' },
      { as: 'jane' },
    );
    assert.notEqual(rules.at('status.resourceRules.length'), 0);
    assert.equal(rules.at('status.incomplete'), false);
    assert.equal((await review(`${AUTHORIZATION}/selfsubjectrulesreviews`, {}, { as: 'jane' })).status, 400);
    const who = await review('/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, { as: 'jane' });
    assert.deepEqual(who.at('status.userInfo'), { username: 'jane', groups: ['system:authenticated'] });
  });

  it('is no list of rules for an agent, and says so', async () => {
    const agent = await server.authority.client('system:node:n1', 'system:nodes');
    const answer = await server.call(`${AUTHORIZATION}/selfsubjectrulesreviews`, {
      method: 'POST',
      headers: JSON_BODY,
      body: JSON.stringify({ spec: { namespace: 'shop' } }),
      as: agent,
    });
    assert.equal(answer.at('status.incomplete'), true);
  });
});

describe('a TokenReview', () => {
  const path = '/apis/authentication.k8s.io/v1/tokenreviews';

  it('says whose token it is, for whom', async () => {
    server.uids.set('serviceaccounts/shop/cart', 'sa-1');
    const { token } = await server.tokens.issue({
      namespace: 'shop',
      serviceAccount: 'cart',
      serviceAccountUid: 'sa-1',
      audiences: ['vault'],
      expirationSeconds: 600,
    });
    const good = await review(path, { token, audiences: ['vault', 'x'] });
    assert.equal(good.at('status.authenticated'), true);
    assert.equal(good.at('status.user.username'), CART);
    assert.deepEqual(good.at('status.audiences'), ['vault']);
    const bad = (await review(path, { token })).at('status');
    assert.deepEqual(bad, { user: {}, error: 'invalid bearer token' });
    server.uids.delete('serviceaccounts/shop/cart');
    const late = await review(path, { token, audiences: ['vault'] });
    assert.equal(late.at('status.authenticated'), undefined);
  });

  it('needs a token, and the right to ask', async () => {
    assert.equal((await review(path, {})).status, 400);
    assert.equal((await review(path, { token: 'x' }, { as: 'jane' })).status, 403);
  });
});
