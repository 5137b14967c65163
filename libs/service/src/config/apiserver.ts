import {
  type ClusterConfig,
  type CommonConfig,
  clusterConfig,
  commonFields,
  type Endpoint,
  endpoint,
  ipAddress,
  type NatsConfig,
  natsConfig,
} from './common.ts';
import { type Decoder, flag, integer, list, optional, record, seconds, text, withDefault } from './decode.ts';

export interface ApiServerConfig extends CommonConfig {
  readonly cluster: ClusterConfig;
  /** `postgres://user:password@host:port/database`, or `postgres:///database?host=/socket/directory&user=…`. */
  readonly databaseUrl: string;
  readonly nats: NatsConfig;
  /** The Kubernetes REST door. */
  readonly rest: Endpoint;
  /** The gRPC door. */
  readonly grpc: Endpoint;
  /** What both doors show to who connects. */
  readonly serverTls: ServerTls;
  /** PEM file of the authority whose client certificates are believed. */
  readonly clientCa: string;
  /** Where pods and other machines reach this server: behind the Service `kubernetes`; never loopback. */
  readonly advertiseAddress: string;
  /** 32 random bytes, base64: wraps the data keys of Secrets. */
  readonly secretsKeyFile: string;
  /** Socket of a key management service that wraps data keys instead: `unix:///run/kms.sock`. */
  readonly secretsKms?: string | undefined;
  readonly serviceAccounts: ServiceAccountConfig;
  readonly authentication: AuthenticationConfig;
  /** PEM file that becomes the ConfigMap `kube-root-ca.crt` of every namespace. */
  readonly caCertFile: string;
  /**
   * How long a pod stays bound to a node that is not ready or unreachable, unless it says so itself (Kubernetes'
   * admission plugin DefaultTolerationSeconds).
   */
  readonly defaultTolerationSeconds: number;
  /**
   * How long the `continue` token of a list is honoured. (The pages themselves could be read for as long as the log is
   * kept, but clients expect to be told to begin anew; etcd's default is five minutes.)
   */
  readonly continueTokenSeconds: number;
  /**
   * Told to stop, it goes on serving for so long while `/readyz` fails already, so that load balancers send clients
   * elsewhere before connections are refused (Kubernetes: `--shutdown-delay-duration`). Absent: not at all.
   */
  readonly shutdownDelaySeconds?: number | undefined;
  /** How long the log is kept. Absent: for ever. */
  readonly retention?: RetentionConfig | undefined;
}

export interface RetentionConfig {
  readonly maxAgeSeconds?: number | undefined;
  /** Of retained history, about. */
  readonly maxBytes?: number | undefined;
  /** Single kinds that are kept for another time. */
  readonly kinds: readonly KindRetention[];
}

export interface KindRetention {
  /** `events`, `leases.coordination.k8s.io`. */
  readonly resource: string;
  readonly maxAgeSeconds: number;
}

export const retentionConfig: Decoder<RetentionConfig> = record<RetentionConfig>({
  maxAgeSeconds: optional(seconds),
  maxBytes: optional(integer(1)),
  kinds: withDefault(list(record<KindRetention>({ resource: text, maxAgeSeconds: seconds })), []),
});

export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

export interface ServiceAccountConfig {
  /** The `iss` of tokens. */
  readonly issuer: string;
  /** PEM private key (PKCS #8) that signs tokens. */
  readonly signingKeyFile: string;
  /** PEM public keys that tokens are checked with: the signing key's own, and those it replaced. */
  readonly verificationKeyFiles: readonly string[];
}

/** Ways to say who one is, beside client certificates and tokens of ServiceAccounts. */
export interface AuthenticationConfig {
  /** File with lines of `token,user name,uid,"group1,group2"`; read at start. */
  readonly tokenFile?: string | undefined;
  /** Secrets of type bootstrap.kubernetes.io/token in kube-system are tokens. */
  readonly bootstrapTokens: boolean;
  readonly oidc?: OidcConfig | undefined;
}

/** An OpenID Connect provider whose ID tokens are believed. */
export interface OidcConfig {
  /** https, exactly as in the tokens' `iss`. */
  readonly issuerUrl: string;
  /** The `aud` of tokens that are for this cluster. */
  readonly clientId: string;
  readonly usernameClaim: string;
  /** Absent: `ISSUER#`, but nothing before the claim `email`. `-`: none. */
  readonly usernamePrefix?: string | undefined;
  /** Absent: a token says nothing of groups. */
  readonly groupsClaim?: string | undefined;
  readonly groupsPrefix: string;
  /** `claim=value`. */
  readonly requiredClaims: readonly string[];
  /** PEM file of the authority that the provider's certificate is from. Absent: those of the system. */
  readonly caFile?: string | undefined;
}

const oidcConfig: Decoder<OidcConfig> = record<OidcConfig>({
  issuerUrl: text,
  clientId: text,
  usernameClaim: withDefault(text, 'sub'),
  usernamePrefix: optional(text),
  groupsClaim: optional(text),
  groupsPrefix: withDefault(text, ''),
  requiredClaims: withDefault(list(text), []),
  caFile: optional(text),
});

export const authenticationConfig: Decoder<AuthenticationConfig> = record<AuthenticationConfig>({
  tokenFile: optional(text),
  bootstrapTokens: withDefault(flag, true),
  oidc: optional(oidcConfig),
});

export const DEFAULT_AUTHENTICATION: AuthenticationConfig = { bootstrapTokens: true };

export const apiServerConfig: Decoder<ApiServerConfig> = record<ApiServerConfig>({
  ...commonFields,
  cluster: clusterConfig,
  databaseUrl: text,
  nats: natsConfig,
  rest: endpoint,
  grpc: endpoint,
  serverTls: record<ServerTls>({ cert: text, key: text }),
  clientCa: text,
  advertiseAddress: ipAddress,
  secretsKeyFile: text,
  secretsKms: optional(text),
  serviceAccounts: record<ServiceAccountConfig>({
    issuer: withDefault(text, 'https://kubernetes.default.svc.cluster.local'),
    signingKeyFile: text,
    verificationKeyFiles: list(text),
  }),
  authentication: withDefault(authenticationConfig, DEFAULT_AUTHENTICATION),
  caCertFile: text,
  defaultTolerationSeconds: withDefault(seconds, 6),
  continueTokenSeconds: withDefault(seconds, 300),
  shutdownDelaySeconds: optional(seconds),
  retention: optional(retentionConfig),
});
