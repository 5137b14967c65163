import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { type ChannelCredentials, Client, credentials } from '@grpc/grpc-js';

/** PEM, as text. */
export interface ClientTls {
  /** Absent: the authorities that Node trusts. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Whom the server's certificate must speak for; absent: the host of the address. */
  readonly serverName?: string | undefined;
}

export interface ChannelOptions {
  /** `host:port` of the gRPC door. */
  readonly address: string;
  /** Absent: in the clear, which no API server answers. */
  readonly tls?: ClientTls | undefined;
}

/** A dead API server is noticed within these two together. */
const KEEPALIVE_MS = 10_000;
const KEEPALIVE_TIMEOUT_MS = 5_000;

/**
 * A transaction answers with all that it wrote. Who cannot take the answer would think that nothing was written: it is
 * four times what the API server takes as a request.
 */
const MAX_RECEIVE_BYTES = 64 * 1024 * 1024;

/** Said to a server that is reached by its IP address: TLS knows no addresses as names (RFC 6066, section 3). */
const NAME_OF_ADDRESSES = 'kubernetes.default.svc';

export function openChannel({ address, tls }: ChannelOptions): Client {
  const host = tls?.serverName ?? hostOf(address);
  return new Client(address, channelCredentials(host, tls), {
    ...(tls && isIP(host) ? { 'grpc.ssl_target_name_override': NAME_OF_ADDRESSES } : {}),
    ...(tls?.serverName && !isIP(host) ? { 'grpc.ssl_target_name_override': host } : {}),
    'grpc.max_receive_message_length': MAX_RECEIVE_BYTES,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.min_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_channelz': 0,
    'grpc-node.flow_control_window': 4 * 1024 * 1024,
  });
}

/** The certificate has to speak for the host that was asked for, be it a name or an address. */
function channelCredentials(host: string, tls: ClientTls | undefined): ChannelCredentials {
  if (!tls) return credentials.createInsecure();
  const { ca, cert, key } = tls;
  return credentials.createSsl(
    ca ? Buffer.from(ca) : null,
    key ? Buffer.from(key) : null,
    cert ? Buffer.from(cert) : null,
    { checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate) },
  );
}

/** `[::1]:6444` → `::1`. */
function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}
