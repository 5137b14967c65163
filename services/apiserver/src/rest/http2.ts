import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Readable } from 'node:stream';
import type { Exchange, HeaderList, Peer, ResponseStream } from './exchange.ts';
import { drained } from './http1.ts';
import { readBody } from './read-body.ts';

/** An exchange over HTTP/2: one stream of a session. */
export class Http2Exchange implements Exchange {
  readonly peer: Peer;
  status = 0;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  #received: boolean;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, peer: Peer) {
    this.#stream = stream;
    this.#headers = headers;
    this.#received = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    this.peer = peer;
    stream.on('error', () => {
      // The stream was reset: `gone` says so, and whoever waits hears it from 'close'.
    });
  }

  get method(): string {
    return this.#headers[':method'] ?? 'GET';
  }

  get url(): string {
    return this.#headers[':path'] ?? '/';
  }

  get answered(): boolean {
    return this.#stream.headersSent;
  }

  get gone(): boolean {
    return this.#stream.destroyed || this.#stream.aborted;
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  headerNames(): Iterable<string> {
    return Object.keys(this.#headers);
  }

  async readBody(limitBytes: number): Promise<Uint8Array> {
    if (this.#received) return new Uint8Array(0);
    const body = await readBody(this.#stream, this.#headers['content-length'], limitBytes);
    this.#received = true;
    return body;
  }

  bodyStream(): Readable | undefined {
    return this.#received ? undefined : this.#stream;
  }

  respond(status: number, headers: HeaderList, body: Uint8Array | string): void {
    if (this.gone) return;
    this.status = status;
    const head = headObject(status, headers);
    head['content-length'] = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const ends = body.length === 0 || isHeadAlone(this.method, status);
    this.#stream.respond(head, { endStream: ends });
    // A head that is all of the answer has ended the stream. A reset would overtake it, so that the client saw none;
    // who asks so sends no body that would have to be stopped.
    if (ends) {
      this.#stream.resume();
      return;
    }
    this.#stream.end(body);
    this.#stopReceiving();
  }

  stream(status: number, headers: HeaderList): ResponseStream {
    const stream = this.#stream;
    this.status = status;
    const ends = isHeadAlone(this.method, status);
    if (!this.gone) stream.respond(headObject(status, headers), { endStream: ends });
    return {
      write: (chunk, written) => stream.writable && stream.write(chunk, written),
      drained: () => drained(stream),
      end: () => {
        if (ends) {
          stream.resume();
          return;
        }
        stream.end();
        this.#stopReceiving();
      },
      destroy: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    };
  }

  onGone(listener: () => void): void {
    const stream = this.#stream;
    if (this.gone) {
      listener();
      return;
    }
    stream.once('close', () => {
      // A stream that the client resets is ended for us, as if the answer had been complete.
      if (stream.aborted || !stream.writableFinished) listener();
    });
  }

  /** RFC 9113, 8.1: a server that has answered in full tells a client that is still sending to stop. */
  #stopReceiving(): void {
    if (this.#received) return;
    const stream = this.#stream;
    if (stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR);
    else stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
  }
}

/** RFC 9110, 6.4.1: what has no content, whatever its headers say. */
function isHeadAlone(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 205 || status === 304;
}

function headObject(status: number, headers: HeaderList): OutgoingHttpHeaders {
  const head: OutgoingHttpHeaders = { ':status': status };
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    const before = head[name];
    if (before === undefined) head[name] = value;
    else head[name] = Array.isArray(before) ? [...before, value] : [String(before), value];
  }
  return head;
}
