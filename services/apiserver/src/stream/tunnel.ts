/** Two connections that have both changed protocols, joined: whatever comes from one goes to the other, unread. */
import type { OutgoingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HeaderList, Upgrade } from '../rest/exchange.ts';
import type { NodeAnswer } from './node-dialer.ts';

/** The headers of a handshake (SPDY/3.1 and RFC 6455). Nothing else of the client's request concerns the agent. */
const HANDSHAKE = /^(upgrade|connection|sec-websocket-.+|x-stream-protocol-version|origin)$/i;

export function forwardedHeaders(headers: HeaderList): OutgoingHttpHeaders {
  const forwarded: Record<string, string[]> = {};
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!HANDSHAKE.test(name)) continue;
    const key = name.toLowerCase();
    const values = forwarded[key];
    if (values) values.push(headers[i + 1] ?? '');
    else forwarded[key] = [headers[i + 1] ?? ''];
  }
  return Object.fromEntries(
    Object.entries(forwarded).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

/** Answers the client with the agent's own 101 and joins the connections. Resolves when both are closed. */
export async function tunnel(
  upgrade: Upgrade,
  answer: Extract<NodeAnswer, { kind: 'upgrade' }>,
  signal: AbortSignal,
): Promise<void> {
  const { socket: client, head } = upgrade;
  const { socket: agent, response } = answer;
  upgrade.taken();
  const lines = [`HTTP/1.1 101 ${response.statusMessage || 'Switching Protocols'}`];
  const { rawHeaders } = response;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  client.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  if (answer.head.length > 0) client.write(answer.head);
  if (head.length > 0) agent.write(head);
  noDelay(client);
  noDelay(agent);
  const cut = () => {
    client.destroy();
    agent.destroy();
  };
  signal.addEventListener('abort', cut, { once: true });
  await joined(client, agent);
  signal.removeEventListener('abort', cut);
}

/** So long a client that says nothing may take to close what the agent has closed, and so much it may still send. */
const LINGER_MS = 10_000;
const LINGER_BYTES = 256 * 1024 * 1024;

/** Passes bytes both ways until both connections are closed. */
function joined(client: Duplex, agent: Duplex): Promise<void> {
  client.pipe(agent);
  agent.pipe(client);
  agent.on('error', () => {
    // 'close' follows.
  });
  const agentClosed = new Promise<void>((resolve) => {
    agent.once('close', () => {
      client.unpipe(agent);
      client.end();
      linger(client);
      resolve();
    });
  });
  const clientClosed = new Promise<void>((resolve) => {
    const done = () => {
      // Nobody is left to read what it says; what was written to it still goes out.
      agent.end();
      agent.resume();
      if (agent.writableFinished) agent.destroy();
      else agent.once('finish', () => agent.destroy());
      resolve();
    };
    if (client.destroyed) done();
    else client.once('close', done);
  });
  return Promise.all([agentClosed, clientClosed]).then(() => {});
}

/**
 * A client may be in the middle of sending when a command ends. Closing at once would make its kernel throw away the
 * last words of the command; so what it sends is read and dropped until it closes.
 */
function linger(client: Duplex): void {
  let droppedBytes = 0;
  client.on('data', (chunk: Uint8Array) => {
    droppedBytes += chunk.length;
    if (droppedBytes > LINGER_BYTES) client.destroy();
  });
  client.resume();
  if (client instanceof Socket) client.setTimeout(LINGER_MS, () => client.destroy());
}

function noDelay(socket: Duplex): void {
  if (socket instanceof Socket) socket.setNoDelay(true);
}
