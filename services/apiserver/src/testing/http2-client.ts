/** The same plain calls as `RawClient`, all of them streams of one HTTP/2 connection. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
} from 'node:http2';
import type { Caller, RawAnswer, RawCall, RawClientOptions } from './raw-client.ts';

export class Http2Client implements Caller {
  readonly session: ClientHttp2Session;

  constructor({ port, authority, as }: RawClientOptions) {
    this.session = connect(`https://127.0.0.1:${port}`, {
      ca: authority,
      cert: as.certificate,
      key: as.privateKey,
    });
    // What is under way hears of it, too.
    this.session.on('error', () => {});
  }

  close(): void {
    this.session.destroy();
  }

  /** A stream whose body is still to be sent, and its answer to be read. */
  open(path: string, { method = 'GET', headers = {} }: RawCall = {}): ClientHttp2Stream {
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    return this.session.request(
      { ':path': path, ':method': method, ...Object.fromEntries(lower) },
      { endStream: false },
    );
  }

  call(path: string, call: RawCall = {}): Promise<RawAnswer> {
    const stream = this.open(path, call);
    const answer = answerOf(stream);
    stream.end(call.body);
    return answer;
  }
}

/** Resolves with the whole answer. */
export function answerOf(stream: ClientHttp2Stream): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let headers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('error', reject);
    stream.on('response', (received) => {
      headers = received;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A head that is all of the answer may be told of after its end.
    stream.on('close', () => {
      const bytes = Buffer.concat(chunks);
      const { ':status': status = '0' } = headers;
      resolve({ status: Number(status), headers, bytes, text: bytes.toString() });
    });
  });
}
