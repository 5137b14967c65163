import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { type Frame, FrameReader } from '../spdy/frames.ts';
import { refuse } from '../streams.ts';
import { CHANNELS_V5, TUNNELED_PORT_FORWARD, translationOf } from './protocols.ts';
import { translate } from './translate.ts';

/** Stands for the runtime: says which streams were opened and what came, and speaks when it is told. */
class Runtime {
  readonly server: Server;
  readonly frames: Frame[] = [];
  socket: Duplex | undefined;
  refuses = false;
  protocol = '';
  #wake = () => {};

  constructor() {
    const reader = new FrameReader((frame) => {
      this.frames.push(frame.kind === 'data' ? { ...frame, bytes: Uint8Array.from(frame.bytes) } : frame);
      this.#wake();
    });
    this.server = createServer();
    this.server.on('upgrade', (request, socket) => {
      if (this.refuses) return refuse(socket, 500, 'no');
      this.protocol = String(request.headers['x-stream-protocol-version']);
      this.socket = socket;
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
      if (this.protocol === 'portforward.k8s.io') socket.pipe(socket);
      else socket.on('data', (chunk: Buffer) => reader.push(chunk));
    });
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** A data frame of the stream. */
  say(stream: number, text: string, fin = false): void {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(stream, 0);
    head.writeUInt32BE((fin ? 0x1_00_00_00 : 0) + text.length, 4);
    this.socket?.write(Buffer.concat([head, Buffer.from(text)]));
  }

  get opened(): readonly string[] {
    return this.frames.flatMap((frame) =>
      frame.kind === 'control' && frame.type === 1
        ? [/streamtype....(\w+)/s.exec(frame.payload.toString('latin1'))?.[1]?.replace(/^\0+/, '') ?? '']
        : [],
    );
  }

  sent(stream: number): { readonly text: string; readonly ended: boolean } {
    const mine = this.frames.flatMap((frame) =>
      frame.kind === 'data' && frame.stream === stream ? [frame] : [],
    );
    return {
      text: Buffer.concat(mine.map(({ bytes }) => bytes)).toString(),
      ended: mine.some(({ fin }) => fin),
    };
  }
}

describe('a WebSocket client', () => {
  let runtime: Runtime;
  const door = createServer();
  const flags = { stdin: true, stdout: true, stderr: true, tty: false };

  before(async () => {
    door.on('upgrade', (message, client, head) => {
      const kind = message.url === '/portForward' ? 'portForward' : 'exec';
      const protocol = translationOf(kind, message.headers['sec-websocket-protocol']);
      assert.ok(protocol);
      const { port } = runtime.server.address() as AddressInfo;
      const url = new URL(`http://127.0.0.1:${port}/token`);
      translate({ protocol, url, flags, message, client, head }).catch((error) =>
        refuse(client, 500, error.message),
      );
    });
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  });
  after(() => door.close());

  async function open(path: string, protocols: readonly string[], refuses = false) {
    runtime = new Runtime();
    runtime.refuses = refuses;
    await new Promise<void>((resolve) => runtime.server.listen(0, '127.0.0.1', resolve));
    const { port } = door.address() as AddressInfo;
    const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, [...protocols]);
    const heard: Buffer[] = [];
    client.on('message', (data: Buffer) => heard.push(data));
    return { client, heard };
  }
  function end(client: WebSocket): void {
    client.terminate();
    runtime.server.close();
  }

  it('of channels has a stream of the runtime for each, and can end its input', async () => {
    const { client, heard } = await open('/exec', [CHANNELS_V5, 'v4.channel.k8s.io']);
    await once(client, 'open');
    assert.equal(client.protocol, CHANNELS_V5);
    await runtime.until(() => runtime.opened.length === 4);
    assert.equal(runtime.protocol, 'v4.channel.k8s.io');
    assert.deepEqual(runtime.opened, ['error', 'stdin', 'stdout', 'stderr']);
    client.send(Buffer.from('\0hello '));
    client.send(Buffer.from('\0world'));
    client.send(Buffer.of(255, 0));
    await runtime.until(() => runtime.sent(3).ended);
    assert.deepEqual(runtime.sent(3), { text: 'hello world', ended: true });
    runtime.say(5, 'out');
    runtime.say(7, 'err');
    // How it ended arrives in pieces there and is one message here.
    runtime.say(1, '{"status":');
    runtime.say(1, '"Success"}', true);
    const closed = once(client, 'close');
    runtime.socket?.end();
    const [code] = await closed;
    assert.equal(code, 1000);
    assert.deepEqual(heard.map(String), ['\u0001out', '\u0002err', '\u0003{"status":"Success"}']);
    end(client);
  });

  it('that goes away takes the connection to the runtime with it', async () => {
    const { client } = await open('/exec', [CHANNELS_V5]);
    await once(client, 'open');
    await runtime.until(() => runtime.opened.length === 4);
    const closed = new Promise((resolve) => runtime.socket?.once('end', resolve));
    client.terminate();
    await closed;
    end(client);
  });

  it('is refused before the upgrade if the runtime refuses', async () => {
    const { client } = await open('/exec', [CHANNELS_V5], true);
    const [error] = await once(client, 'error');
    assert.match(String(error), /Unexpected server response: 500/);
    end(client);
  });

  it('that forwards ports has its bytes passed on as they are', async () => {
    const { client } = await open('/exec', [CHANNELS_V5]);
    await once(client, 'open');
    const { port } = door.address() as AddressInfo;
    const asked = request({
      port,
      path: '/portForward',
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-version': '13',
        // No client library here would send it: it is no token.
        'sec-websocket-protocol': TUNNELED_PORT_FORWARD,
      },
    }).end();
    const [answer, socket] = await once(asked, 'upgrade');
    assert.equal(answer.headers['sec-websocket-protocol'], TUNNELED_PORT_FORWARD);
    const text = Buffer.from('any bytes');
    socket.write(Buffer.concat([Buffer.of(0x82, 0x80 + text.length, 0, 0, 0, 0), text]));
    const [echoed] = await once(socket, 'data');
    assert.deepEqual(echoed, Buffer.concat([Buffer.of(0x82, text.length), text]));
    socket.destroy();
    end(client);
  });

  it('of an older protocol is left to the runtime', () => {
    assert.equal(translationOf('exec', 'v4.channel.k8s.io'), undefined);
    assert.equal(translationOf('exec', undefined), undefined);
    assert.equal(translationOf('portForward', 'v4.channel.k8s.io'), undefined);
  });
});
