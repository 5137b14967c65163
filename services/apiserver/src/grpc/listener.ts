/** The port of the gRPC door: mutual TLS, or TLS with a token. */
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import {
  type ConnectionInjector,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Clock } from '@reckon/service';
import { certificateUser } from '../auth/client-certificate.ts';
import type { Peer } from '../rest/exchange.ts';
import { PING_LIMITS, type PingLimits, PingPolicy } from './ping-policy.ts';

export interface GrpcListenerSettings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM, as in the REST door. */
  readonly certificate: string;
  readonly privateKey: string;
  readonly clientAuthority: string;
  readonly clock: Clock;
  readonly limits?: Partial<GrpcLimits>;
}

export interface GrpcLimits {
  /** A request of more is refused with RESOURCE_EXHAUSTED. A transaction has many objects. */
  readonly maxReceiveBytes: number;
  /** Calls of one connection at once; a client keeps more of them back. */
  readonly maxConcurrentStreams: number;
  /** A client that has not answered for so long is asked whether it is there… */
  readonly keepaliveMs: number;
  /** …and after so long without an answer is taken for gone. */
  readonly keepaliveTimeoutMs: number;
  /** What clients may ask. */
  readonly pings: PingLimits;
}

const LIMITS: GrpcLimits = {
  maxReceiveBytes: 16 * 1024 * 1024,
  maxConcurrentStreams: 1_000,
  keepaliveMs: 30_000,
  keepaliveTimeoutMs: 10_000,
  pings: PING_LIMITS,
};

export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/**
 * The sockets are ours and only then given to gRPC: so a connection's certificate is looked at once, and who has none
 * may come with a token.
 */
export class GrpcListener {
  readonly #tls: TlsServer;
  readonly #server: Server;
  readonly #injector: ConnectionInjector;
  readonly #peers = new Map<string, Peer>();
  readonly #sockets = new Set<Socket>();
  readonly #pings: PingPolicy;
  /** Known still when it listens no more. */
  #port = 0;

  private constructor(settings: GrpcListenerSettings) {
    const limits = { ...LIMITS, ...settings.limits };
    this.#server = new Server({
      'grpc.max_receive_message_length': limits.maxReceiveBytes,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': limits.maxConcurrentStreams,
      'grpc.keepalive_time_ms': limits.keepaliveMs,
      'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
      'grpc-node.flow_control_window': 4 * 1024 * 1024,
      'grpc.enable_channelz': 0,
    });
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#tls = createServer({
      cert: settings.certificate,
      key: settings.privateKey,
      ca: settings.clientAuthority,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['h2'],
      noDelay: true,
    });
    this.#pings = new PingPolicy(settings.clock, limits.pings, ({ socket }) => {
      const { remoteAddress, remotePort, localPort } = socket;
      return localPort === this.#port && this.#peers.has(`${remoteAddress}:${remotePort}`);
    });
    this.#tls.on('secureConnection', (socket: TLSSocket) => this.#accept(socket));
    this.#tls.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Resolves once it listens; rejects if the port is taken. `services` are made knowing who is at the other end. */
  static async open(
    settings: GrpcListenerSettings,
    services: (peerOf: (address: string) => Peer | undefined) => readonly GrpcService[],
  ): Promise<GrpcListener> {
    const listener = new GrpcListener(settings);
    for (const { definition, implementation } of services((address) => listener.#peers.get(address)))
      listener.#server.addService(definition, implementation);
    const tls = listener.#tls;
    await new Promise<void>((resolve, reject) => {
      tls.once('error', reject);
      tls.listen({ host: settings.host, port: settings.port, backlog: 4_096 }, () => {
        tls.off('error', reject);
        listener.#port = listener.port;
        resolve();
      });
    });
    return listener;
  }

  get port(): number {
    return (this.#tls.address() as AddressInfo).port;
  }

  /** Accepts no more connections and sends GOAWAY on the present ones; calls that run go on for so long at most. */
  refuse(graceMs: number): void {
    this.#tls.close();
    this.#injector.drain(graceMs);
  }

  async close(): Promise<void> {
    this.#pings.stop();
    this.#injector.destroy();
    this.#server.forceShutdown();
    const closed = this.#tls.listening
      ? new Promise<void>((resolve) => {
          this.#tls.close(() => resolve());
        })
      : Promise.resolve();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: TLSSocket): void {
    const address = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#peers.set(address, { certificateUser: certificateUser(socket), address });
    socket.once('close', () => this.#peers.delete(address));
    socket.on('error', () => {
      // The peer reset the connection; 'close' follows and gRPC cancels its calls.
    });
    this.#injector.injectConnection(socket);
  }
}
