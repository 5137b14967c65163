/** What clients find out before they do anything: discovery in its forms, and OpenAPI as kubectl of any age asks for it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { JSON_BODY, SemanticsWorld } from '../testing/semantics-world.ts';

let here: SemanticsWorld;
before(async () => {
  here = await SemanticsWorld.start();
});
after(() => here.stop());

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  here.client.call(path, { headers });

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly { readonly name: string; readonly kind: string }[];
}

/** `api/v1`, `apis/apps/v1`: all there are. */
async function groupVersions(): Promise<readonly string[]> {
  const { groups } = JSON.parse((await get('/apis')).text) as {
    groups: { versions: { groupVersion: string }[] }[];
  };
  return ['api/v1', ...groups.flatMap(({ versions }) => versions.map((one) => `apis/${one.groupVersion}`))];
}

interface Described {
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

function kindsOf(definitions: Readonly<Record<string, Described>>): ReadonlySet<string> {
  return new Set(
    Object.values(definitions).flatMap((definition) =>
      (definition['x-kubernetes-group-version-kind'] ?? []).map(
        ({ group, version, kind }) => `${group === '' ? '' : `${group}/`}${version} ${kind}`,
      ),
    ),
  );
}

/** What client-go sends, from the newest to the oldest form. */
const AGGREGATED = 'g=apidiscovery.k8s.io';
const CLIENT_GO = `application/json;${AGGREGATED};v=v2;as=APIGroupDiscoveryList,application/json;${AGGREGATED};v=v2beta1;as=APIGroupDiscoveryList,application/json`;

describe('discovery', () => {
  const ROWS: readonly (readonly [who: string, accept: string, type: string, kind: string])[] = [
    [
      'client-go of today',
      CLIENT_GO,
      `application/json;${AGGREGATED};v=v2;as=APIGroupDiscoveryList`,
      'APIGroupDiscoveryList',
    ],
    [
      'client-go of 1.27',
      `application/json;${AGGREGATED};v=v2beta1;as=APIGroupDiscoveryList,application/json`,
      `application/json;${AGGREGATED};v=v2beta1;as=APIGroupDiscoveryList`,
      'APIGroupDiscoveryList',
    ],
    ['client-go of 1.20', 'application/json, */*', 'application/json', ''],
    ['a browser', '*/*', 'application/json', ''],
  ];
  for (const [who, accept, type, kind] of ROWS)
    test(`is what ${who} expects`, async () => {
      for (const [path, plain] of [
        ['/api', 'APIVersions'],
        ['/apis', 'APIGroupList'],
      ] as const) {
        const answer = await get(path, { accept });
        assert.equal(answer.headers['content-type'], type);
        const document = JSON.parse(answer.text) as { kind: string; apiVersion?: string };
        assert.equal(document.kind, kind || plain);
        if (kind) assert.equal(document.apiVersion, `apidiscovery.k8s.io/${/v=(v\w+)/.exec(type)?.[1]}`);
        assert.match(String(answer.headers.vary), /Accept/);
        const again = await get(path, { accept, 'if-none-match': String(answer.headers.etag) });
        assert.deepEqual([again.status, again.text], [304, '']);
        const other = await get(path, { accept, 'if-none-match': '"other"' });
        assert.deepEqual([other.status, other.text], [200, answer.text]);
      }
    });

  test('says the same in one document as in many', async () => {
    const plain = new Set<string>();
    for (const path of await groupVersions()) {
      const { groupVersion, resources } = JSON.parse((await get(`/${path}`)).text) as ResourceList;
      for (const { name } of resources) plain.add(`${groupVersion} ${name}`);
    }
    const whole = new Set<string>();
    for (const path of ['/api', '/apis']) {
      const { items } = JSON.parse((await get(path, { accept: CLIENT_GO })).text) as {
        items: {
          metadata: { name?: string };
          versions: {
            version: string;
            resources: { resource: string; subresources?: { subresource: string }[] }[];
          }[];
        }[];
      };
      for (const { metadata, versions } of items)
        for (const { version, resources } of versions)
          for (const { resource, subresources = [] } of resources) {
            const groupVersion = metadata.name ? `${metadata.name}/${version}` : version;
            whole.add(`${groupVersion} ${resource}`);
            for (const { subresource } of subresources)
              whole.add(`${groupVersion} ${resource}/${subresource}`);
          }
    }
    assert.deepEqual([...whole].sort(), [...plain].sort());
  });
});

describe('OpenAPI', () => {
  test('of each version describes every kind that discovery names, a review too', async () => {
    const v2 = kindsOf(JSON.parse((await get('/openapi/v2')).text).definitions);
    for (const path of await groupVersions()) {
      const { groupVersion, resources } = JSON.parse((await get(`/${path}`)).text) as ResourceList;
      const answer = await get(`/openapi/v3/${path}`);
      assert.equal(answer.status, 200, path);
      const v3 = kindsOf(JSON.parse(answer.text).components.schemas);
      for (const { name, kind } of resources) {
        if (name.includes('/')) continue;
        assert.ok(v3.has(`${groupVersion} ${kind}`), `v3: ${groupVersion} ${kind}`);
        assert.ok(v2.has(`${groupVersion} ${kind}`), `v2: ${groupVersion} ${kind}`);
      }
    }
  });

  const OLD_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
  const NEW_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
  const FORMS: readonly (readonly [accept: string, type: string | number])[] = [
    [OLD_PROTOBUF, NEW_PROTOBUF],
    [NEW_PROTOBUF, NEW_PROTOBUF],
    [`${OLD_PROTOBUF}, application/json`, NEW_PROTOBUF],
    [`application/json;q=0.5, ${NEW_PROTOBUF}`, NEW_PROTOBUF],
    ['application/json', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['', 'application/json'],
    ['text/html', 406],
    ['application/com.github.proto-openapi.spec.v3@v1.0+protobuf', 406],
  ];
  for (const [accept, type] of FORMS)
    test(`v2 for who accepts "${accept}" is ${type}`, async () => {
      const answer = await get('/openapi/v2', { accept });
      assert.equal(answer.status === 200 ? answer.headers['content-type'] : answer.status, type);
      if (answer.status !== 200) return;
      // gnostic's Document begins with the field `swagger` (1).
      if (type === NEW_PROTOBUF) assert.deepEqual(answer.bytes.subarray(0, 5), Buffer.from('\n\x032.0'));
      const { etag = '' } = answer.headers;
      assert.match(etag, /^"[0-9A-F]{128}"$/);
      assert.equal((await get('/openapi/v2', { accept, 'if-none-match': etag })).status, 304);
    });

  test('v3 is found by an index whose addresses never change what they lead to', async () => {
    const index = await get('/openapi/v3');
    assert.equal((await get('/openapi/v3', { 'if-none-match': String(index.headers.etag) })).status, 304);
    const { paths } = JSON.parse(index.text) as { paths: Record<string, { serverRelativeURL: string }> };
    assert.deepEqual(Object.keys(paths).sort(), [...(await groupVersions())].sort());
    const address = paths['apis/apps/v1']?.serverRelativeURL ?? '';
    const [, hash = ''] = /^\/openapi\/v3\/apis\/apps\/v1\?hash=([0-9A-F]{128})$/.exec(address) ?? [];
    const found = await get(address);
    assert.equal(found.headers['cache-control'], 'public, immutable');
    assert.ok(Date.parse(String(found.headers.expires)) > Date.parse(String(found.headers.date)));
    assert.equal(found.headers.etag, `"${hash}"`);
    assert.equal((await get(address, { 'if-none-match': `"${hash}"` })).status, 304);
    const plain = await get('/openapi/v3/apis/apps/v1');
    assert.match(String(plain.headers['cache-control']), /no-cache/);
    assert.equal(plain.text, found.text);
    const stale = await get('/openapi/v3/apis/apps/v1?hash=00');
    assert.deepEqual([stale.status, stale.headers.location], [301, address]);
    assert.equal((await get('/openapi/v3/apis/nothing/v1')).status, 404);
  });
});

describe('a review', () => {
  const PATH = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const attributes = { verb: 'get', resource: 'pods' };
  const ask = (query: string, spec: object, path = PATH) => {
    const [, , group = '', version = '', plural = ''] = path.split('/');
    const kind = plural === 'subjectaccessreviews' ? 'SubjectAccessReview' : 'SelfSubjectAccessReview';
    const body = JSON.stringify({ apiVersion: `${group}/${version}`, kind, spec });
    return here.client.call(`${path}${query}`, { method: 'POST', headers: JSON_BODY, body });
  };

  test('is decoded as what is stored is: unknown fields are told of, refused or passed over', async () => {
    const spec = { resourceAttributes: attributes, nonsense: 1 };
    const warned = await ask('', spec);
    assert.equal(warned.status, 201, warned.text);
    assert.equal(warned.headers.warning, '299 - "unknown field \\"spec.nonsense\\""');
    assert.deepEqual(JSON.parse(warned.text).spec, { resourceAttributes: attributes });
    const strict = await ask('?fieldValidation=Strict', spec);
    assert.equal(strict.status, 400);
    assert.match(strict.text, /strict decoding error: unknown field \\"spec\.nonsense\\"/);
    assert.equal((await ask('?fieldValidation=Ignore', spec)).headers.warning, undefined);
    const wrong = await ask('', { resourceAttributes: { ...attributes, verb: 5 } });
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /cannot be handled as a SelfSubjectAccessReview/);
  });

  test('of another version than its path is refused', async () => {
    const body = JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview' });
    const path = PATH.replace('/v1/', '/v1beta1/');
    const answer = await here.client.call(path, { method: 'POST', headers: JSON_BODY, body });
    assert.equal(answer.status, 400);
    assert.match(answer.text, /does not match the expected API version/);
  });

  test('of v1beta1 has the groups under their old name, and of v1 not', async () => {
    const old = '/apis/authorization.k8s.io/v1beta1/subjectaccessreviews';
    const spec = { user: 'x', resourceAttributes: attributes };
    const named = await ask('', { ...spec, group: ['system:masters'] }, old);
    assert.equal(named.headers.warning, undefined);
    const { spec: said, status } = JSON.parse(named.text);
    assert.deepEqual([said.group, said.groups, status.allowed], [['system:masters'], undefined, true]);
    const now = await ask('', { ...spec, group: ['system:masters'] }, old.replace('v1beta1', 'v1'));
    assert.match(String(now.headers.warning), /unknown field \\"spec\.group\\"/);
    assert.equal(JSON.parse(now.text).status.allowed, false);
  });
});
