import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom, VirtualClock } from '@reckon/service';
import { newKeys, privateKeyPem } from '../../doors/testing/pki.ts';
import type { KubeObject } from '../../verbs/types.ts';
import { ServiceAccountTokens } from '../service-account-tokens.ts';
import { BootstrapTokens } from './bootstrap-tokens.ts';
import { StaticTokens } from './static-tokens.ts';
import { TokenChain } from './token-chain.ts';

const US = ['https://cluster'];

describe('a token from the file', () => {
  const tokens = new StaticTokens('t1,jane,7,"dev,ops"\n\n t2 , joe\n"t,3","a ""b""",,\n', US);

  it('says who, and in which groups', () => {
    assert.deepEqual(tokens.authenticateToken('t1'), {
      name: 'jane',
      uid: '7',
      groups: ['dev', 'ops', 'system:authenticated'],
    });
    assert.deepEqual(tokens.authenticateToken('t2'), { name: 'joe', groups: ['system:authenticated'] });
    assert.equal(tokens.authenticateToken('t,3')?.name, 'a "b"');
  });

  it('is one that is in it', () => {
    for (const token of ['', 't', 't11', 'jane', '"t1"'])
      assert.equal(tokens.authenticateToken(token), undefined);
  });

  it('is for this API server only', async () => {
    assert.deepEqual((await tokens.reviewToken('t1', []))?.audiences, US);
    assert.equal(await tokens.reviewToken('t1', ['vault']), undefined);
  });

  it('needs a name; the line is told', () => {
    assert.throws(() => new StaticTokens('t1,jane\nt2\n', US), /line 2 of the token file/);
  });
});

describe('a bootstrap token', () => {
  const clock = new VirtualClock();
  const data = {
    'token-id': 'abcdef',
    'token-secret': '0123456789abcdef',
    'usage-bootstrap-authentication': 'true',
    'auth-extra-groups': 'system:bootstrappers:workers',
  };
  function ask(change: Record<string, string | undefined> = {}, rest: object = {}, token = TOKEN) {
    const encoded = Object.entries({ ...data, ...change }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, Buffer.from(value).toString('base64')] as const],
    );
    const secret: KubeObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
      data: Object.fromEntries(encoded),
      ...rest,
    };
    const secretOf = (name: string) => (name === secret.metadata.name ? secret : undefined);
    return new BootstrapTokens({ clock, secretOf, audiences: US }).authenticateToken(token);
  }
  const TOKEN = 'abcdef.0123456789abcdef';
  const at = (ms: number) => new Date(clock.nowMs() + ms).toISOString();

  it('is of the bootstrappers', () => {
    assert.deepEqual(ask({ expiration: at(60_000) }), {
      name: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:bootstrappers:workers', 'system:authenticated'],
    });
  });

  it('is refused with another secret, expired, for another use, or of another type', () => {
    assert.equal(ask({}, {}, 'abcdef.0123456789abcdeX'), undefined);
    assert.equal(ask({}, {}, 'abcdef.0123456789abcdee'), undefined);
    assert.equal(ask({}, {}, 'abcdeg.0123456789abcdef'), undefined);
    assert.equal(ask({ 'token-id': 'abcdeg' }), undefined);
    assert.equal(ask({ 'token-secret': undefined }), undefined);
    assert.equal(ask({ expiration: at(-1) }), undefined);
    assert.equal(ask({ expiration: 'soon' }), undefined);
    assert.equal(ask({ 'usage-bootstrap-authentication': undefined }), undefined);
    assert.equal(ask({}, { type: 'Opaque' }), undefined);
    assert.equal(ask({ 'auth-extra-groups': 'system:masters' }), undefined);
  });
});

describe('a token of a ServiceAccount', () => {
  const clock = new VirtualClock();
  const ISSUER = 'https://cluster';
  const CLAIMS = {
    namespace: 'shop',
    serviceAccount: 'cart',
    serviceAccountUid: 'sa-1',
    audiences: [],
    expirationSeconds: 600,
  };

  async function world(privateKey?: string, verificationKeysPem: readonly string[] = [], issuer = ISSUER) {
    const uids = new Map([
      ['serviceaccounts/shop/cart', 'sa-1'],
      ['pods/shop/p', 'pod-1'],
      ['secrets/shop/s', 'secret-1'],
      ['nodes//n', 'node-1'],
    ]);
    const tokens = new ServiceAccountTokens({
      privateKeyPem: privateKey ?? (await privateKeyPem(await newKeys())),
      verificationKeysPem,
      issuer,
      audiences: [ISSUER],
      clock,
      random: new SeededRandom(1),
      uidOf: (resource, namespace, name) => uids.get(`${resource}/${namespace}/${name}`),
      confirm: async () => {},
    });
    return { tokens, uids };
  }

  it('names account, pod and node', async () => {
    const { tokens } = await world();
    const boundPod = { name: 'p', uid: 'pod-1', nodeName: 'n', nodeUid: 'node-1' };
    const { token } = await tokens.issue({ ...CLAIMS, boundPod });
    const user = await tokens.authenticateToken(token);
    assert.equal(user?.name, 'system:serviceaccount:shop:cart');
    assert.deepEqual(user?.extra?.['authentication.kubernetes.io/pod-name'], ['p']);
    assert.deepEqual(user?.extra?.['authentication.kubernetes.io/node-uid'], ['node-1']);
  });

  it('dies with its account, and with the pod, secret or node that it is bound to', async () => {
    const bindings = [
      ['serviceaccounts/shop/cart', {}],
      ['pods/shop/p', { boundPod: { name: 'p', uid: 'pod-1' } }],
      ['secrets/shop/s', { boundSecret: { name: 's', uid: 'secret-1' } }],
      ['nodes//n', { boundNode: { name: 'n', uid: 'node-1' } }],
    ] as const;
    for (const [key, binding] of bindings) {
      const { tokens, uids } = await world();
      const { token } = await tokens.issue({ ...CLAIMS, ...binding });
      assert.ok(await tokens.authenticateToken(token), key);
      uids.set(key, 'its namesake');
      assert.equal(await tokens.authenticateToken(token), undefined, key);
      uids.delete(key);
      assert.equal(await tokens.authenticateToken(token), undefined, key);
    }
  });

  it('is for its audiences', async () => {
    const { tokens } = await world();
    const { token } = await tokens.issue({ ...CLAIMS, audiences: ['vault', 'other'] });
    assert.equal(await tokens.authenticateToken(token), undefined);
    assert.equal(await tokens.reviewToken(token, []), undefined);
    assert.deepEqual((await tokens.reviewToken(token, ['vault', 'x']))?.audiences, ['vault']);
    assert.equal(await tokens.reviewToken(token, ['x']), undefined);
    assert.equal(await tokens.authenticateToken(token), undefined, 'a review makes it no better');
  });

  it('ends with its time', async () => {
    const { tokens } = await world();
    const { token } = await tokens.issue(CLAIMS);
    assert.ok(await tokens.authenticateToken(token));
    await clock.advance(600_000);
    assert.equal(await tokens.authenticateToken(token), undefined);
  });

  it('outlives the key that signed it for as long as that is believed', async () => {
    const [old, next] = [await privateKeyPem(await newKeys()), await privateKeyPem(await newKeys())];
    const { token } = await (await world(old)).tokens.issue(CLAIMS);
    const rotated = (await world(next, [old])).tokens;
    assert.ok(await rotated.authenticateToken(token));
    assert.equal((await rotated.keySet()).keys.length, 2);
    assert.equal(await (await world(next)).tokens.authenticateToken(token), undefined);
  });

  it('is of this issuer, and not tampered with', async () => {
    const key = await privateKeyPem(await newKeys());
    const { tokens } = await world(key);
    const { token } = await (await world(key, [], 'https://elsewhere')).tokens.issue(CLAIMS);
    assert.equal(await tokens.authenticateToken(token), undefined);
    const own = (await tokens.issue(CLAIMS)).token;
    const [head, , signature] = own.split('.');
    const claims = {
      iss: ISSUER,
      sub: 'system:serviceaccount:kube-system:root',
      aud: [ISSUER],
      exp: 2 ** 33,
    };
    const forged = Buffer.from(JSON.stringify(claims)).toString('base64url');
    assert.equal(await tokens.authenticateToken(`${head}.${forged}.${signature}`), undefined);
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    assert.equal(await tokens.authenticateToken(`${none}.${forged}.`), undefined);
  });
});

it('several kinds of tokens are asked one after the other', async () => {
  const chain = new TokenChain([new StaticTokens('a,ann', US), new StaticTokens('b,bob', US)]);
  assert.equal((await chain.authenticateToken('b'))?.name, 'bob');
  assert.equal((await chain.reviewToken('a', US))?.user.name, 'ann');
  assert.equal(await chain.authenticateToken('c'), undefined);
  assert.equal(await chain.reviewToken('c', []), undefined);
});
