import { splitApiVersion } from '@reckon/api/meta/names.ts';
import type { ControllerRevision } from '@reckon/proto/reckon/api/apps/v1/controller_revision.ts';
import type { DaemonSet } from '@reckon/proto/reckon/api/apps/v1/daemon_set.ts';
import type { Deployment } from '@reckon/proto/reckon/api/apps/v1/deployment.ts';
import type { ReplicaSet } from '@reckon/proto/reckon/api/apps/v1/replica_set.ts';
import type { StatefulSet } from '@reckon/proto/reckon/api/apps/v1/stateful_set.ts';
import type { SubjectAccessReview } from '@reckon/proto/reckon/api/authorization/v1/subject_access_review.ts';
import type { HorizontalPodAutoscaler } from '@reckon/proto/reckon/api/autoscaling/v2/horizontal_pod_autoscaler.ts';
import type { CronJob } from '@reckon/proto/reckon/api/batch/v1/cron_job.ts';
import type { Job } from '@reckon/proto/reckon/api/batch/v1/job.ts';
import type { CertificateSigningRequest } from '@reckon/proto/reckon/api/certificates/v1/certificate_signing_request.ts';
import type { Lease } from '@reckon/proto/reckon/api/coordination/v1/lease.ts';
import type { ConfigMap } from '@reckon/proto/reckon/api/core/v1/config_map.ts';
import type { Endpoints } from '@reckon/proto/reckon/api/core/v1/endpoints.ts';
import type { Event } from '@reckon/proto/reckon/api/core/v1/event.ts';
import type { LimitRange } from '@reckon/proto/reckon/api/core/v1/limit_range.ts';
import type { Namespace } from '@reckon/proto/reckon/api/core/v1/namespace.ts';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { PersistentVolume } from '@reckon/proto/reckon/api/core/v1/persistent_volume.ts';
import type { PersistentVolumeClaim } from '@reckon/proto/reckon/api/core/v1/persistent_volume_claim.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { PodTemplate } from '@reckon/proto/reckon/api/core/v1/pod_template.ts';
import type { ReplicationController } from '@reckon/proto/reckon/api/core/v1/replication_controller.ts';
import type { ResourceQuota } from '@reckon/proto/reckon/api/core/v1/resource_quota.ts';
import type { Secret } from '@reckon/proto/reckon/api/core/v1/secret.ts';
import type { Service } from '@reckon/proto/reckon/api/core/v1/service.ts';
import type { ServiceAccount } from '@reckon/proto/reckon/api/core/v1/service_account.ts';
import type { EndpointSlice } from '@reckon/proto/reckon/api/discovery/v1/endpoint_slice.ts';
import type { Ingress } from '@reckon/proto/reckon/api/networking/v1/ingress.ts';
import type { NetworkPolicy } from '@reckon/proto/reckon/api/networking/v1/network_policy.ts';
import type { RuntimeClass } from '@reckon/proto/reckon/api/node/v1/runtime_class.ts';
import type { PodDisruptionBudget } from '@reckon/proto/reckon/api/policy/v1/pod_disruption_budget.ts';
import type { ClusterRole } from '@reckon/proto/reckon/api/rbac/v1/cluster_role.ts';
import type { ClusterRoleBinding } from '@reckon/proto/reckon/api/rbac/v1/cluster_role_binding.ts';
import type { Role } from '@reckon/proto/reckon/api/rbac/v1/role.ts';
import type { RoleBinding } from '@reckon/proto/reckon/api/rbac/v1/role_binding.ts';
import type { CSIStorageCapacity } from '@reckon/proto/reckon/api/storage/v1/csi_storage_capacity.ts';
import type { KubeObject, ResourceType } from './types.ts';

/** Describes a kind of object: `resourceType<Pod>('v1', 'pods', 'Pod')`. */
export function resourceType<T extends KubeObject = KubeObject>(
  apiVersion: string,
  resource: string,
  kind: string,
  scope: 'Namespaced' | 'Cluster' = 'Namespaced',
): ResourceType<T> {
  const { group, version } = splitApiVersion(apiVersion);
  return Object.freeze({
    group,
    version,
    resource,
    groupResource: group ? `${resource}.${group}` : resource,
    kind,
    namespaced: scope === 'Namespaced',
  });
}

export const NAMESPACES = resourceType<Namespace>('v1', 'namespaces', 'Namespace', 'Cluster');
export const NODES = resourceType<Node>('v1', 'nodes', 'Node', 'Cluster');
export const PODS = resourceType<Pod>('v1', 'pods', 'Pod');
export const PERSISTENT_VOLUME_CLAIMS = resourceType<PersistentVolumeClaim>(
  'v1',
  'persistentvolumeclaims',
  'PersistentVolumeClaim',
);
export const PERSISTENT_VOLUMES = resourceType<PersistentVolume>(
  'v1',
  'persistentvolumes',
  'PersistentVolume',
  'Cluster',
);
export const CONFIG_MAPS = resourceType<ConfigMap>('v1', 'configmaps', 'ConfigMap');
export const SECRETS = resourceType<Secret>('v1', 'secrets', 'Secret');
export const SERVICE_ACCOUNTS = resourceType<ServiceAccount>('v1', 'serviceaccounts', 'ServiceAccount');
export const SERVICES = resourceType<Service>('v1', 'services', 'Service');
export const ENDPOINTS = resourceType<Endpoints>('v1', 'endpoints', 'Endpoints');
export const EVENTS = resourceType<Event>('v1', 'events', 'Event');
export const ENDPOINT_SLICES = resourceType<EndpointSlice>(
  'discovery.k8s.io/v1',
  'endpointslices',
  'EndpointSlice',
);
export const LEASES = resourceType<Lease>('coordination.k8s.io/v1', 'leases', 'Lease');
export const RUNTIME_CLASSES = resourceType<RuntimeClass>(
  'node.k8s.io/v1',
  'runtimeclasses',
  'RuntimeClass',
  'Cluster',
);
export const ROLES = resourceType<Role>('rbac.authorization.k8s.io/v1', 'roles', 'Role');
export const ROLE_BINDINGS = resourceType<RoleBinding>(
  'rbac.authorization.k8s.io/v1',
  'rolebindings',
  'RoleBinding',
);
export const CLUSTER_ROLES = resourceType<ClusterRole>(
  'rbac.authorization.k8s.io/v1',
  'clusterroles',
  'ClusterRole',
  'Cluster',
);
export const CLUSTER_ROLE_BINDINGS = resourceType<ClusterRoleBinding>(
  'rbac.authorization.k8s.io/v1',
  'clusterrolebindings',
  'ClusterRoleBinding',
  'Cluster',
);
export const REPLICA_SETS = resourceType<ReplicaSet>('apps/v1', 'replicasets', 'ReplicaSet');
export const DEPLOYMENTS = resourceType<Deployment>('apps/v1', 'deployments', 'Deployment');
export const STATEFUL_SETS = resourceType<StatefulSet>('apps/v1', 'statefulsets', 'StatefulSet');
export const DAEMON_SETS = resourceType<DaemonSet>('apps/v1', 'daemonsets', 'DaemonSet');
export const CERTIFICATE_SIGNING_REQUESTS = resourceType<CertificateSigningRequest>(
  'certificates.k8s.io/v1',
  'certificatesigningrequests',
  'CertificateSigningRequest',
  'Cluster',
);
export const SUBJECT_ACCESS_REVIEWS = resourceType<SubjectAccessReview>(
  'authorization.k8s.io/v1',
  'subjectaccessreviews',
  'SubjectAccessReview',
  'Cluster',
);
export const CONTROLLER_REVISIONS = resourceType<ControllerRevision>(
  'apps/v1',
  'controllerrevisions',
  'ControllerRevision',
);
export const REPLICATION_CONTROLLERS = resourceType<ReplicationController>(
  'v1',
  'replicationcontrollers',
  'ReplicationController',
);
export const JOBS = resourceType<Job>('batch/v1', 'jobs', 'Job');
export const CRON_JOBS = resourceType<CronJob>('batch/v1', 'cronjobs', 'CronJob');
export const POD_DISRUPTION_BUDGETS = resourceType<PodDisruptionBudget>(
  'policy/v1',
  'poddisruptionbudgets',
  'PodDisruptionBudget',
);
export const RESOURCE_QUOTAS = resourceType<ResourceQuota>('v1', 'resourcequotas', 'ResourceQuota');
export const LIMIT_RANGES = resourceType<LimitRange>('v1', 'limitranges', 'LimitRange');
export const POD_TEMPLATES = resourceType<PodTemplate>('v1', 'podtemplates', 'PodTemplate');
export const INGRESSES = resourceType<Ingress>('networking.k8s.io/v1', 'ingresses', 'Ingress');
export const NETWORK_POLICIES = resourceType<NetworkPolicy>(
  'networking.k8s.io/v1',
  'networkpolicies',
  'NetworkPolicy',
);
export const HORIZONTAL_POD_AUTOSCALERS = resourceType<HorizontalPodAutoscaler>(
  'autoscaling/v2',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
);
export const CSI_STORAGE_CAPACITIES = resourceType<CSIStorageCapacity>(
  'storage.k8s.io/v1',
  'csistoragecapacities',
  'CSIStorageCapacity',
);

/** Kinds of these groups are asked and never stored. */
const OF_REVIEWS: ReadonlySet<string> = new Set(['authentication.k8s.io', 'authorization.k8s.io']);

export function isReview({ group }: ResourceType): boolean {
  return OF_REVIEWS.has(group);
}
