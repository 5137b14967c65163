/**
 * Kubernetes' NodeRestriction: which of the things that a node agent may write are its own
 * (https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction).
 */
import { type ApiError, forbidden, isArray, isObject, semanticEqual } from '@reckon/api';
import { LEASE_NAMESPACE, nodeNameOf } from '../auth/node/node-authorizer.ts';
import { referencesOf } from '../auth/node/node-index.ts';
import type { KubeObject, RequestContext, Target } from '../verbs/types.ts';
import { forbiddenLabels, modifiedLabels } from './node-labels.ts';

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

interface Asked {
  readonly target: Target;
  readonly context: RequestContext;
}

export function restrictNodeCreate({ target, context }: Asked, object: KubeObject): void {
  const node = nodeNameOf(context.user);
  if (node === undefined) return;
  const refuse = refusalOf(target, object.metadata.name ?? '');
  switch (target.resource.groupResource) {
    case 'pods':
      restrictMirrorPod(node, object, refuse);
      break;
    case 'nodes':
      restrictNewNode(node, object, refuse);
      break;
    case 'leases.coordination.k8s.io':
      if (target.namespace !== LEASE_NAMESPACE)
        throw refuse(`can only access leases in the "${LEASE_NAMESPACE}" system namespace`);
      if (object.metadata.name !== node)
        throw refuse('can only access node lease with the same name as the requesting node');
      return;
    default:
  }
}

export function restrictNodeUpdate({ target, context }: Asked, before: KubeObject, after: KubeObject): void {
  const node = nodeNameOf(context.user);
  if (node === undefined) return;
  const refuse = refusalOf(target, target.name);
  switch (target.resource.groupResource) {
    case 'pods':
      if (nodeOf(before) !== node)
        throw refuse(`node "${node}" can only update pod status for pods with spec.nodeName set to itself`);
      if (!semanticEqual(before.metadata.labels, after.metadata.labels))
        throw refuse(`node "${node}" cannot update labels through pod status`);
      return;
    case 'nodes':
      restrictOwnNode({ node, before, after, name: target.name, refuse });
      break;
    default:
  }
}

/** Also of an eviction. */
export function restrictNodeDelete({ target, context }: Asked, current: KubeObject): void {
  const node = nodeNameOf(context.user);
  if (node === undefined) return;
  if (target.resource.groupResource === 'pods' && nodeOf(current) !== node)
    throw refusalOf(
      target,
      target.name,
    )(`node "${node}" can only delete pods with spec.nodeName set to itself`);
}

/**
 * A token for an agent is for a pod that it runs.
 *
 * @param pod that the token is to be bound to.
 */
export function restrictNodeToken({ target, context }: Asked, pod: KubeObject | undefined): void {
  const node = nodeNameOf(context.user);
  if (node === undefined) return;
  const refuse = refusalOf(target, target.name);
  if (!pod) throw refuse('node requested token not bound to a pod');
  if (nodeOf(pod) !== node) throw refuse('node requested token bound to a pod scheduled on a different node');
}

type Refuse = (why: string) => ApiError;

function refusalOf({ resource }: Target, name: string): Refuse {
  return (why) => forbidden(resource.groupResource, name, why);
}

function nodeOf({ spec }: KubeObject): unknown {
  return isObject(spec) ? spec.nodeName : undefined;
}

/** An agent makes no pods but the images of those that it runs from files. */
function restrictMirrorPod(node: string, pod: KubeObject, refuse: Refuse): void {
  if (pod.metadata.annotations?.[MIRROR_ANNOTATION] === undefined)
    throw refuse(
      `pod does not have "${MIRROR_ANNOTATION}" annotation, node "${node}" can only create mirror pods`,
    );
  if (nodeOf(pod) !== node)
    throw refuse(`node "${node}" can only create pods with spec.nodeName set to itself`);
  const owners = pod.metadata.ownerReferences ?? [];
  if (owners.some(({ kind, name }) => kind !== 'Node' || name !== node))
    throw refuse(`node "${node}" can only create pods with an owner reference set to itself`);
  for (const reference of referencesOf(pod)) {
    const [resource] = reference.split(' ');
    throw refuse(`node "${node}" can not create pods that reference ${resource}`);
  }
}

function restrictNewNode(node: string, object: KubeObject, refuse: Refuse): void {
  if (object.metadata.name !== node)
    throw refuse(`node "${node}" is not allowed to modify node "${object.metadata.name ?? ''}"`);
  if ((object.metadata.ownerReferences ?? []).length > 0)
    throw refuse(`node "${node}" is not allowed to set owner references`);
  const labels = forbiddenLabels(modifiedLabels({}, object.metadata.labels ?? {}));
  if (labels.length > 0)
    throw refuse(`node "${node}" is not allowed to set the following labels: ${labels.join(', ')}`);
}

function restrictOwnNode(change: {
  readonly node: string;
  readonly name: string;
  readonly before: KubeObject;
  readonly after: KubeObject;
  readonly refuse: Refuse;
}): void {
  const { node, name, before, after, refuse } = change;
  if (name !== node) throw refuse(`node "${node}" is not allowed to modify node "${name}"`);
  if (!semanticEqual(taintsOf(before), taintsOf(after)))
    throw refuse(`node "${node}" is not allowed to modify taints`);
  if (!semanticEqual(before.metadata.ownerReferences, after.metadata.ownerReferences))
    throw refuse(`node "${node}" is not allowed to modify owner references`);
  const labels = forbiddenLabels(modifiedLabels(before.metadata.labels ?? {}, after.metadata.labels ?? {}));
  if (labels.length > 0) throw refuse(`is not allowed to modify labels: ${labels.join(', ')}`);
}

function taintsOf({ spec }: KubeObject): unknown {
  const taints = isObject(spec) ? spec.taints : undefined;
  return isArray(taints) ? taints : [];
}
