/** Requests from the API server to a node's agent, over mutual TLS. */
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import type { Duplex, Readable } from 'node:stream';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { ApiError } from '@reckon/api';
import type { NodeAddress } from './node-address.ts';

export interface NodeDialerSettings {
  /** PEM of the cluster's CA. */
  readonly authority: string;
  /** PEM of the certificate that says `system:apiserver`. */
  readonly certificate: string;
  readonly privateKey: string;
  readonly connectTimeoutMs: number;
}

export interface NodeRequest {
  readonly address: NodeAddress;
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** Undefined: none. */
  readonly body?: Readable;
  readonly signal: AbortSignal;
}

/** What an agent answers. */
export type NodeAnswer =
  | { readonly kind: 'response'; readonly response: IncomingMessage }
  | {
      readonly kind: 'upgrade';
      readonly response: IncomingMessage;
      readonly socket: Duplex;
      /** What followed the head already. */
      readonly head: Uint8Array;
    };

export class NodeDialer {
  readonly #settings: NodeDialerSettings;

  constructor(settings: NodeDialerSettings) {
    this.#settings = settings;
  }

  /** @throws ApiError InternalError `error dialing backend: …` if the agent cannot be reached or is not who it should be. */
  send(wanted: NodeRequest): Promise<NodeAnswer> {
    const { address, method, path, headers, signal, body } = wanted;
    const { authority, certificate, privateKey, connectTimeoutMs } = this.#settings;
    return new Promise((resolve, reject) => {
      const failed = (cause: Error) => reject(unreachable(address, cause));
      const sent: ClientRequest = request({
        host: address.host,
        port: address.port,
        method,
        path,
        headers,
        agent: false,
        ca: authority,
        cert: certificate,
        key: privateKey,
        checkServerIdentity: (host, shown) => checkNode(host, shown, address.nodeName),
        signal,
      });
      sent.setTimeout(connectTimeoutMs, () => sent.destroy(new Error('i/o timeout')));
      sent.on('error', failed);
      sent.on('response', (response) => {
        sent.setTimeout(0);
        resolve({ kind: 'response', response });
      });
      sent.on('upgrade', (response, socket, head) => {
        socket.setTimeout(0);
        resolve({ kind: 'upgrade', response, socket, head });
      });
      if (body) body.pipe(sent);
      else sent.end();
    });
  }
}

/** Its address must be in the certificate, and the certificate must be of this node and no other. */
function checkNode(host: string, shown: PeerCertificate, nodeName: string): Error | undefined {
  const wrong = checkServerIdentity(host, shown);
  if (wrong) return wrong;
  const expected = `system:node:${nodeName}`;
  if (shown.subject.CN === expected) return undefined;
  return new Error(`the certificate is of ${String(shown.subject.CN)}, not of ${expected}`);
}

function unreachable({ host, port }: NodeAddress, cause: Error): ApiError {
  const code = 'code' in cause ? String(cause.code) : '';
  const why = code === 'ECONNREFUSED' ? 'connect: connection refused' : cause.message;
  return new ApiError(
    'InternalError',
    `error dialing backend: dial tcp ${host}:${port}: ${why}`,
    {},
    { cause },
  );
}
