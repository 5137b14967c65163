import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Metrics } from '../metrics/metrics.ts';
import type { CheckResult, HealthChecks } from './checks.ts';

export interface HealthServerOptions {
  readonly socketPath: string;
  readonly checks: HealthChecks;
  readonly metrics: Metrics;
}

/**
 * /healthz, /readyz and /metrics on a unix socket. The answers read like those of Kubernetes: one `[+]name ok` or
 * `[-]name failed: why` a check, status 200 or 500. It is open as soon as the process runs, long before it is ready.
 */
export async function startHealthServer(options: HealthServerOptions): Promise<() => Promise<void>> {
  // Whoever had this socket is dead: its owner is told by the supervisor, which never runs two of a name.
  rmSync(options.socketPath, { force: true });
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  await listen(server, options.socketPath);
  return () => close(server);
}

async function answer(
  options: HealthServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split('?')[0];
  if (path === '/metrics') {
    const text = await options.metrics.text();
    response.writeHead(200, { 'content-type': options.metrics.contentType }).end(text);
  } else if (path === '/healthz' || path === '/livez') {
    respond(response, path, await options.checks.live());
  } else if (path === '/readyz') {
    respond(response, path, await options.checks.ready());
  } else {
    response.writeHead(404).end('not found: there are /healthz, /readyz and /metrics\n');
  }
}

function respond(response: ServerResponse, path: string, results: readonly CheckResult[]): void {
  const failed = results.some(({ problem }) => problem !== undefined);
  const lines = results.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  const summary = `${path.slice(1)} check ${failed ? 'failed' : 'passed'}`;
  response
    .writeHead(failed ? 500 : 200, { 'content-type': 'text/plain; charset=utf-8' })
    .end(`${[...lines, summary].join('\n')}\n`);
}

function listen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
