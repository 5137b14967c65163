import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { SupervisorStatus } from './types.ts';

export interface ControlOptions {
  readonly socketPath: string;
  readonly status: () => SupervisorStatus;
  readonly stop: (names: readonly string[]) => Promise<void>;
  readonly shutdown: () => Promise<void>;
}

/**
 * How the command line talks to the supervisor, over a unix socket that only its owner may open:
 * GET /status, GET /watch (a line of JSON now and after each change), POST /stop?names=a,b, POST /shutdown.
 */
export class ControlServer {
  readonly #options: ControlOptions;
  readonly #watchers = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(`${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
  #announced = false;

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    rmSync(this.#options.socketPath, { force: true });
    const before = process.umask(0o077);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen(this.#options.socketPath, resolve);
      });
    } finally {
      process.umask(before);
    }
  }

  /** Tells the watchers; several changes in one turn are one line. */
  changed(): void {
    if (this.#announced) return;
    this.#announced = true;
    setImmediate(() => {
      this.#announced = false;
      for (const watcher of this.#watchers) this.#tell(watcher);
    });
  }

  close(): void {
    for (const watcher of this.#watchers) {
      this.#tell(watcher);
      watcher.end();
    }
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://supervisor');
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /status':
        response.end(JSON.stringify(this.#options.status()));
        return;
      case 'GET /watch':
        this.#watchers.add(response);
        response.on('close', () => this.#watchers.delete(response));
        this.#tell(response);
        return;
      case 'POST /stop':
        await this.#options.stop((url.searchParams.get('names') ?? '').split(',').filter(Boolean));
        response.end();
        return;
      case 'POST /shutdown':
        await this.#options.shutdown();
        response.end();
        return;
      default:
        response.writeHead(404).end();
    }
  }

  #tell(watcher: ServerResponse): void {
    watcher.write(`${JSON.stringify(this.#options.status())}\n`);
  }
}
