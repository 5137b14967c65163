import type { LogRecord } from '@reckon/api';

/** What the verbs must know of the cluster that they serve. */
export interface ClusterSettings {
  /** IPv4 range of Service addresses, e.g. `10.96.0.0/16`. Its first address is the `kubernetes` Service's. */
  readonly serviceCidr: string;
  /** Both ends are part of the range. */
  readonly nodePorts: { readonly first: number; readonly last: number };
  /** Where pods and outside clients reach this API server: the endpoint of the `kubernetes` Service. */
  readonly advertise: { readonly address: string; readonly port: number; readonly grpcPort: number };
  /** PEM of the cluster CA, published in every namespace as ConfigMap `kube-root-ca.crt`. */
  readonly caBundle: string;
  /** Audiences of ServiceAccount tokens that ask for none; the first is the issuer. */
  readonly apiAudiences: readonly string[];
  /** Longest life of a ServiceAccount token, whatever is asked for. */
  readonly maxTokenSeconds: number;
  /** How long a pod stays on a node that is not ready or unreachable, if it does not say so itself. */
  readonly defaultTolerationSeconds: number;
  /** How long a `continue` token of a list is honoured. */
  readonly continueTokenTtlMs: number;
}

export const DEFAULT_SETTINGS = {
  serviceCidr: '10.96.0.0/16',
  nodePorts: { first: 30_000, last: 32_767 },
  maxTokenSeconds: 365 * 24 * 3600,
  defaultTolerationSeconds: 6,
  continueTokenTtlMs: 5 * 60_000,
} as const;

/** Version of the form in which objects are written into the log (`LogRecord.schemaVersion`). */
export const SCHEMA_VERSION: LogRecord['schemaVersion'] = 1;
