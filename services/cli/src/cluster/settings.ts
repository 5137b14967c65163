import { freePort, type PortRange, systemClock } from '@reckon/service';
import { CliError } from '../errors.ts';
import { addressIn, freeClusterNetworks, freeNodeCidr } from '../host/addresses.ts';
import { whyNoContainers } from '../host/machine.ts';
import { type ClusterSettings, newClusterId, newPassword } from '../state/cluster.ts';
import { authenticationFrom } from './authentication.ts';
import { retentionFrom } from './retention.ts';

/** What can be asked for on the command line; what is absent stays as it was, or as is usual. */
export interface UpOptions {
  readonly nodes?: number | undefined;
  readonly hollow?: number | undefined;
  readonly port?: number | undefined;
  readonly grpcPort?: number | undefined;
  readonly agentPort?: number | undefined;
  readonly nodePortRange?: PortRange | undefined;
  readonly podCidr?: string | undefined;
  readonly serviceCidr?: string | undefined;
  readonly databaseUrl?: string | undefined;
  readonly natsUrl?: string | undefined;
  /** `30d`, `30d,events=1h`, `forever`. */
  readonly retention?: string | undefined;
  /** `10GB`, `unlimited`. */
  readonly retentionSize?: string | undefined;
  /** File, or `none`. */
  readonly authentication?: string | undefined;
  /** `unix:///run/kms.sock`. */
  readonly secretsKms?: string | undefined;
  /** Seconds. */
  readonly shutdownDelay?: number | undefined;
}

/** The settings of a new cluster. */
export async function newSettings(options: UpOptions): Promise<ClusterSettings> {
  const usual = options.podCidr && options.serviceCidr ? undefined : freeClusterNetworks();
  const podCidr = options.podCidr ?? usual?.podCidr ?? '';
  const serviceCidr = options.serviceCidr ?? usual?.serviceCidr ?? '';
  const settings: ClusterSettings = {
    cluster: {
      id: newClusterId(),
      podCidr,
      serviceCidr,
      dnsIp: addressIn(serviceCidr, 10),
      domain: 'cluster.local',
      nodePortRange: options.nodePortRange ?? { first: 30_000, last: 32_767 },
    },
    nodeCidr: freeNodeCidr(),
    createdAt: new Date(systemClock.nowMs()).toISOString(),
    ports: {
      rest: options.port ?? 6443,
      grpc: options.grpcPort ?? 6444,
      agent: options.agentPort ?? 10_250,
      postgres: await freePort(),
      nats: await freePort(),
    },
    nodes: { real: options.nodes ?? (options.hollow === undefined ? 1 : 0), hollow: options.hollow ?? 0 },
    passwords: { postgres: newPassword(), natsPublisher: newPassword(), natsReader: newPassword() },
    databaseUrl: options.databaseUrl,
    natsUrl: options.natsUrl,
    retention: retentionFrom(undefined, options),
    authentication: authenticationFrom(undefined, options.authentication),
    secretsKms: options.secretsKms,
    shutdownDelaySeconds: options.shutdownDelay,
  };
  return checked(settings);
}

/** What a cluster that exists already becomes. Its networks cannot change: objects carry their addresses. */
export function changedSettings(present: ClusterSettings, options: UpOptions): ClusterSettings {
  const { podCidr, serviceCidr } = present.cluster;
  for (const [option, value, asked] of [
    ['--pod-cidr', podCidr, options.podCidr],
    ['--service-cidr', serviceCidr, options.serviceCidr],
  ] as const)
    if (asked !== undefined && asked !== value)
      throw new CliError(
        `this cluster was made with ${option} ${value}, which cannot change`,
        'leave the option away, or make another cluster with another --state',
      );
  return checked({
    ...present,
    cluster: { ...present.cluster, nodePortRange: options.nodePortRange ?? present.cluster.nodePortRange },
    ports: {
      ...present.ports,
      rest: options.port ?? present.ports.rest,
      grpc: options.grpcPort ?? present.ports.grpc,
      agent: options.agentPort ?? present.ports.agent,
    },
    nodes: {
      real: options.nodes ?? present.nodes.real,
      hollow: options.hollow ?? present.nodes.hollow,
    },
    databaseUrl: options.databaseUrl ?? present.databaseUrl,
    natsUrl: options.natsUrl ?? present.natsUrl,
    retention: retentionFrom(present.retention, options),
    authentication: authenticationFrom(present.authentication, options.authentication),
    secretsKms: options.secretsKms ?? present.secretsKms,
    shutdownDelaySeconds: options.shutdownDelay ?? present.shutdownDelaySeconds,
  });
}

function checked(settings: ClusterSettings): ClusterSettings {
  const { real, hollow } = settings.nodes;
  if (real + hollow === 0)
    throw new CliError('a cluster without nodes runs nothing', 'give --nodes or --hollow a number');
  const obstacle = real > 0 ? whyNoContainers() : undefined;
  if (obstacle !== undefined)
    throw new CliError(
      `no real node can run here: ${obstacle}`,
      'nodes that only pretend need nothing: ./reckon up --hollow 3',
    );
  return settings;
}
