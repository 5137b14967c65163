import { LOG_LEVELS, type LogLevel } from '../log/types.ts';
import {
  ConfigError,
  type Decoder,
  flag,
  integer,
  matching,
  oneOf,
  port,
  record,
  seconds,
  text,
  withDefault,
} from './decode.ts';

/** Paths of PEM files. */
export interface TlsFiles {
  /** Who is trusted on the other side. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What every service is told. */
export interface CommonConfig {
  /** Name of this process in logs, metrics and leader election: `apiserver`, `node-agent-worker-1`. */
  readonly name: string;
  readonly logLevel: LogLevel;
  /** Unix socket of /healthz, /readyz and /metrics; at most 107 bytes long, the limit of the kernel. */
  readonly healthSocket: string;
  /** The certificate the service shows as a client, and the authority it trusts. */
  readonly tls: TlsFiles;
}

/** What is the same on every machine of a cluster. */
export interface ClusterConfig {
  /** Lower-case letters and digits; part of the name of whatever the cluster makes on a host. */
  readonly id: string;
  /** `10.244.0.0/16` */
  readonly podCidr: string;
  /** `10.96.0.0/16`; its first address is the Service `kubernetes`. */
  readonly serviceCidr: string;
  readonly dnsIp: string;
  /** `cluster.local` */
  readonly domain: string;
  readonly nodePortRange: PortRange;
}

export interface PortRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

export interface NatsConfig {
  /** `nats://127.0.0.1:4222`; several servers separated by commas. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

export interface Endpoint {
  /** Address to listen on. */
  readonly host: string;
  readonly port: number;
}

export interface LeaderElectionConfig {
  readonly enabled: boolean;
  /** How long a leader's word counts after its last renewal. */
  readonly leaseSeconds: number;
  /** A leader that could not renew for so long stops by itself; less than `leaseSeconds`. */
  readonly renewDeadlineSeconds: number;
  readonly retrySeconds: number;
}

const IPV4_CIDR = /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/;
const IPV4 = /^(\d{1,3}\.){3}\d{1,3}$/;
/** `sun_path` of Linux is 108 bytes including the closing zero. */
const SOCKET_PATH_MAX_BYTES = 107;

export const tlsFiles: Decoder<TlsFiles> = record<TlsFiles>({ ca: text, cert: text, key: text });

export const socketPath: Decoder<string> = (value, path) => {
  const name = text(value, path);
  if (!name.startsWith('/') || Buffer.byteLength(name) > SOCKET_PATH_MAX_BYTES)
    throw new ConfigError(
      path,
      `must be an absolute path of at most ${SOCKET_PATH_MAX_BYTES} bytes, not ${name}`,
    );
  return name;
};

/** The decoders of `CommonConfig`, to be spread into a service's own. */
export const commonFields: { readonly [K in keyof CommonConfig]-?: Decoder<CommonConfig[K]> } = {
  name: matching(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'lower-case letters, digits, dashes and dots'),
  logLevel: withDefault(oneOf(...LOG_LEVELS), 'info'),
  healthSocket: socketPath,
  tls: tlsFiles,
};

export const cidr: Decoder<string> = matching(IPV4_CIDR, 'an IPv4 network such as 10.244.0.0/16');
export const ipAddress: Decoder<string> = matching(IPV4, 'an IPv4 address');

export const portRange: Decoder<PortRange> = (value, path) => {
  const range = record<PortRange>({ first: integer(1, 65535), last: integer(1, 65535) })(value, path);
  return record<PortRange>({ first: integer(1, 65535), last: integer(range.first, 65535) })(range, path);
};

export const clusterConfig: Decoder<ClusterConfig> = record<ClusterConfig>({
  id: matching(/^[a-z0-9]{1,8}$/, 'one to eight lower-case letters and digits'),
  podCidr: cidr,
  serviceCidr: cidr,
  dnsIp: ipAddress,
  domain: withDefault(text, 'cluster.local'),
  nodePortRange: withDefault(portRange, { first: 30000, last: 32767 }),
});

export const natsConfig: Decoder<NatsConfig> = record<NatsConfig>({ url: text, user: text, password: text });

export const endpoint: Decoder<Endpoint> = record<Endpoint>({ host: text, port });

/** `host:port` of the API server's gRPC door. */
export const dialTarget: Decoder<string> = matching(/^\S+:\d{1,5}$/, 'host:port');

/** Kubernetes' defaults. */
export const leaderElection: Decoder<LeaderElectionConfig> = withDefault(
  record<LeaderElectionConfig>({
    enabled: withDefault(flag, true),
    leaseSeconds: withDefault(seconds, 15),
    renewDeadlineSeconds: withDefault(seconds, 10),
    retrySeconds: withDefault(seconds, 2),
  }),
  { enabled: true, leaseSeconds: 15, renewDeadlineSeconds: 10, retrySeconds: 2 },
);
