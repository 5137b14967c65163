import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Exchange, HeaderList, Peer, ResponseStream } from './exchange.ts';
import { readBody } from './read-body.ts';

/** An exchange over HTTP/1.1. */
export class Http1Exchange implements Exchange {
  readonly peer: Peer;
  status = 0;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse, peer: Peer) {
    this.#request = request;
    this.#response = response;
    this.peer = peer;
  }

  get method(): string {
    return this.#request.method ?? 'GET';
  }

  get url(): string {
    return this.#request.url ?? '/';
  }

  get answered(): boolean {
    return this.#response.headersSent;
  }

  get gone(): boolean {
    return this.#response.destroyed;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  headerNames(): Iterable<string> {
    return Object.keys(this.#request.headers);
  }

  readBody(limitBytes: number): Promise<Uint8Array> {
    return readBody(this.#request, this.#request.headers['content-length'], limitBytes);
  }

  bodyStream(): Readable | undefined {
    const { headers } = this.#request;
    const none = headers['transfer-encoding'] === undefined && !Number(headers['content-length']);
    return none ? undefined : this.#request;
  }

  respond(status: number, headers: HeaderList, body: Uint8Array | string): void {
    const response = this.#response;
    this.status = status;
    const lengthBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    response.writeHead(status, [...headers, 'Content-Length', String(lengthBytes)]);
    const request = this.#request;
    if (request.complete) {
      response.end(body);
      return;
    }
    // Refused while it was still being sent: closing now would show the client a reset instead of the answer.
    response.write(body);
    request.once('end', () => response.end());
    request.resume();
  }

  stream(status: number, headers: HeaderList): ResponseStream {
    this.status = status;
    const response = this.#response;
    response.writeHead(status, [...headers]);
    response.flushHeaders();
    return {
      write: (chunk, written) => response.write(chunk, written),
      drained: () => drained(response),
      end: () => response.end(),
      destroy: () => response.destroy(),
    };
  }

  onGone(listener: () => void): void {
    const response = this.#response;
    if (response.destroyed) {
      listener();
      return;
    }
    response.once('close', () => {
      if (!response.writableFinished) listener();
    });
  }
}

/** Waits until a writable takes more, or will never again. */
export function drained(writable: {
  readonly writableNeedDrain: boolean;
  readonly destroyed: boolean;
  once(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}): Promise<void> {
  if (!writable.writableNeedDrain || writable.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      writable.off('drain', done);
      writable.off('close', done);
      resolve();
    };
    writable.once('drain', done);
    writable.once('close', done);
  });
}
