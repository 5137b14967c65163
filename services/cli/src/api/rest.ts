import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { CliError } from '../errors.ts';
import { linesOf } from '../output/lines.ts';
import { pkiFiles } from '../pki/cluster-pki.ts';
import type { ClusterSettings } from '../state/cluster.ts';
import type { Layout } from '../state/layout.ts';

/** The Kubernetes API as the command line itself needs it: a few reads as administrator, without a client library. */
export class RestApi {
  readonly #layout: Layout;
  readonly #port: number;

  constructor(layout: Layout, settings: ClusterSettings) {
    this.#layout = layout;
    this.#port = settings.ports.rest;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** The parsed answer; a `CliError` with the server's message if it is not 200. */
  async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const response = await this.#request(path, signal);
    let body = '';
    response.setEncoding('utf8');
    for await (const chunk of response) body += chunk;
    if (response.statusCode === 200) return JSON.parse(body);
    throw new CliError(`the API server answered ${response.statusCode}: ${messageOf(body)}`);
  }

  /** The events of a watch (`path` has `watch=true`), until the server or the signal ends it. */
  async *watch<T>(path: string, signal: AbortSignal): AsyncIterable<T> {
    const response = await this.#request(path, signal);
    if (response.statusCode !== 200) throw new CliError(`the API server answered ${response.statusCode}`);
    for await (const line of linesOf(response, signal)) yield JSON.parse(line);
  }

  #request(path: string, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const pki = pkiFiles(this.#layout.pkiDir);
    return new Promise((resolve, reject) => {
      request(
        {
          host: '127.0.0.1',
          port: this.#port,
          path,
          agent: false,
          signal,
          ca: readFileSync(pki.caCert),
          cert: readFileSync(pki.clients.admin.cert),
          key: readFileSync(pki.clients.admin.key),
          headers: { accept: 'application/json' },
        },
        resolve,
      )
        .on('error', (error) =>
          reject(
            signal?.aborted
              ? error
              : new CliError(
                  `the API server at ${this.url} cannot be reached: ${error.message}`,
                  'see: ./reckon status',
                  {
                    cause: error,
                  },
                ),
          ),
        )
        .end();
    });
  }
}

function messageOf(body: string): string {
  try {
    const status: { message?: string } = JSON.parse(body);
    return status.message ?? body;
  } catch {
    return body.slice(0, 200);
  }
}
