import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { ApiError } from '@reckon/api';
import type { Runtime } from '@reckon/cri';
import { findContainer, findPod } from './find.ts';
import type { PodDirectory } from './types.ts';

export interface StreamRequest {
  readonly kind: 'exec' | 'attach' | 'portForward';
  readonly namespace: string;
  readonly pod: string;
  /** Empty for portForward. */
  readonly container: string;
  readonly query: URLSearchParams;
}

/** Which of a container's streams a client wants. */
export interface StreamFlags {
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export function streamFlags(query: URLSearchParams): StreamFlags {
  const on = (...names: readonly string[]) =>
    names.some((name) => query.get(name) === '1' || query.get(name) === 'true');
  const tty = on('tty');
  return {
    tty,
    stdin: on('input', 'stdin'),
    stdout: on('output', 'stdout'),
    // A terminal has one output: CRI refuses stderr beside it.
    stderr: on('error', 'stderr') && !tty,
  };
}

/** Where the runtime serves the stream. */
export async function streamUrl(pods: PodDirectory, runtime: Runtime, request: StreamRequest): Promise<URL> {
  const { query } = request;
  if (request.kind === 'portForward') {
    const { sandboxId } = findPod(pods, request);
    if (sandboxId === undefined) throw new ApiError('BadRequest', `pod ${request.pod} is not running`);
    // WebSocket clients name the ports in the query, SPDY clients in each stream.
    return new URL(await runtime.portForward(sandboxId, ports(query)));
  }
  const { container } = findContainer(pods, request);
  if (container.id === undefined || !container.running) {
    throw new ApiError('BadRequest', `container not found ("${request.container}")`);
  }
  const stream = streamFlags(query);
  const url =
    request.kind === 'attach'
      ? await runtime.attach(container.id, stream)
      : await runtime.exec(container.id, { ...stream, command: query.getAll('command') });
  return new URL(url);
}

/** As `port=80&port=443` or `port=80,443`. */
function ports(query: URLSearchParams): readonly number[] {
  return query.getAll('port').flatMap((text) =>
    text.split(',').map((each) => {
      const port = Number(each);
      if (!Number.isInteger(port) || port < 1 || port > 65_535)
        throw new ApiError('BadRequest', `port must be 1 to 65535, not "${each}"`);
      return port;
    }),
  );
}

/** Hands the client's request to the runtime as it came, and from then on passes bytes both ways. */
export function tunnel(url: URL, message: IncomingMessage, client: Duplex, head: Buffer): void {
  const upstream = connect({
    host: url.hostname,
    port: Number(url.port),
    allowHalfOpen: true,
    noDelay: true,
  });
  upstream.once('connect', () => {
    upstream.write(requestHead(url, message));
    if (head.length > 0) upstream.write(head);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  upstream.on('error', (error) => {
    if (upstream.connecting) refuse(client, 502, `the container runtime does not answer: ${error.message}`);
    else client.destroy();
  });
  client.on('error', () => upstream.destroy());
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => client.end());
}

function requestHead(url: URL, message: IncomingMessage): string {
  const lines = [`${message.method} ${url.pathname}${url.search} HTTP/1.1`, `Host: ${url.host}`];
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    const name = message.rawHeaders[i] ?? '';
    // Origin would be checked by the runtime's WebSocket server against its own address.
    if (/^(host|origin|authorization|cookie)$/i.test(name)) continue;
    lines.push(`${name}: ${message.rawHeaders[i + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** An HTTP answer on a socket whose upgrade is refused. */
export function refuse(client: Duplex, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`);
  client.end(
    `HTTP/1.1 ${status} ${status === 502 ? 'Bad Gateway' : 'Error'}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}
