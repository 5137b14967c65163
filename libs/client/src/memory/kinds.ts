/** What kinds are special about when they are written, as far as `MemoryApi` knows it (registry strategies of Kubernetes). */
import { deepFreeze, FINALIZER_FOREGROUND, FINALIZER_ORPHAN, isObject, rfc3339 } from '@reckon/api';
import type { DeleteOptions, KubeObject, Stored, WritableObject } from '../types.ts';
import type { Unstored } from './memory-log.ts';

/** Kinds whose status is written by `/status` only, and so is left out of what creates or updates the object. */
const WITH_STATUS: ReadonlySet<string> = new Set([
  'certificatesigningrequests.certificates.k8s.io',
  'cronjobs.batch',
  'daemonsets.apps',
  'deployments.apps',
  'jobs.batch',
  'namespaces',
  'nodes',
  'persistentvolumeclaims',
  'poddisruptionbudgets.policy',
  'pods',
  'replicasets.apps',
  'replicationcontrollers',
  'resourcequotas',
  'services',
  'statefulsets.apps',
]);

/** Kinds whose dependents stay behind if nobody says what is to become of them. */
const ORPHANS_BY_DEFAULT: ReadonlySet<string> = new Set(['jobs.batch', 'replicationcontrollers']);

const DEFAULT_GRACE_SECONDS = 30;

/** A JSON object whose fields nobody has typed. */
export type Fields = { readonly [field: string]: unknown };

export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

export function hasStatus(resource: string): boolean {
  return WITH_STATUS.has(resource);
}

/** `.status` and `.spec` of a new object. */
export function initialFields(resource: string, object: KubeObject): Fields {
  const fields: Fields = fieldsOf(object);
  if (!hasStatus(resource)) return fields;
  switch (resource) {
    case 'nodes':
      return fields;
    case 'pods':
      return { ...fields, status: { phase: 'Pending' } };
    case 'namespaces':
      return {
        ...fields,
        spec: { ...fieldsOf(fields.spec), finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      };
    default:
      return { ...fields, status: {} };
  }
}

/** Seconds that a deletion leaves the object; 0: it can go at once. */
export function graceSeconds(resource: string, object: Stored, requested: number | undefined): number {
  if (resource !== 'pods') return 0;
  const spec = fieldsOf(fieldsOf(object).spec);
  const { phase } = fieldsOf(fieldsOf(object).status);
  if (!spec.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
  const own = spec.terminationGracePeriodSeconds;
  return Math.max(0, requested ?? (typeof own === 'number' ? own : DEFAULT_GRACE_SECONDS));
}

/** The finalizers that a deletion with this propagation policy adds or takes. */
export function deletionFinalizers(
  resource: string,
  object: Stored,
  options: DeleteOptions,
): readonly string[] {
  const kept = (object.metadata.finalizers ?? []).filter(
    (name) => name !== FINALIZER_FOREGROUND && name !== FINALIZER_ORPHAN,
  );
  if (options.propagationPolicy === 'Foreground') return [...kept, FINALIZER_FOREGROUND];
  if (options.propagationPolicy === 'Orphan') return [...kept, FINALIZER_ORPHAN];
  const present = object.metadata.finalizers ?? [];
  if (options.propagationPolicy) return kept;
  return kept.length === present.length && ORPHANS_BY_DEFAULT.has(resource)
    ? [...kept, FINALIZER_ORPHAN]
    : present;
}

/** Nothing holds a deleted object any more. */
export function mayGo(resource: string, object: Unstored): boolean {
  const { deletionTimestamp, finalizers, deletionGracePeriodSeconds } = object.metadata;
  if (!deletionTimestamp || finalizers?.length) return false;
  if (resource === 'namespaces') {
    const left = fieldsOf(fieldsOf(object).spec).finalizers;
    return !(Array.isArray(left) && left.length > 0);
  }
  return !deletionGracePeriodSeconds;
}

/** What marks an object as being deleted, beside the timestamp. */
export function deletedFields(resource: string, object: Stored): Fields {
  const fields: Fields = fieldsOf(object);
  return resource === 'namespaces'
    ? { ...fields, status: { ...fieldsOf(fields.status), phase: 'Terminating' } }
    : fields;
}

/** A pod bound to a node, as `pods/binding` leaves it. */
export function boundPod(pod: Stored, nodeName: string, nowMs: number): Fields {
  const fields = fieldsOf(pod);
  const status = fieldsOf(fields.status);
  const conditions = Array.isArray(status.conditions) ? status.conditions : [];
  const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: rfc3339(nowMs) };
  return {
    ...fields,
    spec: { ...fieldsOf(fields.spec), nodeName },
    status: {
      ...status,
      conditions: [...conditions.filter((one) => fieldsOf(one).type !== 'PodScheduled'), scheduled],
    },
  };
}

const TOKEN_SECONDS = 3_600;

/** What `serviceaccounts/token` answers: a token that nobody checks. */
export function issuedToken(account: Stored, request: WritableObject, nowMs: number): Stored {
  const asked = fieldsOf(fieldsOf(request).spec).expirationSeconds;
  const expirationSeconds = typeof asked === 'number' ? asked : TOKEN_SECONDS;
  const { name, namespace } = account.metadata;
  return deepFreeze({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    // Nothing is stored: there is no revision.
    metadata: { ...account.metadata, resourceVersion: '0' },
    spec: fieldsOf(request).spec,
    status: {
      token: `token-of-${namespace}-${name}`,
      expirationTimestamp: rfc3339(nowMs + expirationSeconds * 1_000),
    },
  });
}
