/**
 * What a node agent may do (Kubernetes: node authorization): read what the pods bound to its node name, watch those
 * pods, look after its own Node and Lease. Which pods and labels its writes may touch, admission says
 * (`admission/node-restriction.ts`).
 */
import { parseFieldSelector } from '@reckon/api';
import type { AccessAttributes, User } from '../../verbs/types.ts';
import { CompiledRole } from '../rbac/compiled-role.ts';
import type { PolicyRule } from '../rbac/rule.ts';
import type { NodeIndex, Referable } from './node-index.ts';

const PREFIX = 'system:node:';
export const LEASE_NAMESPACE = 'kube-node-lease';

/** The node that the user is the agent of; undefined if it is no agent. */
export function nodeNameOf({ name, groups }: User): string | undefined {
  return name.startsWith(PREFIX) && name.length > PREFIX.length && groups.includes('system:nodes')
    ? name.slice(PREFIX.length)
    : undefined;
}

const READ = ['get', 'list', 'watch'];

function rule(verbs: readonly string[], apiGroups: readonly string[], ...resources: string[]): PolicyRule {
  return { verbs, apiGroups, resources, resourceNames: [], nonResourceURLs: [] };
}

/** What every agent may, whatever runs on its node. */
const FOR_ALL_NODES = [
  rule(['create'], ['authentication.k8s.io'], 'tokenreviews'),
  rule(['create'], ['authorization.k8s.io'], 'subjectaccessreviews', 'localsubjectaccessreviews'),
  rule(READ, [''], 'services'),
  // The agent makes Services work, too.
  rule(READ, ['discovery.k8s.io'], 'endpointslices'),
  rule(['create', 'update', 'patch'], ['', 'events.k8s.io'], 'events'),
  rule(['create', 'get', 'list', 'watch'], ['certificates.k8s.io'], 'certificatesigningrequests'),
  rule(READ, ['node.k8s.io'], 'runtimeclasses'),
  rule(READ, ['storage.k8s.io'], 'csidrivers', 'storageclasses'),
  rule(['get', 'create', 'update', 'patch', 'delete'], ['storage.k8s.io'], 'csinodes'),
];

/** What the ClusterRole `system:node` says, for whoever wants to bind it: as Kubernetes' has it, without the bounds. */
export const NODE_RULES: readonly PolicyRule[] = [
  ...FOR_ALL_NODES,
  rule(['create', 'get', 'list', 'watch', 'update', 'patch'], [''], 'nodes'),
  rule(['update', 'patch'], [''], 'nodes/status', 'pods/status'),
  rule([...READ, 'create', 'delete'], [''], 'pods'),
  rule(['create'], [''], 'pods/eviction', 'serviceaccounts/token'),
  rule(READ, [''], 'secrets', 'configmaps'),
  rule(['get'], [''], 'persistentvolumeclaims', 'persistentvolumes', 'serviceaccounts'),
  rule(['update', 'patch'], [''], 'persistentvolumeclaims/status'),
  rule(['get', 'create', 'update', 'patch', 'delete'], ['coordination.k8s.io'], 'leases'),
];

const ALLOWED = '';

export class NodeAuthorizer {
  readonly #index: NodeIndex;
  readonly #general = new CompiledRole(FOR_ALL_NODES);

  constructor(index: NodeIndex) {
    this.#index = index;
  }

  allows(user: User, asked: AccessAttributes): boolean {
    return this.refusal(user, asked) === ALLOWED;
  }

  /** Empty if it may; undefined if this is no node's affair; otherwise why not. */
  refusal(user: User, asked: AccessAttributes): string | undefined {
    const node = nodeNameOf(user);
    if (node === undefined || asked.path !== undefined) return undefined;
    if (asked.group === '') {
      switch (asked.resource) {
        case 'secrets':
        case 'configmaps':
          return this.#read(node, asked, asked.resource, READ);
        case 'persistentvolumeclaims':
          if (asked.subresource === 'status')
            return this.#write(node, asked, 'persistentvolumeclaims', ['update', 'patch']);
          return this.#read(node, asked, asked.resource, ['get']);
        case 'persistentvolumes':
          return asked.verb === 'get' && asked.subresource === '' ? ALLOWED : READ_ONLY;
        case 'serviceaccounts':
          if (asked.subresource === 'token') return this.#write(node, asked, 'serviceaccounts', ['create']);
          return this.#read(node, asked, 'serviceaccounts', ['get']);
        case 'pods':
          return this.#pods(node, asked);
        case 'nodes':
          return ownNode(node, asked);
        default:
      }
    }
    if (asked.group === 'coordination.k8s.io' && asked.resource === 'leases') return ownLease(node, asked);
    return this.#general.allows(asked) ? ALLOWED : undefined;
  }

  #read(
    node: string,
    { verb, subresource, namespace, name }: AccessAttributes,
    resource: Referable,
    verbs: readonly string[],
  ): string {
    if (!verbs.includes(verb)) return READ_ONLY;
    if (subresource !== '') return 'cannot read subresource';
    if (namespace === '') return 'can only read namespaced object of this type';
    return this.#related(node, resource, namespace, name);
  }

  #write(
    node: string,
    { verb, namespace, name }: AccessAttributes,
    resource: Referable,
    verbs: readonly string[],
  ): string {
    if (!verbs.includes(verb)) return `can only ${verbs.join(' or ')} this subresource`;
    return this.#related(node, resource, namespace, name);
  }

  #related(node: string, resource: Referable, namespace: string, name: string): string {
    if (name === '') return 'No Object name found';
    return this.#index.uses(node, resource, namespace, name) ? ALLOWED : unrelated(node);
  }

  /** Its own pods are read one by one or by its name; what it may write of which pods, admission says. */
  #pods(node: string, asked: AccessAttributes): string | undefined {
    const { verb, subresource, namespace, name, fieldSelector = '' } = asked;
    if (subresource === 'status') return verb === 'update' || verb === 'patch' ? ALLOWED : undefined;
    if (subresource === 'eviction') return verb === 'create' ? ALLOWED : undefined;
    if (subresource !== '') return undefined;
    switch (verb) {
      case 'create':
      case 'delete':
        return ALLOWED;
      case 'get':
        return this.#index.runs(node, namespace, name) ? ALLOWED : unrelated(node);
      case 'list':
      case 'watch':
        if (name !== '' && this.#index.runs(node, namespace, name)) return ALLOWED;
        return parseFieldSelector(fieldSelector, 'pods').exactValue('spec.nodeName') === node
          ? ALLOWED
          : 'can only list/watch pods with spec.nodeName field selector';
      default:
        return undefined;
    }
  }
}

const READ_ONLY = 'can only read resources of this type';

function unrelated(node: string): string {
  return `no relationship found between node '${node}' and this object`;
}

function ownNode(node: string, { verb, subresource, name }: AccessAttributes): string | undefined {
  switch (verb) {
    case 'create':
      return subresource === '' ? ALLOWED : undefined;
    case 'get':
    case 'list':
    case 'watch':
      if (subresource !== '') return undefined;
      return name === node ? ALLOWED : `node '${node}' cannot read '${name}', only its own Node object`;
    case 'update':
    case 'patch':
      if (subresource !== '' && subresource !== 'status') return undefined;
      return name === node ? ALLOWED : `node '${node}' cannot write '${name}', only its own Node object`;
    default:
      return undefined;
  }
}

function ownLease(node: string, { verb, namespace, name }: AccessAttributes): string {
  const verbs = ['get', 'create', 'update', 'patch', 'delete'];
  if (!verbs.includes(verb)) return 'can only get, create, update, patch, or delete a node lease';
  if (namespace !== LEASE_NAMESPACE)
    return `can only access leases in the "${LEASE_NAMESPACE}" system namespace`;
  // Of a create the name is not known yet: admission looks at it.
  if (verb !== 'create' && name !== node)
    return 'can only access node lease with the same name as the requesting node';
  return ALLOWED;
}
