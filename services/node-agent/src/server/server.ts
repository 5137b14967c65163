/**
 * The node's own door: logs, exec, attach and port-forward, its pods and the machine's log files, on the paths of a
 * kubelet. Only the API server comes in, by its certificate.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { ApiError } from '@reckon/api';
import type { Runtime } from '@reckon/cri';
import type { Clock, Logger } from '@reckon/service';
import { serveLogFile } from './logs/files.ts';
import { serveLogs } from './logs/serve.ts';
import { boundPods, runningPods } from './pod-lists.ts';
import { refuse, type StreamRequest, streamFlags, streamUrl, tunnel } from './streams.ts';
import type { PodDirectory } from './types.ts';
import { translationOf } from './websocket/protocols.ts';
import { translate } from './websocket/translate.ts';

/** The common name in the API servers' certificates. */
const CALLER = 'system:apiserver';
/** More than the API server lets in: a command is a part of the path, and may be as long as an argument list. */
const MAX_HEAD_BYTES = 128 * 1024;

export interface NodeServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly pods: PodDirectory;
  /** Where the machine keeps its log files. */
  readonly machineLogs: string;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Logger;
}

export class NodeServer {
  readonly #options: NodeServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: NodeServerOptions) {
    this.#options = options;
    const { tls } = options;
    this.#server = createServer({
      ...tls,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      maxHeaderSize: MAX_HEAD_BYTES,
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('request', (request, response) => void this.#answer(request, response));
    this.#server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
  }

  /** Resolves to the port. */
  async start(): Promise<number> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, resolve);
    });
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : port;
  }

  /** Ends every stream. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log } = this.#options;
    try {
      if (!isCaller(request.socket)) return void fail(response, 403, 'Forbidden');
      const url = new URL(request.url ?? '/', 'https://node');
      if (url.pathname === '/healthz') return void response.end('ok');
      if (!(await this.#page(url, request, response))) fail(response, 404, '404 page not found');
    } catch (error) {
      const problem = ApiError.from(error);
      if (problem.reason === 'InternalError') log.error('a request failed', { path: request.url, error });
      if (response.headersSent) response.destroy();
      else fail(response, problem.httpStatus, problem.message);
    }
  }

  /** False: there is no such page. */
  async #page(url: URL, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { pods, clock, machineLogs } = this.#options;
    const [, verb, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    if (verb === 'containerLogs') {
      const [namespace = '', pod = '', container = '', ...more] = rest;
      if (!container || more.length > 0) return false;
      const query = { namespace, pod, container, query: url.searchParams, clock };
      await serveLogs(pods, query, request, response);
    } else if (verb === 'logs') await serveLogFile(machineLogs, url.pathname, response);
    else if (rest.join('') !== '') return false;
    else if (verb === 'pods') json(response, boundPods(pods));
    else if (verb === 'runningpods') json(response, runningPods(pods));
    else return false;
    return true;
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { pods, runtime, log } = this.#options;
    try {
      if (!isCaller(request.socket)) return refuse(socket, 403, 'Forbidden');
      const stream = streamRequest(new URL(request.url ?? '/', 'https://node'));
      if (!stream) return refuse(socket, 404, '404 page not found');
      const url = await streamUrl(pods, runtime, stream);
      const protocol = translationOf(stream.kind, request.headers['sec-websocket-protocol']);
      if (protocol === undefined) return tunnel(url, request, socket, head);
      const flags = streamFlags(stream.query);
      await translate({ protocol, url, flags, message: request, client: socket, head });
    } catch (error) {
      const problem = ApiError.from(error);
      if (problem.reason === 'InternalError') log.error('a stream failed', { path: request.url, error });
      refuse(socket, problem.httpStatus, problem.message);
    }
  }
}

function streamRequest(url: URL): StreamRequest | undefined {
  const [, kind, namespace = '', pod = '', container = '', ...rest] = url.pathname
    .split('/')
    .map(decodeURIComponent);
  const query = url.searchParams;
  if (!namespace || !pod || rest.length > 0) return undefined;
  if (kind === 'portForward' && !container) return { kind, namespace, pod, container, query };
  if ((kind === 'exec' || kind === 'attach') && container) return { kind, namespace, pod, container, query };
  return undefined;
}

function isCaller(socket: Socket): boolean {
  return (
    socket instanceof TLSSocket && socket.authorized && socket.getPeerCertificate().subject?.CN === CALLER
  );
}

function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
}
