import { readFile } from 'node:fs/promises';
import { GrpcApi } from '@reckon/client/grpc/grpc-api.ts';
import { systemClock } from '@reckon/service/system-clock.ts';
import { Client } from './client.ts';
import { ExecCredentials } from './exec-credentials.ts';
import { type KubeconfigContext, readKubeconfig } from './kubeconfig.ts';

/** Where the cluster is and who we are. What is absent comes from the kubeconfig, which is not read if `server` is given. */
export interface ConnectOptions {
  /** Path of a kubeconfig; absent: the environment variable KUBECONFIG, or `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** A context of the kubeconfig; absent: its current one. */
  readonly context?: string | undefined;
  /** `host:port` of the gRPC door. */
  readonly server?: string | undefined;
  /** PEM of the authority that signed the server's certificate; absent: the authorities that Node trusts. */
  readonly certificateAuthority?: string | undefined;
  /** PEM of our certificate and its key. */
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  /** Whom the server's certificate must speak for; absent: the host of `server`. */
  readonly serverName?: string | undefined;
  /** For callers without a certificate. A function is asked at every call, so that the token may change. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Of objects that name none; absent: that of the context, or `default`. */
  readonly namespace?: string | undefined;
  /** Who owns the fields that are written; absent: `reckon-sdk`. */
  readonly fieldManager?: string | undefined;
}

/**
 * A client of one cluster. Connects when first used, and again by itself when the connection is lost; to be closed.
 *
 * Throws an Error if the kubeconfig cannot be read or says what is not understood.
 */
export function connect(options: ConnectOptions = {}): Client {
  const known =
    options.server === undefined
      ? readKubeconfig({ path: options.kubeconfig, context: options.context })
      : undefined;
  const server = options.server ?? known?.server ?? '';
  if (!/^.+:\d+$/.test(server)) throw new Error(`${JSON.stringify(server)} is no server like localhost:6444`);
  // A token that is given is who we want to be: with a certificate, too, the server would believe that one.
  const own = options.token !== undefined || options.clientCertificate !== undefined;
  const identity = own ? options : known;
  const api = new GrpcApi({
    address: server,
    tls: {
      ca: options.certificateAuthority ?? known?.certificateAuthority,
      cert: identity?.clientCertificate,
      key: identity?.clientKey,
      serverName: options.serverName ?? known?.serverName,
    },
    ...(own || !known ? { token: tokenOf(options.token) } : identityOf(known)),
    clock: systemClock,
  });
  return new Client({
    api,
    clock: systemClock,
    namespace: options.namespace ?? known?.namespace ?? 'default',
    fieldManager: options.fieldManager ?? 'reckon-sdk',
  });
}

type Token = () => string | Promise<string>;

function tokenOf(token: ConnectOptions['token']): Token | undefined {
  return typeof token === 'string' ? () => token : token;
}

/** How the kubeconfig's user is known, and what is to be done when the server does not know him. */
function identityOf({ token, tokenFile, exec }: KubeconfigContext): {
  readonly token: Token | undefined;
  readonly refused?: (token: string) => void;
} {
  if (token !== undefined) return { token: () => token };
  if (tokenFile !== undefined) return { token: async () => (await readFile(tokenFile, 'utf8')).trim() };
  if (!exec) return { token: undefined };
  const terminal = process.stdin.isTTY === true;
  const credentials = new ExecCredentials({ config: exec, clock: systemClock, terminal });
  return { token: () => credentials.token(), refused: (refused) => credentials.refused(refused) };
}
