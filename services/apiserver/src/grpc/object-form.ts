/** Objects between their two forms: the JSON that everything inside works on, and typed messages for clients. */
import { badRequest, decodeJson, isObject, type ResourceSchema } from '@reckon/api';
import { Form } from '@reckon/proto/reckon/v1/api.ts';
import { Object as ObjectMessage } from '@reckon/proto/reckon/v1/object.ts';
import { groupVersion } from '../rest/list-body.ts';
import type { Body, KubeObject, ObjectAt } from '../verbs/types.ts';
import { type MessageWriter, varintBytes } from './wire.ts';

type TypedField = Exclude<keyof ObjectMessage, 'json' | 'generic'>;

/** Kinds that have a message: `apiVersion/kind` → field of reckon.v1.Object. */
const TYPED: ReadonlyMap<string, TypedField> = new Map<string, TypedField>([
  ['v1/Status', 'status'],
  ['v1/Pod', 'pod'],
  ['v1/Namespace', 'namespace'],
  ['v1/Node', 'node'],
  ['v1/ConfigMap', 'configMap'],
  ['v1/Secret', 'secret'],
  ['v1/ServiceAccount', 'serviceAccount'],
  ['v1/Service', 'service'],
  ['v1/Endpoints', 'endpoints'],
  ['v1/Event', 'event'],
  ['v1/Binding', 'binding'],
  ['apps/v1/Deployment', 'deployment'],
  ['apps/v1/ReplicaSet', 'replicaSet'],
  ['v1/ReplicationController', 'replicationController'],
  ['v1/PodTemplate', 'podTemplate'],
  ['apps/v1/StatefulSet', 'statefulSet'],
  ['apps/v1/DaemonSet', 'daemonSet'],
  ['apps/v1/ControllerRevision', 'controllerRevision'],
  ['batch/v1/Job', 'job'],
  ['batch/v1/CronJob', 'cronJob'],
  ['policy/v1/PodDisruptionBudget', 'podDisruptionBudget'],
  ['v1/PersistentVolume', 'persistentVolume'],
  ['v1/PersistentVolumeClaim', 'persistentVolumeClaim'],
  ['v1/ResourceQuota', 'resourceQuota'],
  ['v1/LimitRange', 'limitRange'],
  ['v1/ComponentStatus', 'componentStatus'],
  ['rbac.authorization.k8s.io/v1/Role', 'role'],
  ['rbac.authorization.k8s.io/v1/RoleBinding', 'roleBinding'],
  ['rbac.authorization.k8s.io/v1/ClusterRole', 'clusterRole'],
  ['rbac.authorization.k8s.io/v1/ClusterRoleBinding', 'clusterRoleBinding'],
  ['scheduling.k8s.io/v1/PriorityClass', 'priorityClass'],
  ['node.k8s.io/v1/RuntimeClass', 'runtimeClass'],
  ['storage.k8s.io/v1/StorageClass', 'storageClass'],
  ['storage.k8s.io/v1/VolumeAttachment', 'volumeAttachment'],
  ['storage.k8s.io/v1/CSIDriver', 'csiDriver'],
  ['storage.k8s.io/v1/CSINode', 'csiNode'],
  ['storage.k8s.io/v1/CSIStorageCapacity', 'csiStorageCapacity'],
  ['networking.k8s.io/v1/Ingress', 'ingress'],
  ['networking.k8s.io/v1/IngressClass', 'ingressClass'],
  ['networking.k8s.io/v1/NetworkPolicy', 'networkPolicy'],
  ['networking.k8s.io/v1/IPAddress', 'ipAddress'],
  ['networking.k8s.io/v1/ServiceCIDR', 'serviceCidr'],
  ['autoscaling/v2/HorizontalPodAutoscaler', 'horizontalPodAutoscaler'],
  ['certificates.k8s.io/v1/CertificateSigningRequest', 'certificateSigningRequest'],
  ['autoscaling/v1/HorizontalPodAutoscaler', 'horizontalPodAutoscalerV1'],
  ['events.k8s.io/v1/Event', 'eventsEvent'],
  ['autoscaling/v1/Scale', 'scale'],
  ['discovery.k8s.io/v1/EndpointSlice', 'endpointSlice'],
  ['coordination.k8s.io/v1/Lease', 'lease'],
  ['policy/v1/Eviction', 'eviction'],
  ['authentication.k8s.io/v1/TokenRequest', 'tokenRequest'],
]);
const TYPED_FIELDS = [...new Set(TYPED.values())];

/** Field `json` of reckon.v1.Object. */
const JSON_FIELD = 1;

/** Whether the kind has a message of its own. */
export function isTyped(resource: Pick<ResourceSchema, 'group' | 'version' | 'kind'>): boolean {
  return TYPED.has(`${groupVersion(resource)}/${resource.kind}`);
}

/** A message that is ready to be sent: reckon.v1.Object, without its own field head. */
export interface EncodedObject {
  readonly lengthBytes: number;
  write(writer: MessageWriter): void;
}

const typedBytes = new WeakMap<ObjectAt, Uint8Array>();

export function encodeObject(object: ObjectAt, form: Form): EncodedObject {
  if (form !== Form.FORM_JSON) {
    const typed = encodeTyped(object);
    if (typed) return { lengthBytes: typed.length, write: (writer) => void writer.raw(typed) };
  }
  return encodeJson(object.json);
}

/** An object that is JSON and nothing else. */
export function encodeJson(json: Uint8Array): EncodedObject {
  return {
    lengthBytes: 1 + varintBytes(json.length) + json.length,
    write: (writer) => void writer.bytes(JSON_FIELD, json),
  };
}

/** Encoded once for all who read this revision. Undefined: the kind has no message. */
function encodeTyped(object: ObjectAt): Uint8Array | undefined {
  const { apiVersion, kind } = object.value;
  const field = TYPED.get(`${apiVersion}/${kind}`);
  if (field === undefined) return undefined;
  let bytes = typedBytes.get(object);
  if (!bytes) {
    bytes = ObjectMessage.encode({ [field]: object.value }).finish();
    typedBytes.set(object, bytes);
  }
  return bytes;
}

/** @param kind the kind that is expected, for what a typed message leaves out. */
export function decodeObject(
  message: ObjectMessage | undefined,
  kind: Pick<ResourceSchema, 'group' | 'version' | 'kind'>,
): Body {
  if (message?.json) return jsonBody(message.json);
  if (message?.generic) return { value: message.generic, duplicateFields: [] };
  for (const field of TYPED_FIELDS) {
    const typed = message?.[field];
    if (!typed) continue;
    const given = typed as Partial<KubeObject>;
    const { apiVersion = groupVersion(kind), kind: name = kind.kind, ...rest } = given;
    return { value: { apiVersion, kind: name, ...rest }, duplicateFields: [] };
  }
  throw badRequest('the request holds no object');
}

/** UTF-8 JSON that must be an object. */
export function jsonBody(bytes: Uint8Array): Body {
  const body = decodeJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  if (isObject(body.value)) return body;
  throw badRequest('the object is no JSON object');
}
