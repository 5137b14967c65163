import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RestTestServer } from '../doors/testing/rest-server.ts';

let server: RestTestServer;
before(async () => {
  server = await RestTestServer.start();
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: {} };
  await server.call('/api/v1/namespaces/default/pods', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(pod),
  });
});
after(() => server.stop());

/** What the verb was called with. */
function optionsOfLast(): Record<string, unknown> {
  return { ...Object(server.verbs.last?.options) };
}

test('below /at/REVISION every get and list is an exact read of that revision', async () => {
  for (const path of ['/api/v1/namespaces/default/pods/a', '/api/v1/pods?limit=500&resourceVersion=0']) {
    const { status } = await server.call(`/at/7${path}`);
    assert.equal(status, 200, path);
    const { resourceVersion, match, formerNamespaces } = optionsOfLast();
    assert.deepEqual([resourceVersion, match, formerNamespaces], ['7', 'Exact', true], path);
  }
  await server.call('/at/7/api/v1/pods?continue=abc');
  const { continue: token, match } = optionsOfLast();
  assert.deepEqual([token, match], ['abc', undefined], 'a further page says itself which revision it is of');
});

test('what may be seen of the past is what may be read today, and former namespaces only with the right to history', async () => {
  const [jane, agent] = [
    await server.authority.client('jane', 'system:authenticated'),
    await server.authority.client('system:node:n1', 'system:nodes', 'system:authenticated'),
  ];
  assert.equal((await server.call('/at/7/api/v1/pods', { as: jane })).status, 403);
  assert.equal((await server.call('/at/7/api/v1/pods', { as: null })).status, 401);
  assert.equal((await server.call('/at/7/api/v1/pods', { as: agent })).status, 403);
  assert.equal(
    (await server.call('/at/7/api/v1/pods?fieldSelector=spec.nodeName%3Dn1', { as: agent })).status,
    200,
  );
  const { formerNamespaces } = optionsOfLast();
  assert.equal(formerNamespaces, false);
});

test('a table of the past counts ages from that moment', async () => {
  const created = await server.call('/api/v1/namespaces/default/pods/a');
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
  const table = await server.call('/at/7/api/v1/namespaces/default/pods', { headers: { accept } });
  assert.equal(created.status, 200);
  assert.equal(table.at('kind'), 'Table');
});

test('discovery is answered below /at/REVISION too, so that clients find their way', async () => {
  for (const path of ['/api', '/apis', '/api/v1', '/version'])
    assert.equal((await server.call(`/at/7${path}`)).status, 200, path);
});

test('writes, watches and streams of the past are refused with a reason', async () => {
  const pods = '/at/7/api/v1/namespaces/default/pods';
  const json = { 'content-type': 'application/json' };
  for (const [method, path] of [
    ['POST', pods],
    ['PUT', `${pods}/a`],
    ['PATCH', `${pods}/a`],
    ['DELETE', `${pods}/a`],
    ['DELETE', pods],
    ['POST', '/at/7/version'],
  ] as const) {
    const sent = method === 'DELETE' ? {} : { headers: json, body: '{}' };
    const refused = await server.call(path, { method, ...sent });
    assert.deepEqual([refused.status, refused.at('reason')], [405, 'MethodNotAllowed'], `${method} ${path}`);
    assert.match(refused.message, /the past cannot be changed/);
  }
  const watch = await server.call(`${pods}?watch=true`);
  assert.deepEqual([watch.status, watch.at('reason')], [400, 'BadRequest']);
  assert.match(watch.message, /cannot be watched/);
});

test('a moment that is not there is refused before anything is read', async () => {
  const future = await server.call(`/at/${server.verbs.rev + 1}/api/v1/pods`);
  assert.equal(future.status, 400);
  assert.match(future.message, /in the future/);
  const word = await server.call('/at/yesterday/api/v1/pods');
  assert.equal(word.status, 400);
  assert.match(word.message, /a revision is needed/);
});
