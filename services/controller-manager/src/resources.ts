import {
  CERTIFICATE_SIGNING_REQUESTS,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  CONFIG_MAPS,
  CONTROLLER_REVISIONS,
  CRON_JOBS,
  CSI_STORAGE_CAPACITIES,
  DAEMON_SETS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  EVENTS,
  HORIZONTAL_POD_AUTOSCALERS,
  INGRESSES,
  JOBS,
  LEASES,
  LIMIT_RANGES,
  NAMESPACES,
  NETWORK_POLICIES,
  NODES,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  POD_DISRUPTION_BUDGETS,
  POD_TEMPLATES,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  RESOURCE_QUOTAS,
  type ResourceType,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  STATEFUL_SETS,
  type Stored,
} from '@reckon/client';
import type { ControllerRevision } from '@reckon/proto/reckon/api/apps/v1/controller_revision.ts';
import type { DaemonSet } from '@reckon/proto/reckon/api/apps/v1/daemon_set.ts';
import type { Deployment } from '@reckon/proto/reckon/api/apps/v1/deployment.ts';
import type { ReplicaSet } from '@reckon/proto/reckon/api/apps/v1/replica_set.ts';
import type { StatefulSet } from '@reckon/proto/reckon/api/apps/v1/stateful_set.ts';
import type { CronJob } from '@reckon/proto/reckon/api/batch/v1/cron_job.ts';
import type { Job } from '@reckon/proto/reckon/api/batch/v1/job.ts';
import type { Endpoints } from '@reckon/proto/reckon/api/core/v1/endpoints.ts';
import type { Namespace } from '@reckon/proto/reckon/api/core/v1/namespace.ts';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { PersistentVolumeClaim } from '@reckon/proto/reckon/api/core/v1/persistent_volume_claim.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { ReplicationController } from '@reckon/proto/reckon/api/core/v1/replication_controller.ts';
import type { ResourceQuota } from '@reckon/proto/reckon/api/core/v1/resource_quota.ts';
import type { Service } from '@reckon/proto/reckon/api/core/v1/service.ts';
import type { EndpointSlice } from '@reckon/proto/reckon/api/discovery/v1/endpoint_slice.ts';
import type { PodDisruptionBudget } from '@reckon/proto/reckon/api/policy/v1/pod_disruption_budget.ts';

export type StoredPod = Stored<Pod>;
export type StoredReplicaSet = Stored<ReplicaSet>;
export type StoredDeployment = Stored<Deployment>;
export type StoredService = Stored<Service>;
export type StoredNode = Stored<Node>;
export type StoredEndpointSlice = Stored<EndpointSlice>;
export type StoredEndpoints = Stored<Endpoints>;
export type StoredNamespace = Stored<Namespace>;
export type StoredJob = Stored<Job>;
export type StoredCronJob = Stored<CronJob>;
export type StoredStatefulSet = Stored<StatefulSet>;
export type StoredDaemonSet = Stored<DaemonSet>;
export type StoredControllerRevision = Stored<ControllerRevision>;
export type StoredReplicationController = Stored<ReplicationController>;
export type StoredPersistentVolumeClaim = Stored<PersistentVolumeClaim>;
export type StoredResourceQuota = Stored<ResourceQuota>;
export type StoredPodDisruptionBudget = Stored<PodDisruptionBudget>;

/** All kinds that live in namespaces: what has to go with one. */
export const NAMESPACED_RESOURCES: readonly ResourceType[] = [
  CRON_JOBS,
  JOBS,
  DEPLOYMENTS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  STATEFUL_SETS,
  DAEMON_SETS,
  CONTROLLER_REVISIONS,
  POD_DISRUPTION_BUDGETS,
  PODS,
  PERSISTENT_VOLUME_CLAIMS,
  SERVICES,
  ENDPOINT_SLICES,
  ENDPOINTS,
  POD_TEMPLATES,
  INGRESSES,
  NETWORK_POLICIES,
  HORIZONTAL_POD_AUTOSCALERS,
  CSI_STORAGE_CAPACITIES,
  CONFIG_MAPS,
  SECRETS,
  SERVICE_ACCOUNTS,
  ROLES,
  ROLE_BINDINGS,
  RESOURCE_QUOTAS,
  LIMIT_RANGES,
  LEASES,
  EVENTS,
];

/** Everything that can own or be owned. */
export const ALL_RESOURCES: readonly ResourceType[] = [
  ...NAMESPACED_RESOURCES,
  NODES,
  NAMESPACES,
  CLUSTER_ROLES,
  CLUSTER_ROLE_BINDINGS,
  CERTIFICATE_SIGNING_REQUESTS,
  PERSISTENT_VOLUMES,
];

/** No controller reads what these say: they are counted, owned, and go with their namespace. */
export const OWNERS_ONLY: readonly ResourceType[] = [
  CONFIG_MAPS,
  EVENTS,
  INGRESSES,
  LIMIT_RANGES,
  NETWORK_POLICIES,
  POD_TEMPLATES,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
];
