import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';
import { loadSchema } from '@reckon/api';
import { TestAuthority } from '../doors/testing/pki.ts';
import { RestTestServer } from '../doors/testing/rest-server.ts';
import { NodeDialer } from './node-dialer.ts';
import { podStreams } from './pod-streams.ts';

/** An agent that says what it was asked, and echoes whatever comes after an upgrade. */
let agent: Server;
let rest: RestTestServer;
const asked: IncomingMessage[] = [];

before(async () => {
  const authority = await TestAuthority.create();
  const apiserver = await authority.client('system:apiserver');
  rest = await RestTestServer.start(({ verbs }) => ({
    streams: podStreams({
      verbs,
      resources: loadSchema(),
      dialer: new NodeDialer({ authority: authority.certificate, ...apiserver, connectTimeoutMs: 2_000 }),
    }),
  }));
  const own = await authority.node('n1', '127.0.0.1');
  agent = createServer({
    cert: own.certificate,
    key: own.privateKey,
    ca: authority.certificate,
    requestCert: true,
  });
  agent.on('request', (request: IncomingMessage, response: ServerResponse) => {
    asked.push(request);
    if (request.url?.endsWith('/waiting')) {
      response.writeHead(400).end('container "waiting" in pod "two" is waiting to start: ContainerCreating');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('first line\n');
    setImmediate(() => response.end('second line\n'));
  });
  agent.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    asked.push(request);
    if (request.headers.upgrade === 'websocket') {
      socket.end(
        'HTTP/1.1 403 Forbidden\r\nContent-Length: 18\r\nConnection: close\r\n\r\nno such websockets',
      );
      return;
    }
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n');
    socket.write(`X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n`);
    if (request.url?.startsWith('/attach/')) {
      socket.once('data', () => socket.end('no such command'));
      socket.once('finish', () => socket.destroy());
      return;
    }
    if (head.length > 0) socket.write(head);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  const { port } = agent.address() as AddressInfo;
  await put('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1' },
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    },
  });
  await put('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n2' },
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    },
  });
  await put('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'dead' },
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
    },
  });
  await put('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'hollow' },
    status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] },
  });
  await pod('one', 'n1', 'main');
  await pod('two', 'n1', 'a', 'waiting');
  await pod('pending', '', 'main');
  await pod('stranger', 'n2', 'main');
  await pod('lost', 'dead', 'main');
  await pod('pretended', 'hollow', 'main');
});

after(async () => {
  await rest.stop();
  agent.closeAllConnections();
  await new Promise((resolve) => agent.close(resolve));
});

async function put(path: string, value: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await rest.call(path, { method: 'POST', headers, body: JSON.stringify(value) });
  assert.equal(answer.status, 201);
}

function pod(name: string, nodeName: string, ...containers: readonly string[]): Promise<void> {
  return put('/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { nodeName, containers: containers.map((container) => ({ name: container })) },
  });
}

const PODS = '/api/v1/namespaces/default/pods';

test('a log flows from the agent to the client', async () => {
  const answer = await rest.call(`${PODS}/one/log?follow=true&tailLines=5`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'text/plain');
  assert.equal(answer.text, 'first line\nsecond line\n');
  assert.equal(asked.at(-1)?.url, '/containerLogs/default/one/main?follow=true&tailLines=5');
  assert.equal(asked.at(-1)?.headers.authorization, undefined);
});

test('what cannot be streamed is refused in the words of Kubernetes', async () => {
  const messages = async (path: string) => {
    const refused = await rest.call(path);
    return [refused.status, refused.message];
  };
  assert.deepEqual(await messages(`${PODS}/two/log`), [
    400,
    'a container name must be specified for pod two, choose one of: [a waiting]',
  ]);
  assert.deepEqual(await messages(`${PODS}/two/log?container=b`), [
    400,
    'container b is not valid for pod two',
  ]);
  assert.deepEqual(await messages(`${PODS}/none/log`), [404, 'pods "none" not found']);
  assert.deepEqual(await messages(`${PODS}/two/log?container=waiting`), [
    400,
    'container "waiting" in pod "two" is waiting to start: ContainerCreating',
  ]);
  assert.deepEqual(await messages(`${PODS}/pending/exec?command=sh&stdout=1`), [
    400,
    'pod pending does not have a host assigned',
  ]);
  assert.deepEqual(await messages(`${PODS}/one/exec?command=sh&stdout=1`), [400, 'Upgrade request required']);
  assert.equal((await rest.call(`${PODS}/pending/log`)).text, '');
});

test('an agent that cannot be reached, or shows the certificate of another node, is an error', async () => {
  const lost = await rest.call(`${PODS}/lost/log`);
  assert.equal(lost.status, 500);
  assert.equal(lost.message, 'error dialing backend: dial tcp 127.0.0.1:1: connect: connection refused');
  const pretended = await rest.call(`${PODS}/pretended/log`);
  assert.equal(pretended.status, 503);
  assert.match(pretended.message, /^node hollow has no agent that could be asked/);
  const stranger = await rest.call(`${PODS}/stranger/log`);
  assert.match(stranger.message, /the certificate is of system:node:n1, not of system:node:n2$/);
});

test('after an upgrade bytes go both ways, behind the agent’s own answer', async () => {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'SPDY/3.1',
    'x-stream-protocol-version': 'v4.channel.k8s.io',
  };
  const path = `${PODS}/one/exec?container=main&command=echo&command=a+b&stdin=true&stdout=true&tty=false`;
  const sent = rest.open(path, { method: 'POST', headers });
  sent.end();
  const [response, socket] = await new Promise<[IncomingMessage, Duplex]>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (refused) => reject(new Error(`answered ${refused.statusCode}`)));
    sent.on('upgrade', (answer, stream) => resolve([answer, stream]));
  });
  assert.equal(response.headers['x-stream-protocol-version'], 'v4.channel.k8s.io');
  assert.equal(asked.at(-1)?.url, '/exec/default/one/main?input=1&output=1&command=echo&command=a+b');
  assert.equal(asked.at(-1)?.headers['x-stream-protocol-version'], 'v4.channel.k8s.io');
  const echoed = new Promise((resolve) => socket.once('data', (data) => resolve(String(data))));
  socket.write('ping');
  assert.equal(await echoed, 'ping');
  assert.equal(rest.inFlight.longRunning, 1);
  socket.destroy();
  while (rest.inFlight.longRunning > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('the last words of a command reach a client that is still sending', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
  const sent = rest.open(`${PODS}/one/attach?stdin=true`, { method: 'POST', headers });
  sent.end();
  const socket = await new Promise<Duplex>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('upgrade', (_answer, stream) => resolve(stream));
  });
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk;
  });
  const ended = new Promise((resolve) => socket.once('end', resolve));
  const broken = new Promise<Error>((resolve) => socket.once('error', resolve));
  // Much more than the connections buffer: most of it is sent after the agent has ended.
  const flood = Buffer.alloc(1024 * 1024, 0x2e);
  for (let i = 0; i < 15; i++) socket.write(flood);
  const sentAll = new Promise((resolve) => socket.write(flood, resolve));
  assert.ok(!((await Promise.race([sentAll, broken])) instanceof Error), 'the connection was reset');
  await ended;
  assert.equal(heard, 'no such command');
  socket.destroy();
});

test('an upgrade that the agent refuses is refused to the client, who may try another protocol', async () => {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
    'sec-websocket-protocol': 'v5.channel.k8s.io',
  };
  const answer = await rest.call(`${PODS}/one/exec?command=sh&stdout=1`, { headers });
  assert.equal(answer.status, 500);
  assert.equal(answer.message, 'no such websockets');
  assert.equal(asked.at(-1)?.headers['sec-websocket-protocol'], 'v5.channel.k8s.io');
});

test('to act in a pod needs the right to create, however the stream is asked for', async () => {
  const jane = await rest.authority.client('jane');
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  for (const [subresource, query] of [
    ['exec', '?command=sh&stdout=1'],
    ['attach', '?stdout=1'],
    ['portforward', '?ports=80'],
  ] as const)
    for (const method of ['GET', 'POST']) {
      const path = `${PODS}/one/${subresource}${query}`;
      const refused = await rest.call(path, { method, as: jane, headers });
      assert.equal(refused.status, 403, `${method} ${subresource}`);
      assert.equal(
        refused.message,
        `pods "one" is forbidden: User "jane" cannot create resource "pods/${subresource}" in API group "" in the namespace "default"`,
      );
    }
  const reader = await rest.authority.client('stream-reader');
  assert.equal((await rest.call(`${PODS}/one/log`, { as: reader })).status, 200);
  assert.equal((await rest.call(`${PODS}/one/exec?command=sh&stdout=1`, { as: reader })).status, 403);
});
