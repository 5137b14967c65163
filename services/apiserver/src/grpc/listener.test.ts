/** What the port promises about connections, whichever service is behind it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { createConnection, createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type Clock, systemClock } from '@reckon/service';
import { type Pem, TestAuthority } from '../doors/testing/pki.ts';
import { HEALTH, healthService } from './health-service.ts';
import { type GrpcLimits, GrpcListener } from './listener.ts';

let authority: TestAuthority;
let server: Pem;
let client: Pem;
before(async () => {
  authority = await TestAuthority.create();
  server = await authority.server('127.0.0.1', 'localhost');
  client = await authority.client('jane');
});

/** A port with the health service alone; `watching` says how many watch it. */
async function open(limits: Partial<GrpcLimits>) {
  let watching = 0;
  const clock: Clock = {
    ...systemClock,
    every(periodMs, work) {
      watching++;
      const stop = systemClock.every(periodMs, work);
      return () => {
        watching--;
        stop();
      };
    },
  };
  const listener = await GrpcListener.open(
    { host: '127.0.0.1', port: 0, ...server, clientAuthority: authority.certificate, clock, limits },
    () => [healthService({ probes: { ready: async () => [] }, clock, services: [] })],
  );
  const sessions: ClientHttp2Session[] = [];
  after(async () => {
    for (const session of sessions) session.destroy();
    await listener.close();
  });
  return {
    port: listener.port,
    watching: () => watching,
    connect: async (port = listener.port) => {
      const session = connect(`https://127.0.0.1:${port}`, {
        ca: authority.certificate,
        cert: client.certificate,
        key: client.privateKey,
        servername: 'localhost',
      });
      sessions.push(session);
      session.on('error', () => {});
      await once(session, 'remoteSettings');
      return session;
    },
  };
}

/** Resolves with the status of the call, or with that of its first message. */
async function call(session: ClientHttp2Session, method: string, message = Buffer.alloc(5)) {
  const stream = session.request({
    ':method': 'POST',
    ':path': `/${HEALTH}/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => {});
  let code = '';
  stream.on('response', (head) => {
    code = String(head['grpc-status'] ?? '');
  });
  stream.on('trailers', (trailers) => {
    code = String(trailers['grpc-status']);
  });
  stream.resume();
  stream.end(message);
  await once(stream, method === 'Watch' ? 'data' : 'close');
  return { stream, code };
}

const ping = (session: ClientHttp2Session) =>
  new Promise<boolean>((resolve) => session.ping((error) => resolve(error === null)));

describe('a client that pings', () => {
  test('too often is told to calm down, and loses the connection', async () => {
    const { connect: connected } = await open({ pings: { minIntervalMs: 60_000, maxStrikes: 2 } });
    const session = await connected();
    await call(session, 'Check');
    const told = once(session, 'goaway');
    for (let i = 0; i < 3; i++)
      assert.equal(await ping(session), true, `ping ${i} is within what is allowed`);
    void ping(session);
    const [code, , data] = await told;
    assert.equal(code, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    assert.equal(String(data), 'too_many_pings');
  });

  test('as often as it is answered something is answered that, too', async () => {
    const { connect: connected } = await open({ pings: { minIntervalMs: 60_000, maxStrikes: 2 } });
    const session = await connected();
    for (let i = 0; i < 8; i++) {
      assert.equal((await call(session, 'Check')).code, '0');
      assert.equal(await ping(session), true);
    }
  });

  test('as rarely as it should is answered, for ever', async () => {
    const { connect: connected } = await open({ pings: { minIntervalMs: 0, maxStrikes: 0 } });
    const session = await connected();
    await call(session, 'Check');
    for (let i = 0; i < 8; i++) assert.equal(await ping(session), true);
  });
});

test('a client that is gone without a word is noticed, and its watch is let go', async () => {
  const { port, watching, connect: connected } = await open({ keepaliveMs: 200, keepaliveTimeoutMs: 200 });
  const sockets: Socket[] = [];
  const relay = createServer((near) => {
    const far = createConnection({ host: '127.0.0.1', port });
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  after(() => {
    for (const socket of sockets) socket.destroy();
    relay.close();
  });
  const address = relay.address();
  assert.ok(address !== null && typeof address === 'object');
  await call(await connected(address.port), 'Watch');
  assert.equal(watching(), 1);
  const [near, far] = sockets;
  // Nothing of it passes any more, and nobody says that it has ended.
  near?.unpipe();
  far?.unpipe();
  near?.pause();
  far?.pause();
  const startedMs = systemClock.monotonicMs();
  while (watching() > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(systemClock.monotonicMs() - startedMs < 5_000);
});

test('a connection is told how many calls it may have at once', async () => {
  const { connect: connected } = await open({ maxConcurrentStreams: 2 });
  assert.equal((await connected()).remoteSettings.maxConcurrentStreams, 2);
});

test('a watch that its client leaves is let go', async () => {
  const { connect: connected, watching } = await open({});
  const session = await connected();
  const { stream } = await call(session, 'Watch');
  assert.equal(watching(), 1);
  stream.close(constants.NGHTTP2_CANCEL);
  while (watching() > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('a request that is too large is refused, and the connection goes on', async () => {
  const { connect: connected } = await open({ maxReceiveBytes: 1_000 });
  const session = await connected();
  const message = Buffer.alloc(5 + 1_001);
  message.writeUInt32BE(1_001, 1);
  const RESOURCE_EXHAUSTED = '8';
  assert.equal((await call(session, 'Check', message)).code, RESOURCE_EXHAUSTED);
  assert.equal((await call(session, 'Check')).code, '0');
});
