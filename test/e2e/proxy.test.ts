import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { TestAuthority } from '@reckon/apiserver/doors/testing/pki.ts';
import { skipWithoutContainers, TestCluster } from './support/cluster.ts';
import { Following } from './support/following.ts';

/** What a Service without a selector leads to: servers of this test, where the API server can reach them. */
const HOST = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

const skip = skipWithoutContainers() || (HOST ? false : 'this machine has no address but loopback');
const NS = '/api/v1/namespaces/default';

describe('proxies to pods, services and nodes, with kubectl', { skip }, () => {
  let cluster: TestCluster;
  let plain: Server;
  let secure: Server;
  let proxy: Following;
  let proxyPort: number;

  before(async () => {
    const authority = await TestAuthority.create('backend');
    const { certificate, privateKey } = await authority.server('localhost');
    plain = createServer(answer('plain'));
    plain.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.pipe(socket);
    });
    secure = createSecureServer({ cert: certificate, key: privateKey }, answer('secure'));
    const ports = [await listen(plain), await listen(secure)] as const;
    cluster = await TestCluster.start({ images: ['spring-server'] });
    await cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web', labels: { app: 'web' } },
        spec: { containers: [{ name: 'main', image: 'spring-server:v2', ports: [{ containerPort: 8080 }] }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'outside' },
        spec: {
          ports: [
            { name: 'plain', port: 80 },
            { name: 'secure', port: 443 },
          ],
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name: 'outside' },
        subsets: [
          {
            addresses: [{ ip: HOST }],
            ports: [
              { name: 'plain', port: ports[0] },
              { name: 'secure', port: ports[1] },
            ],
          },
        ],
      },
    ]);
    await cluster.kubectl(['wait', 'pod/web', '--for=condition=Ready', '--timeout=60s']);
    proxy = new Following('kubectl', ['proxy', '--port=0', `--kubeconfig=${cluster.kubeconfig}`]);
    const said = await proxy.line(/Starting to serve on/);
    proxyPort = Number(said.split(':').at(-1));
  });
  after(async () => {
    await proxy?.stop();
    await cluster?.stop();
    for (const server of [plain, secure]) {
      server?.closeAllConnections();
      await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    }
  });

  const raw = (path: string, ...args: readonly string[]) =>
    cluster.tryKubectl(['get', '--raw', path, ...args]);
  const through = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${proxyPort}${path}`, { redirect: 'manual', ...init });

  test('lead into a running container: by pod, by port, and by service', async () => {
    for (const name of [
      'pods/web:8080',
      'pods/http:web:8080',
      'services/web',
      'services/web:http',
      'services/web:80',
    ]) {
      await cluster.until(async () => (await raw(`${NS}/${name}/proxy/`)).code === 0);
      assert.match((await raw(`${NS}/${name}/proxy/`)).stdout, /web/, name);
      assert.equal((await through(`${NS}/${name}/proxy/`)).status, 200, name);
    }
  });

  test('lead to a node, and say how it is', async () => {
    const node = await cluster.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}']);
    assert.equal((await raw(`/api/v1/nodes/${node}/proxy/healthz`)).stdout, 'ok');
  });

  test('pass on method, body and query, also to HTTPS', async () => {
    const body = 'x'.repeat(200_000);
    for (const [name, server] of [
      ['outside:plain', 'plain'],
      ['https:outside:secure', 'secure'],
      ['https:outside:443', 'secure'],
    ] as const) {
      const answer = await through(`${NS}/services/${name}/proxy/a%20b?q=1`, { method: 'POST', body });
      assert.deepEqual([answer.status, answer.headers.get('x-server')], [203, server]);
      // No `authorization` among it: who the client is stays with the server.
      assert.deepEqual(await answer.json(), { method: 'POST', url: '/a%20b?q=1', length: body.length });
    }
  });

  test('keep redirects within themselves', async () => {
    const path = `${NS}/services/outside:plain/proxy`;
    const moved = await through(`${path}/moved`);
    assert.equal(moved.status, 302);
    assert.equal(new URL(moved.headers.get('location') ?? '', 'http://x').pathname, `${path}/there`);
    assert.equal((await through(path)).status, 301, 'what is no directory is given its slash');
  });

  test('carry WebSockets', async () => {
    const path = `${NS}/services/outside:plain/proxy/socket`;
    const socket = connect(proxyPort, '127.0.0.1');
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    const headers = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13`;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${proxyPort}\r\n${headers}\r\n\r\n`);
    let said = '';
    for await (const chunk of socket) {
      said += chunk;
      if (said.endsWith('\r\n\r\n')) socket.write('echoed');
      if (said.endsWith('echoed')) break;
    }
    assert.match(said, /^HTTP\/1\.1 101 /);
  });

  test('are for those who may, and for nobody else', async () => {
    await cluster.kubectl([
      'create',
      'role',
      'sees',
      '--verb=get,list',
      '--resource=pods,services,endpoints',
    ]);
    await cluster.kubectl(['create', 'rolebinding', 'jane', '--role=sees', '--user=jane']);
    const node = await cluster.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}']);
    for (const [path, what] of [
      [`${NS}/pods/web:8080/proxy/`, 'pods/proxy'],
      [`${NS}/services/web/proxy/`, 'services/proxy'],
      [`/api/v1/nodes/${node}/proxy/healthz`, 'nodes/proxy'],
    ] as const) {
      const { code, stderr } = await raw(path, '--as=jane');
      assert.notEqual(code, 0);
      assert.match(stderr, new RegExp(`User "jane" cannot get resource "${what}"`));
    }
    await cluster.kubectl(['create', 'role', 'looks', '--verb=get', '--resource=services/proxy']);
    await cluster.kubectl(['create', 'rolebinding', 'looks', '--role=looks', '--user=jane']);
    assert.equal((await raw(`${NS}/services/web/proxy/`, '--as=jane')).code, 0);
    const posted = await through(`${NS}/services/web/proxy/`, {
      method: 'POST',
      headers: { 'Impersonate-User': 'jane' },
    });
    assert.equal(posted.status, 403, 'a right to get is none to create');
  });

  test('say what cannot be reached', async () => {
    for (const [path, why] of [
      [`${NS}/pods/never/proxy/`, /pods "never" not found/],
      [`${NS}/services/never/proxy/`, /services "never" not found/],
      [`${NS}/pods/web:81/proxy/`, /error trying to reach service: .*refused/i],
      [`${NS}/services/web:other/proxy/`, /no (endpoints|service port)/],
    ] as const)
      assert.match((await raw(path)).stderr, why, path);
  });
});

function answer(name: string): RequestListener {
  return (request, response) => {
    if (request.url === '/moved') return void response.writeHead(302, { location: '/there' }).end();
    void text(request).then((body) =>
      response.writeHead(203, { 'x-server': name }).end(JSON.stringify(told(request, body))),
    );
  };
}

function told({ method, url, headers }: IncomingMessage, body: string) {
  return { method, url, length: body.length, authorization: headers.authorization };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return (server.address() as AddressInfo).port;
}
