import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { loadSchema } from '@reckon/api';
import { TestAuthority } from '../doors/testing/pki.ts';
import { RestTestServer } from '../doors/testing/rest-server.ts';
import { Http2Client } from '../testing/http2-client.ts';
import { NodeDialer } from './node-dialer.ts';
import { proxies } from './proxy.ts';
import { proxyName } from './proxy-target.ts';

/** Loopback is not to be reached by way of the server: what runs in the tests' "pods" listens where others can come. */
const HOST = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

describe('a proxy subresource', { skip: HOST ? false : 'this machine has no address but loopback' }, () => {
  let rest: RestTestServer;
  let pod: Server;
  let agent: Server;

  before(async () => {
    const authority = await TestAuthority.create();
    const apiserver = await authority.client('system:apiserver');
    rest = await RestTestServer.start(({ verbs }) => ({
      streams: proxies({
        verbs,
        resources: loadSchema(),
        draw: () => 0,
        connectTimeoutMs: 2_000,
        dialer: new NodeDialer({ authority: authority.certificate, ...apiserver, connectTimeoutMs: 2_000 }),
      }),
    }));
    pod = createServer((request, response) => {
      const bare = /^\/bare\/(\d+)$/.exec(request.url ?? '')?.[1];
      if (bare) return void response.writeHead(Number(bare), { etag: '"x"' }).end();
      if (request.url === '/moved') return void response.writeHead(302, { location: '/there' }).end();
      if (request.url === '/page') {
        const zipped = gzipSync('<a href="/there">there</a>');
        return void response
          .writeHead(200, {
            'content-type': 'text/html; charset=utf-8',
            'content-encoding': 'gzip',
            'content-length': zipped.length,
          })
          .end(zipped);
      }
      void text(request).then((body) => response.writeHead(203).end(JSON.stringify(told(request, body))));
    });
    pod.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      socket.pipe(socket);
    });
    const podPort = await listen(pod, HOST ?? '');
    const own = await authority.node('n1', '127.0.0.1');
    const tls = { cert: own.certificate, key: own.privateKey, ca: authority.certificate, requestCert: true };
    agent = createSecureServer(tls, (request, response) => response.end(`agent ${request.url}`));
    const agentPort = await listen(agent, '127.0.0.1');
    const namespace = 'default';
    const containers = [{ name: 'c', image: 'i', ports: [{ name: 'web', containerPort: podPort }] }];
    await put('/api/v1/namespaces/default/pods', {
      kind: 'Pod',
      metadata: { name: 'p', namespace },
      spec: { containers },
      status: { podIP: HOST },
    });
    await put('/api/v1/namespaces/default/pods', {
      kind: 'Pod',
      metadata: { name: 'sly', namespace },
      spec: { containers },
      status: { podIP: '127.0.0.1' },
    });
    await put('/api/v1/namespaces/default/services', {
      kind: 'Service',
      metadata: { name: 's', namespace },
      spec: { ports: [{ name: 'http', port: 80 }] },
    });
    await put('/api/v1/namespaces/default/services', {
      kind: 'Service',
      metadata: { name: 'empty', namespace },
      spec: { ports: [{ port: 80 }] },
    });
    const ports = [{ name: 'http', port: podPort }];
    await put('/api/v1/namespaces/default/endpoints', {
      kind: 'Endpoints',
      metadata: { name: 's', namespace },
      subsets: [{ addresses: [{ ip: HOST }], ports }],
    });
    const daemonEndpoints = { kubeletEndpoint: { Port: agentPort } };
    const addresses = [{ type: 'InternalIP', address: '127.0.0.1' }];
    await put('/api/v1/nodes', {
      kind: 'Node',
      metadata: { name: 'n1' },
      status: { addresses, daemonEndpoints },
    });
  });

  after(async () => {
    await rest.stop();
    for (const server of [pod, agent]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function put(path: string, value: object): Promise<void> {
    const body = JSON.stringify({ apiVersion: 'v1', ...value });
    const headers = { 'content-type': 'application/json' };
    assert.equal((await rest.call(path, { method: 'POST', headers, body })).status, 201);
  }

  const NS = '/api/v1/namespaces/default';
  for (const name of [
    'pods/p',
    'pods/p:web',
    'pods/http:p:web',
    'services/s',
    'services/s:http',
    'services/s:80',
  ])
    test(`${name} passes on method, path, query and body, and not who the client is`, async () => {
      const path = `${NS}/${name}/proxy/a%20b/c/?q=1`;
      const body = 'x'.repeat(100_000);
      const as = { method: 'PUT', body, headers: { 'x-mine': 'kept' } };
      const answer = await rest.call(path, as);
      assert.equal(answer.status, 203, answer.text);
      const seen = ['method', 'url', 'length', 'mine', 'forwarded'].map((field) => answer.at(field));
      const forwarded = `${NS}/${name}/proxy/a%20b/c/`;
      assert.deepEqual(seen, ['PUT', '/a%20b/c/?q=1', body.length, 'kept', forwarded]);
    });

  test('HTTP/2 passes on the same: bodies, redirects, and answers that are a head alone', async () => {
    const client = new Http2Client({
      port: rest.listener.port,
      authority: rest.authority.certificate,
      as: rest.admin,
    });
    try {
      const sent = { method: 'PUT', body: 'x'.repeat(100_000), headers: { 'x-mine': 'kept' } };
      const answer = await client.call(`${NS}/pods/p/proxy/a%20b/?q=1`, sent);
      assert.equal(answer.status, 203, answer.text);
      const { method, url, length, mine, private: secrets } = JSON.parse(answer.text);
      assert.deepEqual([method, url, length, mine, secrets], ['PUT', '/a%20b/?q=1', 100_000, 'kept', []]);
      const moved = await client.call(`${NS}/services/s/proxy/moved`);
      assert.deepEqual([moved.status, moved.headers.location], [302, `${NS}/services/s/proxy/there`]);
      for (const status of [200, 204, 205, 304, 500])
        for (const verb of ['GET', 'HEAD', 'POST']) {
          const bare = await client.call(`${NS}/pods/p/proxy/bare/${status}`, { method: verb, body: '' });
          assert.deepEqual([bare.status, bare.headers.etag, bare.text], [status, '"x"', ''], verb);
        }
    } finally {
      client.close();
    }
  });

  test('who the client is stays with the server', async () => {
    const headers = { 'impersonate-user': 'jane', 'impersonate-group': 'system:masters' };
    const answer = await rest.call(`${NS}/pods/p/proxy/x`, { headers });
    assert.equal(answer.status, 203, answer.text);
    assert.deepEqual(answer.at('private'), []);
  });

  test('a page without a slash is sent to one with it, and redirects stay within', async () => {
    const bare = await rest.call(`${NS}/pods/p/proxy?q=1`);
    assert.deepEqual([bare.status, bare.headers.location], [301, `${NS}/pods/p/proxy/?q=1`]);
    const moved = await rest.call(`${NS}/services/s/proxy/moved`);
    assert.deepEqual([moved.status, moved.headers.location], [302, `${NS}/services/s/proxy/there`]);
  });

  test('links of a page that begin at its root stay within', async () => {
    const page = await rest.call(`${NS}/pods/p/proxy/page`, { headers: { 'accept-encoding': 'gzip' } });
    assert.deepEqual([page.status, page.text], [200, `<a href="${NS}/pods/p/proxy/there">there</a>`]);
    assert.equal(page.headers['content-encoding'], undefined);
    const head = await rest.call(`${NS}/pods/p/proxy/page`, { method: 'HEAD' });
    assert.equal(head.headers['content-encoding'], 'gzip');
  });

  test('a connection that changes protocols is joined', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'echo' };
    const sent = rest.open(`${NS}/pods/p/proxy/socket`, { headers });
    const answered = Promise.withResolvers<string>();
    sent.on('upgrade', (_response, socket) => {
      socket.once('data', (chunk: Buffer) => {
        answered.resolve(chunk.toString());
        socket.destroy();
      });
      socket.write('over and back');
    });
    sent.on('response', (response) => answered.reject(new Error(`${response.statusCode}`)));
    sent.on('error', answered.reject);
    sent.end();
    assert.equal(await answered.promise, 'over and back');
  });

  test('a node is reached through its agent', async () => {
    const answer = await rest.call('/api/v1/nodes/n1/proxy/healthz?verbose');
    assert.deepEqual([answer.status, answer.text], [200, 'agent /healthz?verbose']);
  });

  const refusals = [
    { path: `${NS}/pods/none/proxy/`, status: 404, says: /pods "none" not found/ },
    { path: `${NS}/pods/sly/proxy/`, status: 400, says: /address not allowed/ },
    { path: `${NS}/pods/p:99999/proxy/`, status: 400, says: /invalid port "99999"/ },
    { path: `${NS}/pods/ftp:p:21/proxy/`, status: 400, says: /invalid proxy request/ },
    { path: `${NS}/pods/p:1/proxy/`, status: 503, says: /error trying to reach service: .*ECONNREFUSED/ },
    { path: `${NS}/services/empty/proxy/`, status: 503, says: /no endpoints available for service "empty"/ },
    { path: `${NS}/services/s:other/proxy/`, status: 503, says: /no service port "other" found/ },
  ];
  for (const { path, status, says } of refusals)
    test(`${path} is refused`, async () => {
      const answer = await rest.call(path);
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.message, says);
    });

  test('who may not proxy is refused', async () => {
    const as = await rest.authority.client('joe', 'dev');
    assert.equal((await rest.call(`${NS}/pods/p/proxy/`, { as })).status, 403);
  });
});

test('a name may carry a scheme and a port', () => {
  assert.deepEqual(proxyName('a'), { tls: false, name: 'a', port: '' });
  assert.deepEqual(proxyName('a:80'), { tls: false, name: 'a', port: '80' });
  assert.deepEqual(proxyName('https:a:'), { tls: true, name: 'a', port: '' });
});

function told(request: IncomingMessage, body: string): object {
  const { method, url, headers } = request;
  const names = Object.keys(headers).filter((name) => /^(authorization|impersonate-)/.test(name));
  const forwarded = headers['x-forwarded-uri'];
  return { method, url, length: body.length, mine: headers['x-mine'], forwarded, private: names };
}

async function listen(server: Server, host: string): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}
