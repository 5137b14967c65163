import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Exchange, HeaderList, Peer, ResponseStream, Upgrade } from './exchange.ts';

const STREAMS = /\/pods\/[^/]+\/(exec|attach|portforward)$/;
/** What runs behind a proxy may speak whatever it likes. */
const PROXY = /\/(pods|services|nodes)\/[^/]+\/proxy(\/|$)/;

/** True for the requests whose connection becomes a stream of other bytes; any other Upgrade header is ignored. */
export function isStreamUpgrade(request: IncomingMessage): boolean {
  const [path = ''] = (request.url ?? '').split('?', 1);
  const wanted = request.headers.upgrade?.toLowerCase();
  return (
    wanted !== undefined &&
    (PROXY.test(path) || ((wanted === 'websocket' || wanted === 'spdy/3.1') && STREAMS.test(path)))
  );
}

/** An exchange whose connection may be taken over. As long as it is not, it can be answered like any other. */
export class UpgradeExchange implements Exchange {
  readonly peer: Peer;
  readonly upgrade: Upgrade;
  status = 0;
  readonly #request: IncomingMessage;
  readonly #socket: Duplex;

  constructor(request: IncomingMessage, socket: Duplex, head: Buffer, peer: Peer) {
    this.#request = request;
    this.#socket = socket;
    this.peer = peer;
    this.upgrade = {
      socket,
      head,
      headers: request.rawHeaders,
      taken: () => {
        this.status = 101;
      },
    };
    socket.on('error', () => {
      // The peer reset the connection: 'close' follows, and that is what everybody waits for.
    });
  }

  get method(): string {
    return this.#request.method ?? 'GET';
  }

  get url(): string {
    return this.#request.url ?? '/';
  }

  get answered(): boolean {
    return this.status !== 0;
  }

  get gone(): boolean {
    return this.#socket.destroyed;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  headerNames(): Iterable<string> {
    return Object.keys(this.#request.headers);
  }

  readBody(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(0));
  }

  bodyStream(): undefined {
    return undefined;
  }

  respond(status: number, headers: HeaderList, body: Uint8Array | string): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.#writeHead(status, [...headers, 'Content-Length', String(bytes.length)]);
    this.#socket.end(bytes);
  }

  stream(status: number, headers: HeaderList): ResponseStream {
    const socket = this.#socket;
    this.#writeHead(status, headers);
    return {
      write: (chunk, written) => socket.write(chunk, written),
      drained: () => new Promise((resolve) => socket.write('', () => resolve())),
      end: () => socket.end(),
      destroy: () => socket.destroy(),
    };
  }

  onGone(listener: () => void): void {
    if (this.#socket.destroyed) listener();
    else this.#socket.once('close', listener);
  }

  #writeHead(status: number, headers: HeaderList): void {
    this.status = status;
    const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`];
    for (let i = 0; i + 1 < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
    lines.push('Connection: close', '', '');
    this.#socket.write(lines.join('\r\n'), 'latin1');
  }
}
