import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Random } from '@reckon/service';
import type { Endpoint, ServicePort } from './types.ts';

const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'] as const;

export interface LoopbackProxyOptions {
  readonly random: Random;
  /** A node port that something else on the machine holds on loopback. */
  readonly onPortTaken: (address: string, port: number, error: Error) => void;
}

interface Listening {
  readonly servers: readonly Server[];
  readonly sockets: Set<Socket>;
  endpoints: readonly Endpoint[];
}

/**
 * Answers TCP node ports on 127.0.0.1 and ::1. The kernel will not translate loopback addresses without opening a
 * hole for neighbours (CVE-2020-8558), and cannot translate IPv6 to IPv4 at all, so these two are carried by hand.
 */
export class LoopbackProxy {
  readonly #options: LoopbackProxyOptions;
  readonly #ports = new Map<number, Listening>();

  constructor(options: LoopbackProxyOptions) {
    this.#options = options;
  }

  /** Opens and closes listeners so that exactly these node ports answer. Resolves when they do. */
  async set(ports: readonly ServicePort[]): Promise<void> {
    const wanted = new Map<number, readonly Endpoint[]>();
    for (const port of ports) {
      if (port.nodePort && port.protocol === 'tcp') wanted.set(port.nodePort, port.endpoints);
    }
    for (const [nodePort, listening] of this.#ports) {
      const endpoints = wanted.get(nodePort);
      if (endpoints) listening.endpoints = endpoints;
      else this.#close(nodePort, listening);
    }
    const opening = [...wanted].filter(([nodePort]) => !this.#ports.has(nodePort));
    await Promise.all(opening.map(([nodePort, endpoints]) => this.#open(nodePort, endpoints)));
  }

  stop(): void {
    for (const [nodePort, listening] of this.#ports) this.#close(nodePort, listening);
  }

  async #open(nodePort: number, endpoints: readonly Endpoint[]): Promise<void> {
    const servers: Server[] = [];
    const listening: Listening = { servers, sockets: new Set(), endpoints };
    this.#ports.set(nodePort, listening);
    await Promise.all(
      LOOPBACK_ADDRESSES.map(async (host) => {
        const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
          this.#accept(socket, listening),
        );
        servers.push(server);
        await new Promise<void>((resolve) => {
          server.once('error', (error) => {
            this.#options.onPortTaken(host, nodePort, error);
            resolve();
          });
          // Agents of one cluster on one machine share the port.
          server.listen({ host, port: nodePort, ipv6Only: true, reusePort: true }, resolve);
        });
      }),
    );
  }

  #close(nodePort: number, listening: Listening): void {
    this.#ports.delete(nodePort);
    for (const server of listening.servers) server.close();
    for (const socket of listening.sockets) socket.destroy();
  }

  #accept(client: Socket, listening: Listening): void {
    const { endpoints, sockets } = listening;
    const endpoint = endpoints[Math.floor(this.#options.random.next() * endpoints.length)];
    if (!endpoint) return void client.resetAndDestroy();
    const upstream = connect({ host: endpoint.ip, port: endpoint.port, allowHalfOpen: true, noDelay: true });
    for (const [socket, peer] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      // A broken side breaks the other: what the application would see without a proxy in between.
      socket.on('error', () => peer.resetAndDestroy());
      socket.on('close', () => sockets.delete(socket));
      socket.pipe(peer);
    }
  }
}
