import {
  type ClusterConfig,
  type CommonConfig,
  clusterConfig,
  commonFields,
  dialTarget,
  type LeaderElectionConfig,
  leaderElection,
  type NatsConfig,
  natsConfig,
} from './common.ts';
import { type Decoder, integer, optional, record, seconds, text, withDefault } from './decode.ts';

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface ControllerManagerConfig extends CommonConfig {
  /** `host:port` of the gRPC door. */
  readonly apiserver: string;
  readonly nats: NatsConfig;
  readonly leaderElection: LeaderElectionConfig;
  readonly cluster: ClusterConfig;
  /** A node whose Lease was not renewed for so long is NotReady. */
  readonly nodeMonitorGraceSeconds: number;
  /** How long a pod that states no toleration of its own stays on a node that is not ready. */
  readonly tolerationSeconds: number;
  /** The authority that signs certificate requests, and its key (files, PEM); without it none are signed. */
  readonly signing?: CertificateFiles | undefined;
  /** How many pods that have ended may stay; 0: all. */
  readonly terminatedPods: number;
  /** Keys that each controller works on at the same time. */
  readonly workers: number;
}

export const controllerManagerConfig: Decoder<ControllerManagerConfig> = record<ControllerManagerConfig>({
  ...commonFields,
  apiserver: dialTarget,
  nats: natsConfig,
  leaderElection,
  cluster: clusterConfig,
  nodeMonitorGraceSeconds: withDefault(seconds, 6),
  tolerationSeconds: withDefault(seconds, 6),
  terminatedPods: withDefault(integer(0), 12_500),
  signing: optional(record<CertificateFiles>({ cert: text, key: text })),
  workers: withDefault(integer(1, 256), 16),
});
