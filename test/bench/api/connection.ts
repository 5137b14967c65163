/** A lean client: raw keep-alive TLS sockets, requests built beforehand, answers counted and not parsed. */
import { connect, type TLSSocket } from 'node:tls';

export interface Access {
  readonly port: number;
  /** PEM. */
  readonly authority: string;
  readonly certificate: string;
  readonly privateKey: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /content-length: (\d+)/i;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

export function head(method: string, path: string, more: readonly string[] = []): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: bench', 'Accept: application/json', ...more, '', ''].join(
    '\r\n',
  );
}

export function withBody(method: string, path: string, contentType: string, body: string): Buffer {
  const headers = [`Content-Type: ${contentType}`, `Content-Length: ${Buffer.byteLength(body)}`];
  return Buffer.from(head(method, path, headers) + body);
}

/** Resolves once the handshake is done. */
export function openSocket(access: Access): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: access.port,
      ca: access.authority,
      cert: access.certificate,
      key: access.privateKey,
      ALPNProtocols: ['http/1.1'],
    });
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once('secureConnect', () => resolve(socket));
  });
}

/** One request after the other. */
export class Connection {
  readonly #socket: TLSSocket;
  #pending:
    | { readonly resolve: (bytes: number) => void; readonly reject: (error: Error) => void }
    | undefined;
  #head: Buffer | undefined;
  #missingBytes = 0;
  #bodyBytes = 0;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#pending?.reject(error));
  }

  static async open(access: Access): Promise<Connection> {
    return new Connection(await openSocket(access));
  }

  /** Resolves to the length of the body once all of it is here; rejects unless the answer is a success. */
  send(request: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#missingBytes > 0) {
      this.#missingBytes -= chunk.length;
    } else {
      const all = this.#head ? Buffer.concat([this.#head, chunk]) : chunk;
      const end = all.indexOf(HEAD_END);
      this.#head = end < 0 ? all : undefined;
      if (end < 0) return;
      const text = all.toString('latin1', 0, end);
      if (!text.startsWith('HTTP/1.1 2')) {
        this.#pending?.reject(new Error(all.toString('utf8', 0, 600)));
        return;
      }
      this.#bodyBytes = Number(LENGTH.exec(text)?.[1] ?? 0);
      this.#missingBytes = this.#bodyBytes - (all.length - end - HEAD_END.length);
    }
    if (this.#missingBytes === 0) this.#pending?.resolve(this.#bodyBytes);
  }
}

/** A watch whose events are counted: each is a line, and the lines of chunked encoding end otherwise. */
export class Watcher {
  readonly #socket: TLSSocket;
  #last = 0;
  events = 0;

  private constructor(socket: TLSSocket, seen: (watcher: Watcher) => void) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) {
        const before = at === 0 ? this.#last : chunk[at - 1];
        if (before !== RETURN) this.events++;
      }
      this.#last = chunk[chunk.length - 1] ?? 0;
      seen(this);
    });
  }

  /** Resolves once the watch stands. */
  static async open(access: Access, path: string, seen: (watcher: Watcher) => void): Promise<Watcher> {
    const socket = await openSocket(access);
    const stands = new Promise<void>((resolve) => socket.once('data', () => resolve()));
    socket.write(head('GET', path));
    const watcher = new Watcher(socket, seen);
    await stands;
    return watcher;
  }

  close(): void {
    this.#socket.destroy();
  }
}
