import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Exchange, HeaderList, Peer, ResponseStream, Upgrade } from './exchange.ts';

const STREAMS = /\/pods\/[^/]+\/(exec|attach|portforward)$/;
/** What is answered with a stream that a WebSocket can carry: logs, and watches of either form. */
const READ_STREAMS = /\/pods\/[^/]+\/log$|^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/watch\//;
const WATCH_FLAG = /[?&]watch=(?:true|1)(?:&|$)/;
/** Browsers can send a token in no other header: https://kubernetes.io/docs/reference/access-authn-authz/ */
const TOKEN_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';
/** What runs behind a proxy may speak whatever it likes. */
const PROXY = /\/(pods|services|nodes)\/[^/]+\/proxy(\/|$)/;

/** True for the requests whose connection becomes a stream of other bytes; any other Upgrade header is ignored. */
export function isStreamUpgrade(request: IncomingMessage): boolean {
  const [path = ''] = (request.url ?? '').split('?', 1);
  const wanted = request.headers.upgrade?.toLowerCase();
  return (
    wanted !== undefined &&
    (PROXY.test(path) ||
      isReadOverWebSocket(request) ||
      ((wanted === 'websocket' || wanted === 'spdy/3.1') && STREAMS.test(path)))
  );
}

/** True for what a client reads over a WebSocket: the server frames it. */
export function isReadOverWebSocket(request: IncomingMessage): boolean {
  const url = request.url ?? '';
  const [path = ''] = url.split('?', 1);
  return (
    request.method === 'GET' &&
    request.headers.upgrade?.toLowerCase() === 'websocket' &&
    !PROXY.test(path) &&
    !STREAMS.test(path) &&
    (READ_STREAMS.test(path) || WATCH_FLAG.test(url))
  );
}

/** An exchange whose connection may be taken over. As long as it is not, it can be answered like any other. */
export class UpgradeExchange implements Exchange {
  readonly peer: Peer;
  readonly upgrade: Upgrade;
  /** The WebSocket subprotocols that the client offers. */
  readonly protocols: readonly string[];
  status = 0;
  protected readonly request: IncomingMessage;
  readonly #socket: Duplex;
  readonly #token: string | undefined;

  constructor(request: IncomingMessage, socket: Duplex, head: Buffer, peer: Peer) {
    this.request = request;
    this.#socket = socket;
    this.peer = peer;
    const offered = offeredProtocols(request);
    this.protocols = offered.filter((each) => !each.startsWith(TOKEN_PROTOCOL));
    this.#token = offered.find((each) => each.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length);
    this.upgrade = {
      socket,
      head,
      headers: this.#token === undefined ? request.rawHeaders : withProtocols(request, this.protocols),
      taken: () => {
        this.status = 101;
      },
    };
    socket.on('error', () => {
      // The peer reset the connection: 'close' follows, and that is what everybody waits for.
    });
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  get url(): string {
    return this.request.url ?? '/';
  }

  get answered(): boolean {
    return this.status !== 0;
  }

  get gone(): boolean {
    return this.#socket.destroyed;
  }

  header(name: string): string | undefined {
    if (name === 'authorization' && this.#token !== undefined && !this.request.headers.authorization)
      return `Bearer ${Buffer.from(this.#token, 'base64url').toString()}`;
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  headerNames(): Iterable<string> {
    return Object.keys(this.request.headers);
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

function offeredProtocols({ headers }: IncomingMessage): readonly string[] {
  const offered = headers['sec-websocket-protocol']?.split(',') ?? [];
  return offered.map((each) => each.trim()).filter((each) => each !== '');
}

/** The headers without the token: whoever the request is passed on to has no business with it. */
function withProtocols({ rawHeaders }: IncomingMessage, protocols: readonly string[]): HeaderList {
  const headers: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    if (name.toLowerCase() !== 'sec-websocket-protocol') headers.push(name, value);
  }
  return protocols.length > 0 ? [...headers, 'Sec-WebSocket-Protocol', protocols.join(', ')] : headers;
}
