/**
 * `v5.channel.k8s.io`: the first byte of a message is the channel that it belongs to; a message on channel 255 ends
 * the channel that its second byte names. Each channel is a stream of the runtime's.
 */
import type { WebSocket } from 'ws';
import { type OutStream, SpdyConnection } from '../spdy/connection.ts';
import type { StreamFlags } from '../streams.ts';
import type { Upstream } from './translate.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;
const CLOSE = 255;

/** More than this waiting for a slow client, and the runtime is not read any further. */
const MAX_WAITING_BYTES = 1024 * 1024;
const NORMAL_CLOSURE = 1000;

export function passChannels(client: WebSocket, { socket, head }: Upstream, flags: StreamFlags): void {
  const spdy = new SpdyConnection(socket, head);
  const send = (channel: number, bytes: Uint8Array) => {
    if (client.readyState !== client.OPEN) return;
    client.send(Buffer.concat([Buffer.of(channel), bytes]), () => {
      if (client.bufferedAmount <= MAX_WAITING_BYTES && socket.isPaused()) socket.resume();
    });
    if (client.bufferedAmount > MAX_WAITING_BYTES) socket.pause();
  };
  const open = (streamType: string, channel: number): OutStream =>
    spdy.open(new Map([['streamtype', streamType]]), {
      data: (bytes) => send(channel, bytes),
      end: () => {},
    });

  // The runtime expects exactly those that were asked for. How it ended is one message, be it in pieces there.
  const last: Uint8Array[] = [];
  spdy.open(new Map([['streamtype', 'error']]), {
    data: (bytes) => void last.push(Uint8Array.from(bytes)),
    end: () => {
      if (last.length > 0) send(ERROR, Buffer.concat(last.splice(0)));
    },
  });
  const input = new Map<number, OutStream>();
  if (flags.stdin) input.set(STDIN, open('stdin', STDIN));
  if (flags.stdout) open('stdout', STDOUT);
  if (flags.stderr) open('stderr', STDERR);
  if (flags.tty) input.set(RESIZE, open('resize', RESIZE));

  client.on('message', (data) => {
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    const [channel, ended] = bytes;
    if (channel === CLOSE) input.get(ended ?? CLOSE)?.end();
    else if (channel !== undefined && input.get(channel)?.write(bytes.subarray(1)) === false) {
      client.pause();
      socket.once('drain', () => client.resume());
    }
  });
  client.once('close', () => socket.destroy());
  socket.once('close', () => client.close(NORMAL_CLOSURE));
}
