import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createProtobufCodec, loadSchema } from '@reckon/api';
import { RestTestServer } from '../doors/testing/rest-server.ts';

let server: RestTestServer;
before(async () => {
  server = await RestTestServer.start();
});
after(() => server.stop());

const JSON_BODY = { 'content-type': 'application/json' };

function pod(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [] } });
}

test('an object is created, read, replaced and deleted with the status codes of Kubernetes', async () => {
  const path = '/api/v1/namespaces/default/pods';
  const created = await server.call(path, { method: 'POST', headers: JSON_BODY, body: pod('crud') });
  assert.equal(created.status, 201);
  assert.equal(created.at('metadata.namespace'), 'default');
  assert.match(String(created.headers['audit-id']), /^[0-9a-f-]{36}$/);
  const got = await server.call(`${path}/crud`);
  assert.equal(got.status, 200);
  assert.deepEqual(got.json, created.json);
  const put = await server.call(`${path}/crud`, { method: 'PUT', headers: JSON_BODY, body: pod('crud') });
  assert.equal(put.status, 200);
  const gone = await server.call(`${path}/crud`, { method: 'DELETE' });
  assert.equal(gone.status, 200);
  assert.equal(gone.at('kind'), 'Pod');
  const missing = await server.call(`${path}/crud`);
  assert.equal(missing.status, 404);
  assert.deepEqual(missing.json, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'pods "crud" not found',
    reason: 'NotFound',
    details: { name: 'crud', kind: 'pods' },
    code: 404,
  });
});

test('a deleted Deployment is answered with a Status that names it', async () => {
  const path = '/apis/apps/v1/namespaces/default/deployments';
  const body = JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } });
  await server.call(path, { method: 'POST', headers: JSON_BODY, body });
  const gone = await server.call(`${path}/web`, { method: 'DELETE' });
  assert.equal(gone.at('status'), 'Success');
  assert.deepEqual(gone.at('details'), { name: 'web', group: 'apps', kind: 'deployments', uid: 'uid-web' });
});

test('a list holds the shared bytes of its objects, compressed if asked and worth it', async () => {
  const path = '/api/v1/namespaces/lists/configmaps';
  for (let i = 0; i < 40; i++) {
    const map = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `m${i}` },
      data: { a: 'x'.repeat(10_000) },
    };
    await server.call(path, { method: 'POST', headers: JSON_BODY, body: JSON.stringify(map) });
  }
  const plain = await server.call(path);
  assert.equal(plain.at('kind'), 'ConfigMapList');
  assert.equal(plain.at('items.length'), 40);
  assert.equal(plain.at('metadata.resourceVersion'), String(server.verbs.rev));
  assert.equal(Number(plain.headers['content-length']), plain.bytes.length);
  const packed = await server.call(path, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.deepEqual(gunzipSync(packed.bytes), plain.bytes);
  const small = await server.call('/api/v1/nodes', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(small.headers['content-encoding'], undefined);
  assert.deepEqual(small.at('items'), []);
});

test('nobody gets in without a certificate or token, except to health and version', async () => {
  const denied = await server.call('/api/v1/pods', { as: null });
  assert.equal(denied.status, 401);
  assert.equal(denied.at('reason'), 'Unauthorized');
  assert.equal((await server.call('/apis', { as: null })).status, 401);
  assert.equal((await server.call('/healthz', { as: null })).text, 'ok');
  assert.match(
    (await server.call('/readyz?verbose', { as: null })).text,
    /^\[\+\]ping ok\n\[\+\]log ok\nreadyz check passed\n$/,
  );
  assert.equal((await server.call('/version', { as: null })).at('minor'), '32');
});

test('a refusal says who may not do what, as Kubernetes says it', async () => {
  const dev = await server.authority.client('jane', 'dev');
  const denied = await server.call('/api/v1/namespaces/default/pods', { as: dev });
  assert.equal(denied.status, 403);
  assert.equal(
    denied.message,
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
  );
  const path = await server.call('/metrics', { as: dev });
  assert.equal(path.message, 'forbidden: User "jane" cannot get path "/metrics"');
  assert.equal((await server.call('/apis', { as: dev })).status, 200);
});

test('a body over 3 MiB is refused before it was sent', async () => {
  const sent = server.open('/api/v1/namespaces/default/pods', {
    method: 'POST',
    headers: { ...JSON_BODY, 'content-length': String(5 * 1024 * 1024) },
  });
  sent.flushHeaders();
  const status = await new Promise((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      resolve(response.statusCode);
      sent.destroy();
    });
  });
  assert.equal(status, 413);
});

test('a body of unknown length is refused once it has grown too large', async () => {
  const big = await server.call('/api/v1/namespaces/default/pods', {
    method: 'POST',
    headers: { ...JSON_BODY, 'transfer-encoding': 'chunked' },
    body: Buffer.alloc(5 * 1024 * 1024, 0x20),
  });
  assert.equal(big.status, 413);
  assert.equal(big.message, 'Request entity too large: limit is 3145728');
});

test('what cannot be accepted, read or found is told apart', async () => {
  const path = '/api/v1/namespaces/default/pods';
  const html = await server.call(path, { headers: { accept: 'text/html' } });
  assert.equal(html.status, 406);
  const xml = await server.call(path, {
    method: 'POST',
    headers: { 'content-type': 'text/xml' },
    body: '<pod/>',
  });
  assert.equal(xml.status, 415);
  const patch = await server.call(`${path}/a`, { method: 'PATCH', headers: JSON_BODY, body: '{}' });
  assert.equal(patch.status, 415);
  const broken = await server.call(path, { method: 'POST', headers: JSON_BODY, body: '{"kind":' });
  assert.equal(broken.status, 400);
  assert.match(broken.message, /^the object provided is unrecognized \(must be of type Pod\)/);
  assert.equal((await server.call('/api/v1/namespaces/default/gadgets')).status, 404);
  assert.equal((await server.call('/apis/nothing/v1/things')).status, 404);
  assert.equal((await server.call('/nowhere')).status, 404);
  assert.equal((await server.call('/api/v1/pods', { method: 'POST', body: pod('a') })).status, 405);
  assert.equal((await server.call('/api/v1/namespaces/x/nodes')).status, 404);
});

test('a dry run other than All is refused as an invalid option', async () => {
  const path = '/api/v1/namespaces/default/pods?dryRun=Some';
  const refused = await server.call(path, { method: 'POST', headers: JSON_BODY, body: pod('dry') });
  assert.equal(refused.status, 422);
  assert.equal(
    refused.message,
    'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: []string{"Some"}: supported values: "All"',
  );
});

test('a field given twice comes back as a warning', async () => {
  const body = '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"twice","name":"twice"}}';
  const answer = await server.call('/api/v1/namespaces/w/pods', { method: 'POST', headers: JSON_BODY, body });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.warning, '299 - "duplicate field \\"metadata.name\\""');
});

test('YAML is understood and spoken', async () => {
  const body = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: yaml\n';
  const headers = { 'content-type': 'application/yaml', accept: 'application/yaml' };
  const answer = await server.call('/api/v1/namespaces/y/pods', { method: 'POST', headers, body });
  assert.equal(answer.status, 201);
  assert.match(answer.text, /^apiVersion: v1\nkind: Pod\nmetadata:\n {2}name: yaml\n/);
});

test('a watch sends JSON lines and ends when its time is over', async () => {
  const events = server.call('/api/v1/namespaces/watched/pods?watch=1&timeoutSeconds=1&resourceVersion=10');
  const path = '/api/v1/namespaces/watched/pods';
  await waitForWatch();
  await server.call(path, { method: 'POST', headers: JSON_BODY, body: pod('a') });
  await server.call(`${path}/a`, { method: 'DELETE' });
  const answer = await events;
  const lines = answer.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map((line) => [line.type, line.object.metadata.name]),
    [
      ['ADDED', 'a'],
      ['DELETED', 'a'],
    ],
  );
});

async function waitForWatch(): Promise<void> {
  while (server.verbs.watchers === 0) await new Promise((resolve) => setImmediate(resolve));
}

test('a watch of what is no longer there is refused with a Status before it begins', async () => {
  const answer = await server.call('/api/v1/pods?watch=1&resourceVersion=1');
  assert.equal(answer.status, 410);
  assert.equal(answer.at('reason'), 'Expired');
});

test('a client that goes away ends its watch', async () => {
  const sent = server.open('/api/v1/nodes?watch=1&resourceVersion=10');
  sent.on('error', () => {});
  sent.end();
  await new Promise((resolve) => sent.on('response', resolve));
  assert.equal(server.verbs.watchers, 1);
  sent.destroy();
  while (server.verbs.watchers > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('tables and metadata alone are spoken to who asks', async () => {
  const path = '/api/v1/namespaces/tables/pods';
  await server.call(path, { method: 'POST', headers: JSON_BODY, body: pod('t') });
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
  const table = await server.call(path, { headers: { accept } });
  assert.equal(table.at('kind'), 'Table');
  assert.equal(table.at('columnDefinitions.0.name'), 'Name');
  assert.equal(table.at('rows.0.cells.0'), 't');
  const partialAccept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  const partial = await server.call(path, { headers: { accept: partialAccept } });
  assert.equal(partial.at('kind'), 'PartialObjectMetadataList');
  assert.equal(partial.at('items.0.spec'), undefined);
});

test('Kubernetes’ protobuf is spoken, in watches as frames', async () => {
  const codec = createProtobufCodec(loadSchema());
  const type = 'application/vnd.kubernetes.protobuf';
  const path = '/api/v1/namespaces/binary/pods';
  const made = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b' }, spec: { nodeName: 'n1' } };
  const headers = { 'content-type': type, accept: type };
  const created = await server.call(path, { method: 'POST', headers, body: codec.encode(made) });
  assert.equal(created.status, 201);
  assert.equal(created.headers['content-type'], type);
  assert.deepEqual(codec.decode(created.bytes).spec, { nodeName: 'n1' });
  const list = codec.decode((await server.call(path, { headers: { accept: type } })).bytes);
  assert.equal(list.kind, 'PodList');
  const missing = await server.call(`${path}/none`, { headers: { accept: type } });
  assert.equal(codec.decode(missing.bytes).message, 'pods "none" not found');
  const accept = `${type};stream=watch`;
  const watched = await server.call(`${path}?watch=1&timeoutSeconds=1`, { headers: { accept } });
  assert.equal(watched.headers['content-type'], accept);
  assert.equal(watched.bytes.readUInt32BE(0), watched.bytes.length - 4);
  assert.deepEqual(watched.bytes.subarray(4, 11), Buffer.from('\n\x05ADDED'));
});

test('HTTP/2 answers the same on the same port', async () => {
  const session = connect(`https://127.0.0.1:${server.listener.port}`, {
    ca: server.authority.certificate,
    cert: server.admin.certificate,
    key: server.admin.privateKey,
  });
  try {
    const stream = session.request({
      ':path': '/api/v1/namespaces/h2/pods',
      ':method': 'POST',
      'content-type': 'application/json',
    });
    stream.end(pod('two'));
    const status = await new Promise((resolve) => {
      stream.on('response', (headers) => resolve(headers[':status']));
    });
    stream.resume();
    assert.equal(status, 201);
    const big = session.request({
      ':path': '/api/v1/namespaces/h2/pods',
      ':method': 'POST',
      'content-type': 'application/json',
    });
    big.on('error', () => {});
    big.write(Buffer.alloc(5 * 1024 * 1024, 0x20));
    const refused = await new Promise((resolve) => {
      big.on('response', (headers) => resolve(headers[':status']));
    });
    assert.equal(refused, 413);
  } finally {
    session.destroy();
  }
});

test('what a service may say about cause is believed from its certificate only', async () => {
  const scheduler = await server.authority.client('system:kube-scheduler');
  const headers = { 'reckon-cause': '42', 'reckon-because': 'it%20fits' };
  await server.call('/api/v1/nodes', { headers, as: scheduler });
  assert.equal(server.verbs.last?.context.cause, 42);
  assert.equal(server.verbs.last?.context.because, 'it fits');
  await server.call('/api/v1/nodes', { headers });
  assert.equal(server.verbs.last?.context.cause, undefined);
});

test('discovery comes in its old forms and in one document', async () => {
  assert.deepEqual((await server.call('/api')).at('versions'), ['v1']);
  const groups = (await server.call('/apis')).names('groups');
  for (const name of ['apps', 'discovery.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io'])
    assert.ok(groups.includes(name), name);
  const core = await server.call('/api/v1');
  assert.equal(core.at('groupVersion'), 'v1');
  assert.ok(core.names('resources').includes('pods/status'));
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
  const whole = await server.call('/apis', { headers: { accept } });
  assert.equal(
    whole.headers['content-type'],
    'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  );
  assert.ok(whole.names('items').includes('apps'));
  const again = await server.call('/apis', {
    headers: { accept, 'if-none-match': whole.headers.etag ?? '' },
  });
  assert.equal(again.status, 304);
});

test('impersonation is for system:masters', async () => {
  const headers = { 'impersonate-user': 'jane', 'impersonate-group': 'dev' };
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const call = { method: 'POST', headers: { ...JSON_BODY, ...headers }, body: JSON.stringify(review) };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const answer = await server.call(path, call);
  assert.equal(answer.status, 201);
  assert.deepEqual(answer.at('status.userInfo'), {
    username: 'jane',
    groups: ['dev', 'system:authenticated'],
  });
  const dev = await server.authority.client('joe', 'dev');
  const refused = await server.call(path, { ...call, as: dev });
  assert.equal(refused.status, 403);
  assert.match(refused.message, /User "joe" cannot impersonate resource "users"/);
});

test('a token counts while its account and pod are there', async () => {
  server.uids.set('serviceaccounts/shop/cart', 'sa-1');
  server.uids.set('pods/shop/cart-0', 'pod-1');
  const { token } = await server.tokens.issue({
    namespace: 'shop',
    serviceAccount: 'cart',
    serviceAccountUid: 'sa-1',
    audiences: [],
    expirationSeconds: 3_600,
    boundPod: { name: 'cart-0', uid: 'pod-1' },
  });
  const headers = { authorization: `Bearer ${token}` };
  const own = await server.call('/api/v1/namespaces/shop/configmaps', { headers, as: null });
  assert.equal(own.status, 200);
  assert.equal((await server.call('/api/v1/namespaces/shop/secrets', { headers, as: null })).status, 403);
  assert.equal((await server.call('/api/v1/namespaces/other/configmaps', { headers, as: null })).status, 403);
  server.uids.delete('pods/shop/cart-0');
  assert.equal((await server.call('/api/v1/namespaces/shop/configmaps', { headers, as: null })).status, 401);
  const forged = { authorization: `Bearer ${token.slice(0, -6)}AAAAAA` };
  assert.equal((await server.call('/api', { headers: forged, as: null })).status, 401);
});

test('a certificate of another authority is nobody', async () => {
  const { TestAuthority } = await import('../doors/testing/pki.ts');
  const stranger = await (await TestAuthority.create('other')).client('kubernetes-admin', 'system:masters');
  assert.equal((await server.call('/api/v1/pods', { as: stranger })).status, 401);
});

test('requests are counted by verb, resource and code', async () => {
  const { text } = await server.call('/metrics');
  assert.match(
    text,
    /apiserver_request_total\{verb="LIST",group="",version="v1",resource="nodes",subresource="",scope="cluster",code="200"\} \d+/,
  );
  assert.match(text, /apiserver_request_duration_seconds_bucket\{verb="POST"/);
});
