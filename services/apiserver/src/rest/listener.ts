/** One TLS port that speaks HTTP/2 and HTTP/1.1, as the client chooses (RFC 7301). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { DEFAULT_CIPHERS, type TLSSocket } from 'node:tls';
import { certificateUser } from '../auth/client-certificate.ts';
import type { Exchange, Peer } from './exchange.ts';
import { Http1Exchange } from './http1.ts';
import { Http2Exchange } from './http2.ts';
import { isReadOverWebSocket, isStreamUpgrade, UpgradeExchange } from './upgrade.ts';
import { WebSocketExchange } from './websocket-exchange.ts';
import { MAX_BODY_BYTES } from './writes.ts';

export interface ListenerSettings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM: the server's certificate with what stands between it and the CA. */
  readonly certificate: string;
  readonly privateKey: string;
  /** PEM of the cluster's CA: the only one whose client certificates count. */
  readonly clientAuthority: string;
  readonly handle: (exchange: Exchange) => void;
}

/** Idle connections are kept for longer than clients keep theirs, so that no request meets a closing connection. */
const KEEP_ALIVE_MS = 120_000;
/** The fastest of the good ones first: with lists of megabytes the cipher is most of the work. */
const CIPHERS = `TLS_AES_128_GCM_SHA256:${DEFAULT_CIPHERS}`;
const MAX_HEAD_BYTES = 64 * 1024;

type ConnectionListener = (this: Server, socket: TLSSocket) => void;

export class Listener {
  readonly #settings: ListenerSettings;
  readonly #server: Server;
  readonly #peers = new WeakMap<Duplex, Peer>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #upgraded = new Set<Duplex>();

  private constructor(settings: ListenerSettings) {
    this.#settings = settings;
    const server = createServer({
      cert: settings.certificate,
      key: settings.privateKey,
      ca: settings.clientAuthority,
      requestCert: true,
      // Who has no certificate may have a token: the authenticator decides.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ciphers: CIPHERS,
      honorCipherOrder: true,
      ALPNProtocols: ['h2', 'http/1.1'],
      maxHeaderSize: MAX_HEAD_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 60_000,
      requestTimeout: 120_000,
      noDelay: true,
      shouldUpgradeCallback: isStreamUpgrade,
    });
    this.#server = server;
    const http1 = server.listeners('secureConnection') as ConnectionListener[];
    server.removeAllListeners('secureConnection');
    server.on('secureConnection', (socket: TLSSocket) => {
      const peer = { certificateUser: certificateUser(socket), address: socket.remoteAddress ?? '' };
      if (socket.alpnProtocol === 'h2') return this.#http2(socket, peer);
      this.#peers.set(socket, peer);
      for (const listener of http1) listener.call(server, socket);
    });
    server.on('request', (request, response) => settings.handle(this.#http1(request, response)));
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      // Who asks before sending too much is told so without sending it.
      if (!(Number(request.headers['content-length']) > MAX_BODY_BYTES)) response.writeContinue();
      settings.handle(this.#http1(request, response));
    });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgraded.add(socket);
      socket.once('close', () => this.#upgraded.delete(socket));
      const Upgraded = isReadOverWebSocket(request) ? WebSocketExchange : UpgradeExchange;
      settings.handle(new Upgraded(request, socket, head, this.#peers.get(socket) ?? UNKNOWN));
    });
  }

  /** Resolves once it listens; rejects if the port is taken. */
  static async open(settings: ListenerSettings): Promise<Listener> {
    const listener = new Listener(settings);
    const server = listener.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: settings.host, port: settings.port, backlog: 4_096 }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Exchanges the server's certificate, for connections to come. */
  renew(pems: {
    readonly certificate: string;
    readonly privateKey: string;
    readonly clientAuthority: string;
  }): void {
    this.#server.setSecureContext({ cert: pems.certificate, key: pems.privateKey, ca: pems.clientAuthority });
  }

  /** Accepts no more connections, and tells the clients of the present ones to go: GOAWAY, `Connection: close`. */
  refuse(): void {
    this.#server.close();
    this.#server.closeIdleConnections();
    for (const session of this.#sessions) session.close();
  }

  /** Resolves when every connection is closed; what is not by itself is cut. */
  async close(): Promise<void> {
    const server = this.#server;
    const closed = server.listening
      ? new Promise<void>((resolve) => {
          server.close(() => resolve());
        })
      : Promise.resolve();
    for (const socket of this.#upgraded) socket.destroy();
    for (const session of this.#sessions) session.destroy();
    server.closeAllConnections();
    await closed;
  }

  #http1(request: IncomingMessage, response: ServerResponse): Http1Exchange {
    return new Http1Exchange(request, response, this.#peers.get(request.socket) ?? UNKNOWN);
  }

  #http2(socket: TLSSocket, peer: Peer): void {
    const session = performServerHandshake(socket, {
      settings: {
        maxConcurrentStreams: 250,
        initialWindowSize: 1024 * 1024,
        maxHeaderListSize: MAX_HEAD_BYTES,
      },
    }) as ServerHttp2Session;
    this.#sessions.add(session);
    session.on('close', () => this.#sessions.delete(session));
    session.on('error', () => socket.destroy());
    session.on('stream', (stream: ServerHttp2Stream, headers, flags) => {
      this.#settings.handle(new Http2Exchange(stream, headers, flags, peer));
    });
  }
}

const UNKNOWN: Peer = { certificateUser: undefined, address: '' };
