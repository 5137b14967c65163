import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  EVENTS,
  LEASES,
  NAMESPACES,
  NODES,
  PODS,
  REPLICA_SETS,
  type ResourceType,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  type Stored,
} from '@reckon/client';
import type { Deployment } from '@reckon/proto/reckon/api/apps/v1/deployment.ts';
import type { ReplicaSet } from '@reckon/proto/reckon/api/apps/v1/replica_set.ts';
import type { Endpoints } from '@reckon/proto/reckon/api/core/v1/endpoints.ts';
import type { Namespace } from '@reckon/proto/reckon/api/core/v1/namespace.ts';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { Service } from '@reckon/proto/reckon/api/core/v1/service.ts';
import type { EndpointSlice } from '@reckon/proto/reckon/api/discovery/v1/endpoint_slice.ts';

export type StoredPod = Stored<Pod>;
export type StoredReplicaSet = Stored<ReplicaSet>;
export type StoredDeployment = Stored<Deployment>;
export type StoredService = Stored<Service>;
export type StoredNode = Stored<Node>;
export type StoredEndpointSlice = Stored<EndpointSlice>;
export type StoredEndpoints = Stored<Endpoints>;
export type StoredNamespace = Stored<Namespace>;

/** All kinds that live in namespaces: what has to go with one. */
export const NAMESPACED_RESOURCES: readonly ResourceType[] = [
  DEPLOYMENTS,
  REPLICA_SETS,
  PODS,
  SERVICES,
  ENDPOINT_SLICES,
  ENDPOINTS,
  CONFIG_MAPS,
  SECRETS,
  SERVICE_ACCOUNTS,
  LEASES,
  EVENTS,
];

/** Everything that can own or be owned. */
export const ALL_RESOURCES: readonly ResourceType[] = [...NAMESPACED_RESOURCES, NODES, NAMESPACES];
