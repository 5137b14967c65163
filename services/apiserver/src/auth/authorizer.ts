/**
 * Who may do what, until RBAC objects say so: a fixed set of rules behind the `Authorizer` interface. Everything is
 * forbidden that no rule allows.
 */
import { accessDenied } from '@reckon/api';
import type { AccessAttributes, Authorizer, User } from '../verbs/types.ts';

/** As in RBAC: a rule allows what matches every one of its fields; `*` matches anything. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly groups?: readonly string[];
  /** `pods`, `pods/status`, `*`. */
  readonly resources?: readonly string[];
  /** Absent: any namespace, and the cluster scope. */
  readonly namespace?: string;
  /** Absent: any name. */
  readonly name?: string;
  /** `/openapi/*`. Only for requests that are not about objects. */
  readonly paths?: readonly string[];
}

const READ = ['get', 'list', 'watch'];

const DISCOVERY: readonly Rule[] = [
  {
    verbs: ['get'],
    paths: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/openapi',
      '/openapi/*',
      '/version',
      '/version/',
      '/healthz',
      '/healthz/*',
      '/livez',
      '/livez/*',
      '/readyz',
      '/readyz/*',
    ],
  },
  {
    verbs: ['create'],
    groups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['create'], groups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
];

const ISSUER_DISCOVERY: readonly Rule[] = [
  { verbs: ['get'], paths: ['/.well-known/openid-configuration', '/openid/v1/jwks'] },
];

/** What of its own namespace a service account reads. Secrets are not among it. */
const OF_OWN_NAMESPACE: readonly Rule[] = [
  {
    verbs: READ,
    groups: [''],
    resources: ['configmaps', 'endpoints', 'events', 'pods', 'pods/log', 'serviceaccounts', 'services'],
  },
  { verbs: READ, groups: ['apps'], resources: ['deployments', 'deployments/scale', 'replicasets'] },
  { verbs: READ, groups: ['discovery.k8s.io'], resources: ['endpointslices'] },
  { verbs: ['get'], groups: [''], resources: ['namespaces'] },
];

/** What a node agent needs (Kubernetes: the `system:node` role). */
const OF_NODES: readonly Rule[] = [
  {
    verbs: READ,
    groups: [''],
    resources: ['pods', 'services', 'endpoints', 'namespaces', 'nodes', 'configmaps', 'secrets'],
  },
  {
    verbs: READ,
    groups: [''],
    resources: ['serviceaccounts', 'persistentvolumes', 'persistentvolumeclaims'],
  },
  { verbs: ['create', 'delete'], groups: [''], resources: ['pods'] },
  { verbs: ['update', 'patch'], groups: [''], resources: ['pods/status'] },
  { verbs: ['create'], groups: [''], resources: ['pods/eviction', 'serviceaccounts/token', 'nodes'] },
  { verbs: ['create', 'update', 'patch'], groups: ['', 'events.k8s.io'], resources: ['events'] },
  { verbs: READ, groups: ['discovery.k8s.io'], resources: ['endpointslices'] },
  { verbs: READ, groups: ['node.k8s.io'], resources: ['runtimeclasses'] },
  {
    verbs: [...READ, 'create', 'update', 'patch', 'delete'],
    groups: ['coordination.k8s.io'],
    resources: ['leases'],
    namespace: 'kube-node-lease',
  },
];

function ofNode(nodeName: string): readonly Rule[] {
  return [
    {
      verbs: ['update', 'patch', 'delete'],
      groups: [''],
      resources: ['nodes', 'nodes/status'],
      name: nodeName,
    },
  ];
}

const ALL: readonly Rule[] = [
  { verbs: ['*'], groups: ['*'], resources: ['*'] },
  { verbs: ['*'], paths: ['*'] },
];

const ALL_POWERFUL: ReadonlySet<string> = new Set([
  'system:apiserver',
  'system:kube-scheduler',
  'system:kube-controller-manager',
]);

/** Sees rights without asking for one (`kubectl auth can-i --list`). */
export interface RuleLister {
  /** The rules that count for a user in a namespace. */
  rulesFor(user: User, namespace: string): readonly Rule[];
}

export class StaticAuthorizer implements Authorizer, RuleLister {
  readonly #rules = new WeakMap<User, readonly Rule[]>();

  authorize(user: User, attributes: AccessAttributes): void {
    if (!this.allows(user, attributes)) throw accessDenied({ ...attributes, user: user.name });
  }

  allows(user: User, attributes: AccessAttributes): boolean {
    const rules = this.#of(user);
    if (rules === ALL) return true;
    for (const rule of rules) if (matches(rule, attributes)) return true;
    return false;
  }

  rulesFor(user: User, namespace: string): readonly Rule[] {
    return this.#of(user).filter((rule) => rule.namespace === undefined || rule.namespace === namespace);
  }

  #of(user: User): readonly Rule[] {
    let rules = this.#rules.get(user);
    if (!rules) {
      rules = rulesOf(user);
      this.#rules.set(user, rules);
    }
    return rules;
  }
}

function rulesOf(user: User): readonly Rule[] {
  const { name, groups } = user;
  if (groups.includes('system:masters')) return ALL;
  if (ALL_POWERFUL.has(name)) return ALL;
  const rules: Rule[] = [];
  if (groups.includes('system:authenticated')) rules.push(...DISCOVERY);
  if (groups.includes('system:serviceaccounts')) rules.push(...ISSUER_DISCOVERY);
  if (groups.includes('system:nodes') && name.startsWith('system:node:'))
    rules.push(...OF_NODES, ...ofNode(name.slice('system:node:'.length)));
  const namespace = /^system:serviceaccount:([^:]+):[^:]+$/.exec(name)?.[1];
  if (namespace !== undefined) for (const rule of OF_OWN_NAMESPACE) rules.push({ ...rule, namespace });
  return rules;
}

function matches(rule: Rule, asked: AccessAttributes): boolean {
  if (!has(rule.verbs, asked.verb)) return false;
  if (asked.path !== undefined)
    return rule.paths?.some((path) => pathMatches(path, asked.path ?? '')) === true;
  if (!rule.resources || !rule.groups) return false;
  if (rule.namespace !== undefined && rule.namespace !== asked.namespace) return false;
  if (rule.name !== undefined && rule.name !== asked.name) return false;
  if (!has(rule.groups, asked.group)) return false;
  const resource = asked.subresource === '' ? asked.resource : `${asked.resource}/${asked.subresource}`;
  return has(rule.resources, resource);
}

function has(list: readonly string[], value: string): boolean {
  return list.includes(value) || list.includes('*');
}

function pathMatches(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}
