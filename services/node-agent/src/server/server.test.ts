import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { HollowRuntime } from '@reckon/cri';
import { silentLogger, systemClock } from '@reckon/service';
import { NodeServer } from './server.ts';
import { testCertificates } from './testing/certificates.ts';
import type { PodOnNode } from './types.ts';

function metadataOf(name: string) {
  const metadata = {
    name,
    namespace: 'default',
    uid: `uid-${name}`,
    resourceVersion: '1',
    creationTimestamp: '',
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata };
}

describe("the node's server", () => {
  const certificates = testCertificates();
  const apiserver = certificates.issue('system:apiserver');
  const stranger = certificates.issue('system:node:other');
  /** Stands for the runtime's streaming server: says what it was asked, then gives back what it is sent. */
  const streaming = createServer((socket) => {
    socket.once('data', (chunk) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n[${chunk.toString().split('\r\n')[0]}]`,
      );
      socket.pipe(socket);
    });
  });
  const ended = (_: string, listener: () => void) => {
    listener();
    return () => undefined;
  };
  const pods = new Map<string, PodOnNode>();
  const known = ['web', 'ended'].map((name) => ({
    object: { ...metadataOf(name), spec: { containers: [{ name: 'main', image: 'i:1' }] } },
    running: new Set(name === 'web' ? ['main'] : []),
  }));
  let server: NodeServer;
  let port = 0;
  let dir = '';

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'reckon-server-'));
    await new Promise<void>((resolve) => streaming.listen(0, '127.0.0.1', resolve));
    const address = streaming.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/exec/token`;
    const runtime = new HollowRuntime({ clock: systemClock, seed: 'test', podCidr: '10.244.0.0/24' });
    runtime.exec = async () => url;
    server = new NodeServer({
      host: '127.0.0.1',
      port: 0,
      tls: { ca: certificates.ca, ...certificates.issue('system:node:me') },
      pods: {
        all: () => known,
        find: (namespace, name) => pods.get(`${namespace}/${name}`),
        onContainerEnd: ended,
      },
      machineLogs: join(dir, 'log'),
      runtime,
      clock: systemClock,
      log: silentLogger,
    });
    port = await server.start();
    const logPath = join(dir, '0.log');
    await writeFile(logPath, '2026-01-01T00:00:00Z stdout F hello\n');
    const main = {
      name: 'main',
      id: 'c1',
      running: true,
      logPath,
      waitingReason: undefined,
      previous: undefined,
    };
    const waiting = {
      ...main,
      name: 'waiting',
      id: undefined,
      running: false,
      logPath: undefined,
      waitingReason: 'ErrImagePull',
    };
    pods.set('default/web', { uid: 'u1', sandboxId: 's1', containers: [main, waiting] });
  });

  after(async () => {
    await server.stop();
    streaming.close();
    await rm(dir, { recursive: true });
  });

  function get(path: string, options: RequestOptions = apiserver): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      request(
        { host: '127.0.0.1', port, path, ca: certificates.ca, agent: false, ...options },
        (response) => {
          let body = '';
          response.on('data', (chunk) => {
            body += chunk;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        },
      )
        .on('upgrade', (_response, socket, head) => {
          let text = head.toString();
          socket.on('data', (chunk) => {
            text += chunk;
            if (text.endsWith('ping')) socket.end();
          });
          socket.on('end', () => resolve({ status: 101, body: text }));
          socket.write('ping');
        })
        .on('error', reject)
        .end();
    });
  }

  it('lets only the API server in', async () => {
    assert.deepEqual(await get('/containerLogs/default/web/main', stranger), {
      status: 403,
      body: 'Forbidden\n',
    });
    await assert.rejects(
      get('/containerLogs/default/web/main', {}),
      /certificate required|ECONNRESET|EPIPE/i,
    );
  });

  it('gives logs', async () => {
    assert.deepEqual(await get('/containerLogs/default/web/main'), { status: 200, body: 'hello\n' });
    assert.deepEqual(await get('/containerLogs/default/web/main?follow=true'), {
      status: 200,
      body: 'hello\n',
    });
  });

  it('says why it has no logs', async () => {
    assert.deepEqual(await get('/containerLogs/default/gone/main'), {
      status: 404,
      body: 'pods "gone" not found\n',
    });
    assert.match(
      (await get('/containerLogs/default/web/nope')).body,
      /container nope is not valid for pod web/,
    );
    assert.match(
      (await get('/containerLogs/default/web/waiting')).body,
      /"waiting" in pod "web" is waiting to start: ErrImagePull/,
    );
    assert.match(
      (await get('/containerLogs/default/web/main?previous=true')).body,
      /previous terminated container "main" in pod "web" not found/,
    );
    assert.equal((await get('/containerLogs/default/web/main?tailLines=x')).status, 400);
  });

  it('lists the pods that it knows, and those that run', async () => {
    const listed = async (
      path: string,
    ): Promise<readonly { readonly metadata: { readonly name: string } }[]> =>
      JSON.parse((await get(path)).body).items;
    assert.deepEqual(
      (await listed('/pods')).map(({ metadata }) => metadata.name),
      ['web', 'ended'],
    );
    const { apiVersion: _, kind: __, ...meta } = metadataOf('web');
    const { name, namespace, uid } = meta.metadata;
    const containers = [{ name: 'main', image: 'i:1', resources: {} }];
    assert.deepEqual(await listed('/runningpods/'), [
      { metadata: { name, namespace, uid }, spec: { containers }, status: {} },
    ]);
  });

  it("shows the machine's log files, and nothing that a link leads to outside", async () => {
    await mkdir(join(dir, 'log', 'a&b'), { recursive: true });
    await writeFile(join(dir, 'log', 'a&b', 'c d.log'), 'it works\n');
    await symlink('/etc/passwd', join(dir, 'log', 'out'));
    assert.deepEqual(await get('/logs/'), {
      status: 200,
      body: '<pre>\n<a href="a%26b/">a&#38;b/</a>\n<a href="out">out</a>\n</pre>\n',
    });
    assert.equal((await get('/logs/a%26b/')).body, '<pre>\n<a href="c%20d.log">c d.log</a>\n</pre>\n');
    assert.deepEqual(await get('/logs/a%26b/c%20d.log'), { status: 200, body: 'it works\n' });
    assert.equal((await get('/logs')).status, 301);
    for (const path of [
      '/logs/out',
      '/logs/..%2f0.log',
      '/logs/gone',
      '/logs/a%00',
      '/logs/a%26b/c%20d.log/x',
    ])
      assert.deepEqual(await get(path), { status: 404, body: '404 page not found\n' }, path);
  });

  it('passes exec on to the runtime, handshake and bytes', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
    const { status, body } = await get('/exec/default/web/main?command=sh&output=1', {
      ...apiserver,
      headers,
    });
    assert.equal(status, 101);
    assert.equal(body, '[GET /exec/token HTTP/1.1]ping');
  });

  it('passes on a command as long as the API server lets in', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
    const path = `/exec/default/web/main?command=echo&command=${'a'.repeat(64 * 1024)}&output=1`;
    assert.equal((await get(path, { ...apiserver, headers })).status, 101);
  });

  it('refuses exec into what does not run, before the upgrade', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
    const { status, body } = await get('/exec/default/web/waiting?command=sh', { ...apiserver, headers });
    assert.deepEqual([status, body], [400, 'container not found ("waiting")\n']);
    assert.equal((await get('/elsewhere', { ...apiserver, headers })).status, 404);
  });
});
