/** A WebSocket client on one side, the container runtime's SPDY on the other. */
import { type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError } from '@reckon/api';
import { type WebSocket, WebSocketServer } from 'ws';
import type { StreamFlags } from '../streams.ts';
import { passChannels } from './channels.ts';
import { CHANNELS_V5, type Translation } from './protocols.ts';
import { passTunnel } from './tunnel.ts';

/** Of one message; kubectl's are 32 KiB. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

export interface Translated {
  readonly protocol: Translation;
  /** Where the runtime serves the stream. */
  readonly url: URL;
  readonly flags: StreamFlags;
  readonly message: IncomingMessage;
  readonly client: Duplex;
  readonly head: Buffer;
}

export interface Upstream {
  readonly socket: Duplex;
  readonly head: Uint8Array;
}

/** @throws ApiError if the runtime refuses; then the client has heard nothing yet. */
export async function translate(wanted: Translated): Promise<void> {
  const { protocol, url, flags, message, client, head } = wanted;
  const upstream = await dial(url, protocol === CHANNELS_V5 ? 'v4.channel.k8s.io' : 'portforward.k8s.io');
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  // That name is no token as RFC 6455 has it, which the library insists on: it is agreed upon beside it.
  const { 'sec-websocket-protocol': _offered, ...headers } = message.headers;
  message.headers = headers;
  server.on('headers', (lines) => lines.push(`Sec-WebSocket-Protocol: ${protocol}`));
  client.once('close', () => upstream.socket.destroy());
  server.handleUpgrade(message, client, head, (socket: WebSocket) => {
    socket.on('error', () => upstream.socket.destroy());
    if (protocol === CHANNELS_V5) passChannels(socket, upstream, flags);
    else passTunnel(socket, upstream);
  });
}

function dial(url: URL, protocol: string): Promise<Upstream> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: url.hostname,
      port: url.port,
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocol },
      agent: false,
    });
    sent.on('error', (cause) => {
      const why = `the container runtime does not answer: ${cause.message}`;
      reject(new ApiError('InternalError', why, {}, { cause }));
    });
    sent.on('response', (response) => {
      response.resume();
      reject(new ApiError('InternalError', `the container runtime answers ${response.statusCode}`));
    });
    sent.on('upgrade', (_response, socket, head) => {
      socket.on('error', () => {
        // 'close' follows.
      });
      resolve({ socket, head });
    });
    sent.end();
  });
}
