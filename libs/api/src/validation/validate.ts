/**
 * What is wrong with an object as a whole: its metadata, and the rules of its kind that no single field tells. What
 * the schema can say (required fields, values of an enumeration, formats) is told by `schema-validation`.
 */
import type { Cause } from '../errors/api-error.ts';
import type { KubeObject } from '../meta/types.ts';
import { subdomainName } from '../names/object-name.ts';
import type { ResourceSchema } from '../schema/types.ts';
import { HORIZONTAL_POD_AUTOSCALER } from './autoscaling/autoscaler.ts';
import { CERTIFICATE_SIGNING_REQUEST } from './certificate-signing-request.ts';
import { DAEMON_SET } from './daemon-set.ts';
import { CONFIG_MAP, SECRET } from './data.ts';
import { ENDPOINT_SLICE, ENDPOINTS } from './endpoints.ts';
import { EVENT } from './event.ts';
import { CRON_JOB } from './job/cron-job.ts';
import { JOB } from './job/job.ts';
import { LIMIT_RANGE } from './limit-range.ts';
import { checkMetadata, checkMetadataUpdate } from './metadata.ts';
import { NAMESPACE } from './namespace.ts';
import { IP_ADDRESS, SERVICE_CIDR } from './network/addresses.ts';
import { INGRESS } from './network/ingress.ts';
import { INGRESS_CLASS } from './network/ingress-class.ts';
import { NETWORK_POLICY } from './network/network-policy.ts';
import { NODE } from './node.ts';
import { checkEphemeralContainersUpdate, checkNoEphemeralContainers } from './pod/ephemeral.ts';
import { checkPodSpec } from './pod/spec.ts';
import { checkPodStatus, checkPodUpdate } from './pod/update.ts';
import { POD_DISRUPTION_BUDGET } from './pod-disruption-budget.ts';
import { PRIORITY_CLASS } from './priority-class.ts';
import { CLUSTER_ROLE_BINDING, ROLE_BINDING } from './rbac/binding.ts';
import { CLUSTER_ROLE, ROLE } from './rbac/role.ts';
import { REPLICATION_CONTROLLER } from './replication-controller.ts';
import { RESOURCE_QUOTA } from './resource-quota.ts';
import { RUNTIME_CLASS } from './runtime-class.ts';
import { SERVICE } from './service.ts';
import { STATEFUL_SET } from './stateful-set.ts';
import { CSI_DRIVER, CSI_NODE, CSI_STORAGE_CAPACITY } from './storage/csi.ts';
import { PERSISTENT_VOLUME } from './storage/persistent-volume.ts';
import { PERSISTENT_VOLUME_CLAIM } from './storage/persistent-volume-claim.ts';
import { STORAGE_CLASS } from './storage/storage-class.ts';
import { VOLUME_ATTACHMENT } from './storage/volume-attachment.ts';
import { CONTROLLER_REVISION, POD_TEMPLATE } from './templates.ts';
import type { AnyKindRules, KindRules } from './types.ts';
import { DEPLOYMENT, REPLICA_SET } from './workloads.ts';

/** Kinds without rules of their own: names, and nothing else. */
const PLAIN: AnyKindRules = { name: subdomainName };

/** Rules are written for the generated type of their kind; an object that was decoded by the schema is of that type. */
function rules<T>(of: KindRules<T>): AnyKindRules {
  return of as unknown as AnyKindRules;
}

const RULES: ReadonlyMap<string, AnyKindRules> = new Map([
  ['certificatesigningrequests.certificates.k8s.io', rules(CERTIFICATE_SIGNING_REQUEST)],
  ['clusterrolebindings.rbac.authorization.k8s.io', rules(CLUSTER_ROLE_BINDING)],
  ['clusterroles.rbac.authorization.k8s.io', rules(CLUSTER_ROLE)],
  ['configmaps', rules(CONFIG_MAP)],
  ['controllerrevisions.apps', rules(CONTROLLER_REVISION)],
  ['cronjobs.batch', rules(CRON_JOB)],
  ['csidrivers.storage.k8s.io', rules(CSI_DRIVER)],
  ['csinodes.storage.k8s.io', rules(CSI_NODE)],
  ['csistoragecapacities.storage.k8s.io', rules(CSI_STORAGE_CAPACITY)],
  ['daemonsets.apps', rules(DAEMON_SET)],
  ['deployments.apps', rules(DEPLOYMENT)],
  ['endpoints', rules(ENDPOINTS)],
  ['endpointslices.discovery.k8s.io', rules(ENDPOINT_SLICE)],
  ['events', rules(EVENT)],
  ['horizontalpodautoscalers.autoscaling', rules(HORIZONTAL_POD_AUTOSCALER)],
  ['ingressclasses.networking.k8s.io', rules(INGRESS_CLASS)],
  ['ingresses.networking.k8s.io', rules(INGRESS)],
  ['ipaddresses.networking.k8s.io', rules(IP_ADDRESS)],
  ['jobs.batch', rules(JOB)],
  ['limitranges', rules(LIMIT_RANGE)],
  ['namespaces', rules(NAMESPACE)],
  ['networkpolicies.networking.k8s.io', rules(NETWORK_POLICY)],
  ['nodes', rules(NODE)],
  [
    'pods',
    rules({
      name: subdomainName,
      object: checkPodSpec,
      create: checkNoEphemeralContainers,
      update: checkPodUpdate,
      ephemeralContainers: checkEphemeralContainersUpdate,
      status: checkPodStatus,
    }),
  ],
  ['persistentvolumeclaims', rules(PERSISTENT_VOLUME_CLAIM)],
  ['persistentvolumes', rules(PERSISTENT_VOLUME)],
  ['poddisruptionbudgets.policy', rules(POD_DISRUPTION_BUDGET)],
  ['podtemplates', rules(POD_TEMPLATE)],
  ['priorityclasses.scheduling.k8s.io', rules(PRIORITY_CLASS)],
  ['replicasets.apps', rules(REPLICA_SET)],
  ['replicationcontrollers', rules(REPLICATION_CONTROLLER)],
  ['resourcequotas', rules(RESOURCE_QUOTA)],
  ['rolebindings.rbac.authorization.k8s.io', rules(ROLE_BINDING)],
  ['roles.rbac.authorization.k8s.io', rules(ROLE)],
  ['runtimeclasses.node.k8s.io', rules(RUNTIME_CLASS)],
  ['secrets', rules(SECRET)],
  ['servicecidrs.networking.k8s.io', rules(SERVICE_CIDR)],
  ['services', rules(SERVICE)],
  ['statefulsets.apps', rules(STATEFUL_SET)],
  ['storageclasses.storage.k8s.io', rules(STORAGE_CLASS)],
  ['volumeattachments.storage.k8s.io', rules(VOLUME_ATTACHMENT)],
]);

/**
 * What is wrong with a new object; its name has been generated if it had to be.
 * @param askedIn the API version of the request, where it is not the one that the object is kept in.
 */
export function validateCreate(resource: ResourceSchema, object: KubeObject, askedIn = ''): readonly Cause[] {
  const kind = RULES.get(resource.groupResource) ?? PLAIN;
  const causes: Cause[] = [];
  checkMetadata(object.metadata, { namespaced: resource.namespaced, name: kind.name }, causes);
  kind.object?.(object, causes, askedIn);
  kind.create?.(object, causes, askedIn);
  kind.versions?.[askedIn]?.create(object, causes, askedIn);
  return causes;
}

export interface ObjectUpdate {
  readonly object: KubeObject;
  /** What is there now. */
  readonly current: KubeObject;
  /** '' for the object itself. */
  readonly subresource: string;
  /** The API version of the request, where it is not the one that the object is kept in. */
  readonly askedIn?: string | undefined;
}

/** What is wrong with an object that is to take the place of another, by way of a subresource or not. */
export function validateUpdate(
  resource: ResourceSchema,
  { object, current, subresource, askedIn = '' }: ObjectUpdate,
): readonly Cause[] {
  const kind = RULES.get(resource.groupResource) ?? PLAIN;
  const causes: Cause[] = [];
  checkMetadataUpdate(object.metadata, current.metadata, causes);
  switch (subresource) {
    case 'status':
      kind.status?.(object, current, causes);
      break;
    case 'approval':
      kind.approval?.(object, current, causes);
      break;
    case 'finalize':
      kind.finalize?.(object, current, causes);
      break;
    case 'ephemeralcontainers':
      kind.ephemeralContainers?.(object, current, causes);
      break;
    default:
      kind.update?.(object, current, causes);
      kind.object?.(object, causes, askedIn);
      kind.versions?.[askedIn]?.update(object, current, causes);
  }
  return causes;
}
