/**
 * Watches and logs over WebSocket, as browsers ask for them: whatever is answered with success becomes messages, a
 * watch event each or a piece of a log each; a refusal is an ordinary HTTP answer.
 */
import { WebSocket, WebSocketServer } from 'ws';
import type { HeaderList, ResponseStream } from './exchange.ts';
import { drained } from './http1.ts';
import { UpgradeExchange } from './upgrade.ts';

/** Messages as they are, and as text in base64: the subprotocols of Kubernetes for streams of bytes. */
const BINARY_PROTOCOL = 'binary.k8s.io';
const BASE64_PROTOCOL = 'base64.binary.k8s.io';
const NEWLINE = 0x0a;
/** RFC 6455, 7.4.1: the purpose is fulfilled. */
const NORMAL_CLOSURE = 1000;
/** Of a client's message, which nobody reads. */
const MAX_MESSAGE_BYTES = 64 * 1024;

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
    if (status !== 200) return super.stream(status, headers);
    const { socket } = this.upgrade;
    const protocol = this.#protocol();
    const client = this.#accept(protocol);
    const messages = messagesOf(contentType(headers), protocol);
    return {
      write(chunk, written) {
        if (client?.readyState !== WebSocket.OPEN) return false;
        const all = messages(chunk);
        for (const [at, message] of all.entries())
          client.send(message, at + 1 === all.length ? written : undefined);
        return !socket.writableNeedDrain;
      },
      drained: () => drained(socket),
      end: () => client?.close(NORMAL_CLOSURE),
      destroy: () => socket.destroy(),
    };
  }

  /** Undefined if what the client asks with is no handshake: it has been told. */
  #accept(protocol: string | undefined): WebSocket | undefined {
    const { socket, head } = this.upgrade;
    const server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      handleProtocols: () => protocol ?? false,
    });
    let accepted: WebSocket | undefined;
    this.upgrade.taken();
    server.handleUpgrade(this.request, socket, Buffer.from(head), (client) => {
      accepted = client;
      client.on('error', () => socket.destroy());
      // Both have said goodbye: nobody waits for a client that does not hang up.
      socket.once('finish', () => socket.destroy());
    });
    return accepted;
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

/** Texts become text messages, bytes binary ones. */
function messagesOf(
  type: string,
  protocol: string | undefined,
): (chunk: Uint8Array) => readonly (string | Uint8Array)[] {
  if (type.startsWith('application/json')) return (chunk) => lines(Buffer.from(chunk));
  if (protocol === BASE64_PROTOCOL) return (chunk) => [Buffer.from(chunk).toString('base64')];
  return (chunk) => [chunk];
}

/** Watch events come several at once, each a line. */
function lines(chunk: Buffer): readonly string[] {
  const found: string[] = [];
  for (let start = 0; start < chunk.length; ) {
    const newline = chunk.indexOf(NEWLINE, start);
    const end = newline < 0 ? chunk.length : newline + 1;
    found.push(chunk.toString('utf8', start, end));
    start = end;
  }
  return found;
}
