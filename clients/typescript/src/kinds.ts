/** The built-in kinds of objects, each with the type of its objects. */
import { resourceType } from '@reckon/client/resources.ts';
import type { KubeObject, ResourceType } from '@reckon/client/types.ts';
import type { IngressClass } from '@reckon/proto/reckon/api/networking/v1/ingress_class.ts';
import type { IPAddress } from '@reckon/proto/reckon/api/networking/v1/ip_address.ts';
import type { ServiceCIDR } from '@reckon/proto/reckon/api/networking/v1/service_cidr.ts';
import type { PriorityClass } from '@reckon/proto/reckon/api/scheduling/v1/priority_class.ts';
import type { CSIDriver } from '@reckon/proto/reckon/api/storage/v1/csi_driver.ts';
import type { CSINode } from '@reckon/proto/reckon/api/storage/v1/csi_node.ts';
import type { StorageClass } from '@reckon/proto/reckon/api/storage/v1/storage_class.ts';
import type { VolumeAttachment } from '@reckon/proto/reckon/api/storage/v1/volume_attachment.ts';
import type { AnyObject } from './types.ts';

export {
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
  ROLE_BINDINGS,
  ROLES,
  RUNTIME_CLASSES,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  STATEFUL_SETS,
} from '@reckon/client/resources.ts';

export const INGRESS_CLASSES = clusterKind<IngressClass>(
  'networking.k8s.io/v1',
  'ingressclasses',
  'IngressClass',
);
export const IP_ADDRESSES = clusterKind<IPAddress>('networking.k8s.io/v1', 'ipaddresses', 'IPAddress');
export const SERVICE_CIDRS = clusterKind<ServiceCIDR>('networking.k8s.io/v1', 'servicecidrs', 'ServiceCIDR');
export const PRIORITY_CLASSES = clusterKind<PriorityClass>(
  'scheduling.k8s.io/v1',
  'priorityclasses',
  'PriorityClass',
);
export const CSI_DRIVERS = clusterKind<CSIDriver>('storage.k8s.io/v1', 'csidrivers', 'CSIDriver');
export const CSI_NODES = clusterKind<CSINode>('storage.k8s.io/v1', 'csinodes', 'CSINode');
export const STORAGE_CLASSES = clusterKind<StorageClass>(
  'storage.k8s.io/v1',
  'storageclasses',
  'StorageClass',
);
export const VOLUME_ATTACHMENTS = clusterKind<VolumeAttachment>(
  'storage.k8s.io/v1',
  'volumeattachments',
  'VolumeAttachment',
);

/** Describes a kind that is not among these: `defineKind({ apiVersion: 'example.org/v1', resource: 'widgets', kind: 'Widget' })`. */
export function defineKind<T extends KubeObject = AnyObject>(described: {
  readonly apiVersion: string;
  /** Plural, lower case. */
  readonly resource: string;
  readonly kind: string;
  /** Absent: `Namespaced`. */
  readonly scope?: 'Namespaced' | 'Cluster' | undefined;
}): ResourceType<T> {
  const { apiVersion, resource, kind, scope } = described;
  return resourceType<T>(apiVersion, resource, kind, scope);
}

function clusterKind<T extends KubeObject>(
  apiVersion: string,
  resource: string,
  kind: string,
): ResourceType<T> {
  return resourceType<T>(apiVersion, resource, kind, 'Cluster');
}
