import type { KubeObject, ObjectMeta } from '../meta/types.ts';
import { AUTOSCALERS_V1 } from '../versions/autoscaler.ts';
import { EVENTS_V1 } from '../versions/event.ts';
import { autoscalerPrinter } from './autoscaler.ts';
import { certificateSigningRequestPrinter } from './certificate-signing-request.ts';
import { csiDriverPrinter, csiNodePrinter, csiStorageCapacityPrinter } from './csi.ts';
import { eventPrinter } from './event.ts';
import {
  ingressClassPrinter,
  ingressPrinter,
  ipAddressPrinter,
  networkPolicyPrinter,
  serviceCidrPrinter,
} from './ingress.ts';
import { cronJobPrinter, jobPrinter } from './jobs.ts';
import {
  controllerRevisionPrinter,
  daemonSetPrinter,
  podDisruptionBudgetPrinter,
  podTemplatePrinter,
  replicationControllerPrinter,
  statefulSetPrinter,
} from './more-workloads.ts';
import { endpointSlicePrinter, endpointsPrinter, servicePrinter } from './network.ts';
import { nodePrinter } from './node.ts';
import {
  componentStatusPrinter,
  configMapPrinter,
  defaultPrinter,
  leasePrinter,
  namespacePrinter,
  secretPrinter,
  serviceAccountPrinter,
} from './plain.ts';
import { podPrinter } from './pod.ts';
import { priorityClassPrinter, resourceQuotaPrinter, runtimeClassPrinter } from './policies.ts';
import { bindingPrinter } from './rbac.ts';
import {
  persistentVolumeClaimPrinter,
  persistentVolumePrinter,
  storageClassPrinter,
  volumeAttachmentPrinter,
} from './storage.ts';
import type { TableColumn, TablePrinter, TableRowCells } from './types.ts';
import { deploymentPrinter, replicaSetPrinter } from './workloads.ts';

const PRINTERS: ReadonlyMap<string, TablePrinter> = new Map([
  ['certificatesigningrequests.certificates.k8s.io', certificateSigningRequestPrinter],
  ['clusterrolebindings.rbac.authorization.k8s.io', bindingPrinter],
  ['componentstatuses', componentStatusPrinter],
  ['configmaps', configMapPrinter],
  ['controllerrevisions.apps', controllerRevisionPrinter],
  ['cronjobs.batch', cronJobPrinter],
  ['csidrivers.storage.k8s.io', csiDriverPrinter],
  ['csinodes.storage.k8s.io', csiNodePrinter],
  ['csistoragecapacities.storage.k8s.io', csiStorageCapacityPrinter],
  ['daemonsets.apps', daemonSetPrinter],
  ['deployments.apps', deploymentPrinter],
  ['endpoints', endpointsPrinter],
  ['endpointslices.discovery.k8s.io', endpointSlicePrinter],
  ['events', eventPrinter],
  ['events.events.k8s.io', eventPrinter],
  ['horizontalpodautoscalers.autoscaling', autoscalerPrinter],
  ['ingressclasses.networking.k8s.io', ingressClassPrinter],
  ['ingresses.networking.k8s.io', ingressPrinter],
  ['ipaddresses.networking.k8s.io', ipAddressPrinter],
  ['jobs.batch', jobPrinter],
  ['leases.coordination.k8s.io', leasePrinter],
  ['namespaces', namespacePrinter],
  ['networkpolicies.networking.k8s.io', networkPolicyPrinter],
  ['nodes', nodePrinter],
  ['persistentvolumeclaims', persistentVolumeClaimPrinter],
  ['persistentvolumes', persistentVolumePrinter],
  ['pods', podPrinter],
  ['poddisruptionbudgets.policy', podDisruptionBudgetPrinter],
  ['podtemplates', podTemplatePrinter],
  ['priorityclasses.scheduling.k8s.io', priorityClassPrinter],
  ['replicasets.apps', replicaSetPrinter],
  ['replicationcontrollers', replicationControllerPrinter],
  ['resourcequotas', resourceQuotaPrinter],
  ['rolebindings.rbac.authorization.k8s.io', bindingPrinter],
  ['runtimeclasses.node.k8s.io', runtimeClassPrinter],
  ['secrets', secretPrinter],
  ['serviceaccounts', serviceAccountPrinter],
  ['servicecidrs.networking.k8s.io', serviceCidrPrinter],
  ['services', servicePrinter],
  ['statefulsets.apps', statefulSetPrinter],
  ['storageclasses.storage.k8s.io', storageClassPrinter],
  ['volumeattachments.storage.k8s.io', volumeAttachmentPrinter],
]);

/** How objects of a resource (`pods`, `deployments.apps`) are shown. */
export function printerOf(groupResource: string): TablePrinter {
  return PRINTERS.get(groupResource) ?? defaultPrinter;
}

export interface ListMeta {
  readonly resourceVersion?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata: ListMeta;
  /** Empty in all but the first table of a watch. */
  readonly columnDefinitions: readonly TableColumn[];
  readonly rows: readonly TableRow[];
}

export interface TableRow extends TableRowCells {
  readonly object: KubeObject | PartialObjectMetadata | null;
}

/** What goes along with each row; Kubernetes' default is the metadata. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  readonly includeObject?: IncludeObject;
  readonly nowMs: number;
  readonly metadata?: ListMeta;
  /** False for what follows the first table of a watch. */
  readonly columns?: boolean;
  /** `v1` unless the client asked for `v1beta1`. */
  readonly version?: MetaVersion;
}

export type MetaVersion = 'v1' | 'v1beta1';

export function toTable(groupResource: string, objects: readonly KubeObject[], options: TableOptions): Table {
  const printer = printerOf(groupResource);
  const version = options.version ?? 'v1';
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: options.metadata ?? {},
    columnDefinitions: options.columns === false ? [] : printer.columns,
    rows: objects.map((object) => ({
      ...printer.row(asStored(object), options.nowMs),
      object: rowObject(object, options.includeObject ?? 'Metadata', version),
    })),
  };
}

/** Printers know the form that objects are kept in. */
function asStored(object: KubeObject): KubeObject {
  const { apiVersion, kind } = object;
  if (kind === 'HorizontalPodAutoscaler' && apiVersion === 'autoscaling/v1')
    return AUTOSCALERS_V1.toStored(object);
  if (kind === 'Event' && apiVersion.startsWith('events.k8s.io/')) return EVENTS_V1.toStored(object);
  return object;
}

function rowObject(object: KubeObject, include: IncludeObject, version: MetaVersion): TableRow['object'] {
  switch (include) {
    case 'None':
      return null;
    case 'Object':
      return object;
    case 'Metadata':
      return toPartialMetadata(object, version);
  }
}

export interface PartialObjectMetadata {
  readonly kind: 'PartialObjectMetadata';
  readonly apiVersion: string;
  readonly metadata: ObjectMeta;
}

export interface PartialObjectMetadataList {
  readonly kind: 'PartialObjectMetadataList';
  readonly apiVersion: string;
  readonly metadata: ListMeta;
  readonly items: readonly PartialObjectMetadata[];
}

/** An object's metadata alone. */
export function toPartialMetadata(object: KubeObject, version: MetaVersion = 'v1'): PartialObjectMetadata {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: object.metadata,
  };
}

export function toPartialMetadataList(
  objects: readonly KubeObject[],
  metadata: ListMeta,
  version: MetaVersion = 'v1',
): PartialObjectMetadataList {
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    items: objects.map((object) => toPartialMetadata(object, version)),
  };
}
