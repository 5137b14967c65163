import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Stands between a store and Postgres, and loses what it is told to lose. */
export class SocketProxy {
  readonly directory: string;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #refusing = false;
  /** Ends a connection instead of passing an answer on, if it says so. */
  #loses: ((answer: Buffer) => boolean) | undefined;
  /** Keeps a request back, if it says so. */
  #keeps: ((request: Buffer) => boolean) | undefined;
  readonly #kept: { readonly server: Socket; readonly request: Buffer }[] = [];

  private constructor(target: string) {
    this.directory = mkdtempSync(join(tmpdir(), 'reckon-proxy-'));
    this.#server = createServer((client) => this.#accept(client, target));
  }

  static async create(postgresDirectory: string): Promise<SocketProxy> {
    const proxy = new SocketProxy(socketIn(postgresDirectory));
    proxy.#server.listen(socketIn(proxy.directory));
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The next answer that is as described is lost, and the connection with it. Resolves when that happens. */
  loseAnswer(wanted: (answer: Buffer) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#loses = (answer) => {
        if (!wanted(answer)) return false;
        this.#loses = undefined;
        resolve();
        return true;
      };
    });
  }

  /**
   * The next request that is as described is kept back, and the connection breaks for the client only. What is returned
   * by the promise lets the request go on its way after all.
   */
  keepRequest(wanted: (request: Buffer) => boolean): Promise<() => Promise<void>> {
    return new Promise((resolve) => {
      this.#keeps = (request) => {
        if (!wanted(request)) return false;
        this.#keeps = undefined;
        setImmediate(() => resolve(() => this.#release()));
        return true;
      };
    });
  }

  /** Nobody gets through any more, until `admit`. */
  refuse(): void {
    this.#refusing = true;
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  admit(): void {
    this.#refusing = false;
  }

  async close(): Promise<void> {
    this.refuse();
    this.#server.close();
    await once(this.#server, 'close');
    rmSync(this.directory, { recursive: true, force: true });
  }

  #accept(client: Socket, target: string): void {
    if (this.#refusing) {
      client.destroy();
      return;
    }
    const server = createConnection(target);
    const pair = { client, server };
    this.#pairs.add(pair);
    client.on('data', (request: Buffer) => {
      if (this.#keeps?.(request)) {
        this.#kept.push({ server, request });
        client.removeAllListeners('close');
        client.destroy();
      } else server.write(request);
    });
    server.on('data', (answer: Buffer) => {
      if (this.#loses?.(answer)) {
        client.destroy();
        server.destroy();
      } else client.write(answer);
    });
    client.on('close', () => server.end());
    server.on('close', () => {
      client.destroy();
      this.#pairs.delete(pair);
    });
    for (const socket of [client, server]) socket.on('error', () => undefined);
  }

  async #release(): Promise<void> {
    for (const { server, request } of this.#kept.splice(0)) {
      server.write(request);
      server.end();
      await once(server, 'close');
    }
  }
}

function socketIn(directory: string): string {
  return join(directory, '.s.PGSQL.5432');
}
