import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { after, before, test } from 'node:test';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { ApiClient, Form, type WatchHeadResponse } from '@reckon/proto/reckon/v1/api.ts';
import { ApiServerWorld } from './testing/api-server-world.ts';
import { RawClient } from './testing/raw-client.ts';

let world: ApiServerWorld;
before(async () => {
  world = await ApiServerWorld.start();
});
after(() => world.stop());

function open(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { certificate, privateKey } = world.admin;
    request({
      host: '127.0.0.1',
      port: world.server.restPort,
      path,
      ca: world.authority.certificate,
      cert: certificate,
      key: privateKey,
      agent: false,
    })
      .on('response', resolve)
      .on('error', reject)
      .end();
  });
}

async function get(path: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await open(path);
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode ?? 0, text };
}

function grpc(): ApiClient {
  const { certificate, privateKey } = world.admin;
  const channel = credentials.createSsl(
    Buffer.from(world.authority.certificate),
    Buffer.from(privateKey),
    Buffer.from(certificate),
  );
  return new ApiClient(`127.0.0.1:${world.server.grpcPort}`, channel, {
    'grpc.ssl_target_name_override': 'localhost',
  });
}

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };

test('both doors show the same object, in one encoding', async () => {
  const { text } = await get('/api/v1/namespaces/default');
  const client = grpc();
  try {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      client.get({ resource: NAMESPACES, name: 'default', form: Form.FORM_JSON }, (error, { object } = {}) =>
        error ? reject(error) : resolve(Buffer.from(object?.json ?? [])),
      );
    });
    assert.equal(answer.toString(), text);
  } finally {
    client.close();
  }
});

test('a server that is told to stop ends watches as whole answers and says that it goes', async () => {
  const watched = await open('/api/v1/namespaces?watch=1');
  let text = '';
  watched.on('data', (chunk) => {
    text += chunk;
  });
  const ended = new Promise<boolean>((resolve) => watched.on('end', () => resolve(watched.complete)));
  const client = grpc();
  const heads = client.watchHead({});
  const told = new Promise<ServiceError>((resolve) =>
    heads.once('error', (error) => resolve(error as ServiceError)),
  );
  const [first] = await Promise.all([
    new Promise<WatchHeadResponse>((resolve) => heads.once('data', resolve)),
    new Promise((resolve) => watched.once('data', resolve)),
  ]);
  assert.ok(Number(first.revision) > 0);
  const { health } = world;
  const notReady = async () => (await health.ready()).filter(({ problem }) => problem !== undefined);
  assert.deepEqual(await notReady(), []);
  const restarted = world.restart();
  assert.deepEqual(await notReady(), [{ name: 'shutdown', problem: 'process is shutting down' }]);
  await restarted;
  assert.equal(await ended, true);
  assert.match(text, /"type":"ADDED"/);
  assert.doesNotMatch(text, /"type":"ERROR"/);
  assert.equal((await told).code, status.UNAVAILABLE);
  client.close();
});

test('what was there before a restart is there after it', async () => {
  const before = JSON.parse((await get('/api/v1/namespaces/default')).text);
  await world.restart();
  const now = JSON.parse((await get('/api/v1/namespaces/default')).text);
  assert.deepEqual(now, before);
  const ready = await get('/readyz?verbose');
  assert.equal(ready.status, 200);
  assert.match(ready.text, /\[\+\]postgres ok/);
});

test('a server that may take its time to stop serves on while readyz fails, and fails nobody who heeds it', async (t) => {
  const slow = await ApiServerWorld.start({ shutdownDelaySeconds: 1 });
  let closed: Promise<void> | undefined;
  t.after(() => closed ?? slow.stop());
  const { certificate } = slow.authority;
  const client = new RawClient({ port: slow.server.restPort, authority: certificate, as: slow.admin });
  assert.equal((await client.call('/readyz')).status, 200);
  closed = slow.stop();
  // Each is a connection of its own, made after the server was told to stop.
  assert.equal((await client.call('/readyz')).status, 500);
  assert.equal((await client.call('/livez')).status, 200);
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'late' } });
  const headers = { 'content-type': 'application/json' };
  assert.equal((await client.call('/api/v1/namespaces', { method: 'POST', headers, body })).status, 201);
  await closed;
  await assert.rejects(client.call('/readyz'), { code: 'ECONNREFUSED' });
});
