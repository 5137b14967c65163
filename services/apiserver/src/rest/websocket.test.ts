import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import type { Pem } from '../doors/testing/pki.ts';
import { RestTestServer } from '../doors/testing/rest-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/shop/configmaps';
const TEXT = 0x81;
const PONG = 0x8a;
const CLOSE = 0x88;

let rest: RestTestServer;

before(async () => {
  rest = await RestTestServer.start(() => ({
    streams: new Map([
      [
        'pods/log',
        {
          handle: async ({ exchange }) => {
            const out = exchange.stream(200, ['Content-Type', 'text/plain']);
            out.write(Buffer.from('a line\n'));
            out.write(Buffer.alloc(70_000, '.'));
            out.end();
          },
        },
      ],
    ]),
  }));
});

after(() => rest.stop());

interface Frame {
  readonly head: number;
  readonly payload: Buffer;
}

/** What a browser would be to the server: it offers protocols, and reads frame by frame. */
class Client {
  readonly answer: IncomingMessage;
  readonly socket: Duplex;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer;

  private constructor(answer: IncomingMessage, socket: Duplex, head: Buffer) {
    this.answer = answer;
    this.socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
    this.#rest = head;
  }

  static async open(path: string, protocols: readonly string[] = [], as?: Pem | null): Promise<Client> {
    const request = rest.open(path, {
      ...(as === undefined ? {} : { as }),
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...(protocols.length > 0 ? { 'sec-websocket-protocol': protocols.join(', ') } : {}),
      },
    });
    request.end();
    return new Promise((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (refused) => reject(new Error(`answered ${refused.statusCode}`)));
      request.on('upgrade', (answer, socket, head) => resolve(new Client(answer, socket, head)));
    });
  }

  send(opcode: number, payload: string): void {
    const mask = Buffer.from([1, 2, 3, 4]);
    const masked = Buffer.from(payload).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
    this.socket.write(Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, masked]));
  }

  async read(): Promise<Frame> {
    const [head = 0, short = 0] = await this.#take(2);
    const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
    const long = await this.#take(lengthBytes);
    const payload = await this.#take(
      lengthBytes > 0 ? long.readUIntBE(Math.max(0, lengthBytes - 6), Math.min(lengthBytes, 6)) : short,
    );
    return { head, payload };
  }

  async event(): Promise<{
    readonly type: string;
    readonly object: { readonly metadata: { readonly name: string } };
  }> {
    const { head, payload } = await this.read();
    assert.equal(head, TEXT);
    return JSON.parse(payload.toString());
  }

  async #take(bytes: number): Promise<Buffer> {
    while (this.#rest.length < bytes) {
      const { value, done } = await this.#chunks.next();
      assert.ok(!done, 'the connection ended in the middle of a frame');
      this.#rest = Buffer.concat([this.#rest, value]);
    }
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return taken;
  }
}

async function create(name: string): Promise<void> {
  const { status } = await rest.call(CONFIG_MAPS, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }),
  });
  assert.equal(status, 201);
}

describe('over a WebSocket', () => {
  it('a watch is a message an event, until the client closes', async () => {
    const client = await Client.open(`${CONFIG_MAPS}?watch=true`);
    // RFC 6455, 1.3: the answer to the key of its own example.
    assert.equal(client.answer.headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    await create('one');
    await create('two');
    const events = [await client.event(), await client.event()];
    assert.deepEqual(
      events.map(({ type, object }) => [type, object.metadata.name]),
      [
        ['ADDED', 'one'],
        ['ADDED', 'two'],
      ],
    );
    client.send(0x2, 'whatever a client says is read past');
    client.send(0x9, 'still there?');
    assert.deepEqual(await client.read(), { head: PONG, payload: Buffer.from('still there?') });
    assert.equal(rest.inFlight.longRunning, 1);
    client.send(0x8, '');
    assert.equal((await client.read()).head, CLOSE);
    while (rest.inFlight.longRunning > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('a control frame that claims to be longer than one may be ends the connection', async () => {
    const client = await Client.open(`${CONFIG_MAPS}?watch=true`);
    const gone = new Promise((resolve) => client.socket.once('close', resolve));
    client.socket.resume();
    // A ping of 16 MiB, as its head says: what follows must not be gathered.
    client.socket.write(Buffer.from([0x89, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4]));
    await gone;
    while (rest.inFlight.longRunning > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('a watch that is refused is an ordinary answer', async () => {
    const jane = await rest.authority.client('jane');
    await assert.rejects(Client.open(`${CONFIG_MAPS}?watch=true`, [], jane), { message: 'answered 403' });
  });

  it('a log is bytes, or base64 for who asks for that, and ends with a close', async () => {
    const path = '/api/v1/namespaces/default/pods/one/log?follow=true';
    const client = await Client.open(path, ['binary.k8s.io']);
    assert.equal(client.answer.headers['sec-websocket-protocol'], 'binary.k8s.io');
    assert.deepEqual(await client.read(), { head: 0x82, payload: Buffer.from('a line\n') });
    assert.equal((await client.read()).payload.length, 70_000);
    assert.deepEqual(await client.read(), { head: CLOSE, payload: Buffer.from([3, 232]) });
    const base64 = await Client.open(path, ['base64.binary.k8s.io']);
    assert.deepEqual(await base64.read(), { head: TEXT, payload: Buffer.from(btoa('a line\n')) });
    base64.socket.destroy();
  });

  it('a browser says who it is by a protocol that holds its token', async () => {
    rest.uids.set('serviceaccounts/shop/cart', 'uid-1');
    const { token } = await rest.tokens.issue({
      namespace: 'shop',
      serviceAccount: 'cart',
      serviceAccountUid: 'uid-1',
      audiences: [],
      expirationSeconds: 600,
    });
    const encoded = Buffer.from(token).toString('base64url');
    const protocols = [`base64url.bearer.authorization.k8s.io.${encoded}`, 'binary.k8s.io'];
    const client = await Client.open(`${CONFIG_MAPS}?watch=1`, protocols, null);
    assert.equal(client.answer.headers['sec-websocket-protocol'], 'binary.k8s.io');
    client.socket.destroy();
    await assert.rejects(Client.open(`${CONFIG_MAPS}?watch=1`, ['binary.k8s.io'], null), /answered 40[13]/);
  });
});
