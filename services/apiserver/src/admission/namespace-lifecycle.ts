/** Kubernetes' NamespaceLifecycle: nothing new where there is no namespace, or one that is going away. */
import { ApiError, badRequest, forbidden, isObject, notFound } from '@reckon/api';
import type { Condition } from '@reckon/store';
import type { Preparation } from '../verbs/env.ts';
import type { KubeObject, Target } from '../verbs/types.ts';

/** Namespaces that the cluster cannot be without. */
const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/**
 * The namespace must still be as it was seen here when the object is committed: otherwise an object could be created
 * into a namespace that ends at the same moment, and stay in the log without one.
 */
export function admitToNamespace({ state }: Preparation, target: Target, object: KubeObject): Condition {
  if (target.namespace === '') throw badRequest('an empty namespace may not be set during creation');
  const key = { resource: 'namespaces', namespace: '', name: target.namespace };
  const namespace = state.get(key);
  if (!namespace) throw notFound('namespaces', target.namespace);
  const phase = isObject(namespace.value.status) ? namespace.value.status.phase : undefined;
  if (phase === 'Terminating' || namespace.value.metadata.deletionTimestamp !== undefined)
    throw terminating(target, object.metadata.name ?? '');
  return { key, rev: namespace.rev };
}

function terminating({ namespace, resource }: Target, name: string): ApiError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { message, details } = forbidden(resource.groupResource, name, why);
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return new ApiError('Forbidden', message, { ...details, causes: [cause] });
}

export function refuseImmortal(resource: string, name: string): void {
  if (resource === 'namespaces' && IMMORTAL.has(name))
    throw forbidden('namespaces', name, 'this namespace may not be deleted');
}
