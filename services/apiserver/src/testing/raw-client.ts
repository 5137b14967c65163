/** Plain HTTPS to a test's API server: nothing between the test and the bytes of the answer. */
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import type { Pem } from '../doors/testing/pki.ts';

export interface RawCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface RawClientOptions {
  readonly port: number;
  /** PEM of the CA that the server's certificate must be of. */
  readonly authority: string;
  readonly as: Pem;
}

/** Whoever calls, over whichever HTTP. */
export interface Caller {
  call(path: string, call?: RawCall): Promise<RawAnswer>;
}

export class RawClient implements Caller {
  readonly #options: RawClientOptions;

  constructor(options: RawClientOptions) {
    this.#options = options;
  }

  /** Resolves with the whole answer; of a watch, with all that came until the server ended it. */
  call(path: string, { method = 'GET', headers = {}, body }: RawCall = {}): Promise<RawAnswer> {
    const { port, authority, as } = this.#options;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port,
        path,
        method,
        headers: { ...length, ...headers },
        ca: authority,
        cert: as.certificate,
        key: as.privateKey,
        agent: false,
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const { statusCode: status = 0, headers: answered } = response;
          resolve({ status, headers: answered, bytes, text: bytes.toString() });
        });
      });
      sent.end(body);
    });
  }
}
