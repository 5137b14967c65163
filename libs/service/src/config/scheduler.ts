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
import { type Decoder, record } from './decode.ts';

export interface SchedulerConfig extends CommonConfig {
  /** `host:port` of the gRPC door. */
  readonly apiserver: string;
  readonly nats: NatsConfig;
  readonly leaderElection: LeaderElectionConfig;
  readonly cluster: ClusterConfig;
}

export const schedulerConfig: Decoder<SchedulerConfig> = record<SchedulerConfig>({
  ...commonFields,
  apiserver: dialTarget,
  nats: natsConfig,
  leaderElection,
  cluster: clusterConfig,
});
