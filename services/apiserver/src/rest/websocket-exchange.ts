/**
 * Watches and logs over WebSocket, as browsers ask for them: whatever is answered with success becomes messages, a
 * watch event each or a piece of a log each; a refusal is an ordinary HTTP answer.
 */
import type { HeaderList, ResponseStream } from './exchange.ts';
import { UpgradeExchange } from './upgrade.ts';
import { acceptKey, answerControlFrames, frame, NORMAL_CLOSURE } from './websocket.ts';

/** Messages as they are, and as text in base64: the subprotocols of Kubernetes for streams of bytes. */
const BINARY_PROTOCOL = 'binary.k8s.io';
const BASE64_PROTOCOL = 'base64.binary.k8s.io';
const NEWLINE = 0x0a;

export class WebSocketExchange extends UpgradeExchange {
  override respond(status: number, headers: HeaderList, body: Uint8Array | string): void {
    if (status !== 200) {
      super.respond(status, headers, body);
      return;
    }
    const out = this.stream(status, headers);
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    if (bytes.length > 0) out.write(bytes);
    out.end();
  }

  override stream(status: number, headers: HeaderList): ResponseStream {
    const key = this.header('sec-websocket-key');
    if (status !== 200 || key === undefined) return super.stream(status, headers);
    const protocol = this.#protocol();
    const { socket, head } = this.upgrade;
    this.upgrade.taken();
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${acceptKey(key)}`,
      ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    answerControlFrames(socket, head);
    const messages = messagesOf(contentType(headers), protocol);
    return {
      write: (chunk, written) => socket.writable && socket.write(messages(chunk), written),
      drained: () =>
        new Promise((resolve) => {
          if (socket.writable) socket.write('', () => resolve());
          else resolve();
        }),
      end: () => {
        if (socket.writable) socket.end(frame('close', NORMAL_CLOSURE));
      },
      destroy: () => socket.destroy(),
    };
  }

  /** One that both know; a client that offers but one is taken at its word, as it may know no other. */
  #protocol(): string | undefined {
    const offered = this.protocols;
    const known = offered.find((each) => each === BINARY_PROTOCOL || each === BASE64_PROTOCOL);
    return known ?? (offered.length === 1 ? offered[0] : undefined);
  }
}

function contentType(headers: HeaderList): string {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  return headers[at + 1] ?? '';
}

function messagesOf(type: string, protocol: string | undefined): (chunk: Uint8Array) => Buffer {
  if (type.startsWith('application/json')) return (chunk) => Buffer.concat(lines(chunk).map(textFrame));
  if (protocol === BASE64_PROTOCOL)
    return (chunk) => frame('text', Buffer.from(Buffer.from(chunk).toString('base64')));
  return (chunk) => frame('binary', chunk);
}

function textFrame(line: Uint8Array): Buffer {
  return frame('text', line);
}

/** Watch events come several at once, each a line. */
function lines(chunk: Uint8Array): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let start = 0; start < chunk.length; ) {
    const newline = chunk.indexOf(NEWLINE, start);
    const end = newline < 0 ? chunk.length : newline + 1;
    found.push(chunk.subarray(start, end));
    start = end;
  }
  return found;
}
