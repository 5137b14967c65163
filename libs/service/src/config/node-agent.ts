import {
  type ClusterConfig,
  type CommonConfig,
  cidr,
  clusterConfig,
  commonFields,
  dialTarget,
  type Endpoint,
  endpoint,
  ipAddress,
  socketPath,
} from './common.ts';
import {
  type Decoder,
  integer,
  list,
  matching,
  oneOf,
  optional,
  record,
  seconds,
  tagged,
  text,
  withDefault,
} from './decode.ts';

export interface NodeAgentConfig extends CommonConfig {
  /** Name of the Node object; of a hollow agent, the stem of its nodes' names (`hollow` → `hollow-0`, …). */
  readonly nodeName: string;
  /** `host:port` of the gRPC door. */
  readonly apiserver: string;
  readonly runtime: RuntimeConfig;
  /** Where volumes, logs and checkpoints of this node are kept. */
  readonly stateDir: string;
  readonly cluster: ClusterConfig;
  /** The part of the cluster's pod network that this node's pods get addresses from; of a hollow agent, its nodes' together. */
  readonly podCidr: string;
  /** The node's InternalIP. */
  readonly address: string;
  /** Where the API server reaches logs, exec, attach and port-forward. */
  readonly server: Endpoint;
  /** Parent of the pods' cgroups, without a mount point: `/reckon-ab12cd`. */
  readonly cgroupRoot: string;
  /** Where images of a registry are fetched instead. */
  readonly registries: readonly RegistryMirror[];
  /** How often the node's Lease is renewed. */
  readonly leaseRenewSeconds: number;
  /** Pods that the node takes at most. */
  readonly maxPods: number;
}

export type RuntimeConfig = CriRuntimeConfig | HollowRuntimeConfig;

export interface CriRuntimeConfig {
  readonly type: 'cri';
  /** Unix socket of a runtime that speaks CRI v1. */
  readonly socket: string;
  /** Directory that the runtime reads CNI configuration from. */
  readonly cniConfigDir: string;
  /** Directory of the CNI plugins. */
  readonly cniPluginDir: string;
}

/** A runtime in memory: containers that exist only as state. */
export interface HollowRuntimeConfig {
  readonly type: 'hollow';
  /** How many nodes this one process carries. */
  readonly count: number;
  /** What each of them says it has, as quantities; Kubernetes' names. */
  readonly capacity?: HollowCapacity | undefined;
}

export interface HollowCapacity {
  readonly cpu: string;
  readonly memory: string;
}

export interface RegistryMirror {
  /** As in image names: `docker.io`. */
  readonly registry: string;
  /** URLs, tried in order before the registry itself. */
  readonly mirrors: readonly string[];
}

export const nodeAgentConfig: Decoder<NodeAgentConfig> = record<NodeAgentConfig>({
  ...commonFields,
  nodeName: matching(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'a DNS subdomain name'),
  apiserver: dialTarget,
  runtime: tagged<RuntimeConfig>('type', {
    cri: record<CriRuntimeConfig>({
      type: oneOf('cri'),
      socket: socketPath,
      cniConfigDir: text,
      cniPluginDir: withDefault(text, '/usr/lib/cni'),
    }),
    hollow: record<HollowRuntimeConfig>({
      type: oneOf('hollow'),
      count: integer(1, 10_000),
      capacity: optional(record<HollowCapacity>({ cpu: text, memory: text })),
    }),
  }),
  stateDir: text,
  cluster: clusterConfig,
  podCidr: cidr,
  address: ipAddress,
  server: endpoint,
  cgroupRoot: matching(/^\/\S*$/, 'an absolute path'),
  registries: withDefault(list(record<RegistryMirror>({ registry: text, mirrors: list(text) })), []),
  leaseRenewSeconds: withDefault(seconds, 1),
  maxPods: withDefault(integer(1, 10_000), 110),
});
