import { randomBytes } from 'node:crypto';
import {
  type AuthenticationConfig,
  authenticationConfig,
  type ClusterConfig,
  cidr,
  clusterConfig,
  type RetentionConfig,
  retentionConfig,
  systemRandom,
} from '@reckon/service';
import { integer, matching, optional, port, record, text } from '@reckon/service/config/decode.ts';
import { CliError } from '../errors.ts';
import { readIfPresent, writeFileAtomically } from './files.ts';
import type { Layout } from './layout.ts';

/** What a cluster is: chosen when it is made, kept in `cluster.json` from then on. */
export interface ClusterSettings {
  readonly cluster: ClusterConfig;
  /** Between this machine and the nodes that live on it in network namespaces: `172.30.0.0/24`. */
  readonly nodeCidr: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly ports: ClusterPorts;
  readonly nodes: NodeCounts;
  readonly passwords: Passwords;
  /** A Postgres of one's own, instead of the one in the state directory. */
  readonly databaseUrl?: string | undefined;
  /** A NATS of one's own. */
  readonly natsUrl?: string | undefined;
  /** How long the log is kept; absent: for ever. */
  readonly retention?: RetentionConfig | undefined;
  /** Who is believed beside certificates and ServiceAccounts; absent: bootstrap tokens. */
  readonly authentication?: AuthenticationConfig | undefined;
  /** Socket of the key management service that wraps the keys of secrets; absent: a file does. */
  readonly secretsKms?: string | undefined;
  /** How long the API server serves on once it is told to stop; absent: not at all. */
  readonly shutdownDelaySeconds?: number | undefined;
}

export interface ClusterPorts {
  /** The Kubernetes API. */
  readonly rest: number;
  readonly grpc: number;
  /** Of the first node's agent; further ones follow. */
  readonly agent: number;
  readonly postgres: number;
  readonly nats: number;
}

export interface NodeCounts {
  /** Nodes that run containers. */
  readonly real: number;
  /** Nodes that only pretend. */
  readonly hollow: number;
}

export interface Passwords {
  readonly postgres: string;
  /** The user that may publish to NATS. */
  readonly natsPublisher: string;
  /** The user that may only read. */
  readonly natsReader: string;
}

const settingsDecoder = record<ClusterSettings>({
  cluster: clusterConfig,
  nodeCidr: cidr,
  createdAt: text,
  ports: record<ClusterPorts>({ rest: port, grpc: port, agent: port, postgres: port, nats: port }),
  nodes: record<NodeCounts>({ real: integer(0, 64), hollow: integer(0, 10_000) }),
  passwords: record<Passwords>({ postgres: text, natsPublisher: text, natsReader: text }),
  databaseUrl: optional(matching(/^postgres(ql)?:/, 'a URL that begins with postgres:')),
  natsUrl: optional(matching(/^(nats|tls):/, 'a URL that begins with nats: or tls:')),
  retention: optional(retentionConfig),
  authentication: optional(authenticationConfig),
  secretsKms: optional(matching(/^unix:/, 'a socket that begins with unix:')),
  shutdownDelaySeconds: optional(integer(0, 3_600)),
});

/** Undefined if there is no cluster here yet. */
export function loadSettings(layout: Layout): ClusterSettings | undefined {
  const source = readIfPresent(layout.clusterFile);
  if (source === undefined) return undefined;
  try {
    return settingsDecoder(JSON.parse(source), '');
  } catch (error) {
    throw new CliError(
      `${layout.clusterFile} is damaged: ${error instanceof Error ? error.message : String(error)}`,
      'put back a good copy of it, or remove the whole state directory to start afresh',
      { cause: error },
    );
  }
}

export function requireSettings(layout: Layout): ClusterSettings {
  const settings = loadSettings(layout);
  if (settings) return settings;
  throw new CliError(`there is no cluster in ${layout.root}`, 'make one with: ./reckon up');
}

export function saveSettings(layout: Layout, settings: ClusterSettings): void {
  writeFileAtomically(layout.clusterFile, `${JSON.stringify(settings, null, 2)}\n`);
}

/** Short, as it is part of the names of network interfaces (15 bytes); unlike any other on this machine by chance. */
export function newClusterId(): string {
  return systemRandom.suffix(6);
}

export function newPassword(): string {
  return randomBytes(24).toString('base64url');
}
