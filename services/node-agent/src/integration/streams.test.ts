import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { NODES } from '@reckon/client';
import { BUSYBOX_IMAGE as image } from '@reckon/cri/testing/busybox.ts';
import { whyNoContainerd } from '@reckon/cri/testing/containerd.ts';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import { silentLogger, systemClock } from '@reckon/service';
import { LogRotation } from '../logs/rotation.ts';
import { testCertificates } from '../server/testing/certificates.ts';
import { RealNode } from '../testing/real-node.ts';

const sh = (script: string) => ({ name: 'main', image, command: ['sh', '-c', script] });

describe('logs and streams on containerd', { skip: whyNoContainerd() ?? false, concurrency: 4 }, () => {
  const certificates = testCertificates();
  const caller = { ca: certificates.ca, ...certificates.issue('system:apiserver') };
  let node: RealNode;
  let port = 0;
  before(async () => {
    const tls = { ca: certificates.ca, ...certificates.issue('system:node:stream') };
    node = await RealNode.start({
      name: 'stream',
      subnet: 17,
      agent: { server: { host: '127.0.0.1', port: 0, tls } },
    });
    port = node.api.find<Node>(NODES, '', 'stream')?.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  });
  after(() => node.stop());

  const options = (path: string, more: RequestOptions = {}): RequestOptions => {
    return { host: '127.0.0.1', port, path, ...caller, checkServerIdentity: () => undefined, ...more };
  };
  const get = (path: string, onData: (text: string) => void = () => {}) =>
    new Promise<{ readonly status: number | undefined; readonly text: string }>((resolve, reject) => {
      request(options(path), (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
          onData(text);
        });
        response.on('end', () => resolve({ status: response.statusCode, text }));
        response.on('error', reject);
      })
        .on('error', reject)
        .end();
    });
  const until = (name: string, phase: string) => node.until(name, (pod) => pod?.status?.phase === phase);

  it('a log is what the container wrote, whole lines however long', async () => {
    node.create('log', {
      restartPolicy: 'Never',
      containers: [sh('echo one; head -c 20000 /dev/zero | tr "\\0" x; echo; echo err >&2')],
    });
    await until('log', 'Succeeded');
    const { text } = await get('/containerLogs/default/log/main');
    assert.deepEqual(
      text
        .split('\n')
        .map((line) => line.length)
        .sort((a, b) => a - b),
      [0, 3, 3, 20_000],
    );
    // The two outputs reach the runtime through pipes of their own: either may come last.
    const last = text.split('\n').at(-2);
    assert.equal((await get('/containerLogs/default/log/main?tailLines=1')).text, `${last}\n`);
    assert.match(
      (await get('/containerLogs/default/log/main?timestamps=true')).text,
      /^\d{4}-\d\d-\d\dT[\d:.]+\S* one$/m,
    );
  });

  it('a log that is followed ends with its container, and nothing is missing', async () => {
    node.create('follow', {
      restartPolicy: 'Never',
      containers: [sh('for i in $(seq 1 50); do echo line $i; sleep 0.02; done')],
    });
    await until('follow', 'Running');
    const { text } = await get('/containerLogs/default/follow/main?follow=true');
    assert.deepEqual(
      text.trim().split('\n'),
      Array.from({ length: 50 }, (_, i) => `line ${i + 1}`),
    );
  });

  it('the log of the instance before can be read, and that of a container that never ran cannot', async () => {
    node.create('again', { containers: [sh('echo run; exit 1')] });
    await node.until('again', (pod) => pod?.status?.containerStatuses?.[0]?.restartCount === 1);
    assert.equal((await get('/containerLogs/default/again/main?previous=true')).text, 'run\n');
    node.create('unborn', { containers: [{ name: 'main', image: 'x:1', imagePullPolicy: 'Never' }] });
    await node.untilEvent('unborn', 'Failed: Error: ErrImageNeverPull');
    const refused = await get('/containerLogs/default/unborn/main');
    assert.equal(refused.status, 400);
    assert.match(refused.text, /^container "main" in pod "unborn" is waiting to start/);
  });

  it('a log is followed over its rotation, and old files are removed', async () => {
    node.create('rotate', { containers: [sh('i=0; while :; do i=$((i+1)); echo $i; sleep 0.005; done')] });
    await node.ready('rotate');
    const worker = node.agent.pods?.byName('default', 'rotate');
    const instance = worker?.memory.containers[0];
    const path = worker && instance && worker.deps.host.logPath(worker.model, instance);
    assert.ok(worker && instance && path);
    const { runtime } = node.containerd;
    let seconds = 0;
    // Names of rotated files have seconds in them: each rotation gets one of its own.
    const clock = { ...systemClock, nowMs: () => Date.UTC(2026, 0, 1) + seconds * 1_000 };
    const logs = () => [{ id: instance.id, path }];
    const rotation = new LogRotation({ runtime, clock, log: silentLogger, logs, maxBytes: 1, maxFiles: 3 });
    let rotating: Promise<void> | undefined;
    const following = get('/containerLogs/default/rotate/main?follow=true&limitBytes=2000', (text) => {
      if (text.length < (seconds + 1) * 300 || rotating) return;
      seconds++;
      rotating = rotation.rotate().finally(() => {
        rotating = undefined;
      });
    });
    const numbers = (await following).text.split('\n').slice(0, -1).map(Number);
    assert.ok(seconds >= 4, `rotated ${seconds} times`);
    assert.deepEqual(
      numbers.slice(0, -1),
      Array.from({ length: numbers.length - 1 }, (_, i) => i + 1),
    );
    await rotating;
    const files = (await readdir(path.replace(/\/[^/]*$/, ''))).length;
    assert.ok(files <= 3, `${files} files`);
  });

  it('a command runs in the container over WebSocket, with input, both outputs and its exit code', async () => {
    node.create('exec', { containers: [{ name: 'main', image, command: ['sleep', '3600'] }] });
    await node.ready('exec');
    const query = new URLSearchParams([
      ['command', 'sh'],
      ['command', '-c'],
      ['command', 'read line; echo "got $line"; echo err >&2; exit 3'],
      ['input', '1'],
      ['output', '1'],
      ['error', '1'],
    ]);
    const socket = await upgrade(`/exec/default/exec/main?${query}`, 'v4.channel.k8s.io');
    socket.write(frame(Buffer.concat([Buffer.from([0]), Buffer.from('hello\n')])));
    const channels = await messages(socket);
    assert.equal(channels.get(1), 'got hello\n');
    assert.equal(channels.get(2), 'err\n');
    assert.match(channels.get(3) ?? '', /"ExitCode","message":"3"/);
  });

  it('a port of a pod is reached over WebSocket', async () => {
    node.create('port', {
      containers: [sh('mkdir /tmp/w; echo page > /tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w')],
    });
    await node.until('port', (pod) => pod?.status?.phase === 'Running');
    await node.exec('port', 'sh', '-c', 'until wget -qO- http://127.0.0.1:8080/; do sleep 0.05; done');
    const socket = await upgrade('/portForward/default/port?port=8080', 'v4.channel.k8s.io');
    socket.write(frame(Buffer.concat([Buffer.from([0]), Buffer.from('GET / HTTP/1.0\r\n\r\n')])));
    assert.match((await messages(socket)).get(0) ?? '', /page\n$/);
  });

  it('who is not the API server gets nothing', async () => {
    const stranger = certificates.issue('system:node:other');
    const status = await new Promise((resolve) => {
      request(options('/containerLogs/default/log/main', stranger), (response) =>
        resolve(response.statusCode),
      ).end();
    });
    assert.equal(status, 403);
    // And who has no certificate does not even get that far.
    const plain = createServer();
    plain.close();
    await assert.rejects(
      new Promise((resolve, reject) => {
        request(options('/healthz', { cert: undefined, key: undefined }), resolve)
          .on('error', reject)
          .end();
      }),
    );
  });

  function upgrade(path: string, protocol: string): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const headers = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': Buffer.alloc(16).toString('base64'),
        'sec-websocket-version': '13',
        'sec-websocket-protocol': protocol,
      };
      const sent = request(options(path, { headers }), (response) => {
        reject(new Error(`answered ${response.statusCode}`));
      });
      sent.on('upgrade', (_response, socket, head) => {
        socket.unshift(head);
        resolve(socket);
      });
      sent.on('error', reject);
      sent.end();
    });
  }
});

/** A binary WebSocket message from a client: masked (RFC 6455), here with zeros. */
function frame(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x82, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/** Everything that comes until the end, by its channel: the first byte of each message. */
async function messages(socket: Duplex): Promise<ReadonlyMap<number, string>> {
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('close', resolve);
    socket.on('end', resolve);
    socket.on('error', () => resolve());
  });
  const bytes = Buffer.concat(chunks);
  const channels = new Map<number, string>();
  for (let at = 0; at + 2 <= bytes.length; ) {
    const opcode = (bytes[at] ?? 0) & 0x0f;
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const head = short === 126 ? 4 : 2;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    const payload = bytes.subarray(at + head, at + head + length);
    const channel = payload[0] ?? -1;
    if (opcode === 2 || opcode === 1) {
      channels.set(channel, (channels.get(channel) ?? '') + payload.subarray(1).toString());
    }
    at += head + length;
  }
  return channels;
}
