/** Short ways to write down roles and bindings as data. */
import { RBAC_GROUP } from '../../auth/rbac/rbac-index.ts';
import type { KubeObject } from '../../verbs/types.ts';

export interface RoleRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export const READ = ['get', 'list', 'watch'];
export const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];
export const READ_WRITE = [...READ, ...WRITE];

/** @param groups comma-separated API groups; `core` is the one without a name. */
export function may(verbs: readonly string[], groups: string, ...resources: string[]): RoleRule {
  return {
    verbs,
    apiGroups: groups.split(',').map((group) => (group === 'core' ? '' : group)),
    resources,
  };
}

export function mayOf(names: readonly string[], rule: RoleRule): RoleRule {
  return { ...rule, resourceNames: names };
}

export function mayGet(...nonResourceURLs: string[]): RoleRule {
  return { verbs: ['get'], nonResourceURLs };
}

const API_VERSION = `${RBAC_GROUP}/v1`;
const BOOTSTRAPPING = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
/** An object with it is brought up to date at every start; set to "false" it is left alone. */
export const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const ANNOTATIONS = { [AUTO_UPDATE]: 'true' };
const AGGREGATE_TO = 'rbac.authorization.k8s.io/aggregate-to-';

export function clusterRole(name: string, rules: readonly RoleRule[]): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: { name, labels: BOOTSTRAPPING, annotations: ANNOTATIONS },
    rules,
  };
}

/** A ClusterRole whose rules become part of others (`admin`, `edit`, `view`). */
export function part(name: string, of: readonly string[], rules: readonly RoleRule[]): KubeObject {
  const role = clusterRole(name, rules);
  const into = Object.fromEntries(of.map((one) => [AGGREGATE_TO + one, 'true']));
  return { ...role, metadata: { ...role.metadata, labels: { ...BOOTSTRAPPING, ...into } } };
}

/** A ClusterRole made of those that say they belong to it, and that itself may belong to another. */
export function aggregated(name: string, into?: string): KubeObject {
  const role = part(name, into === undefined ? [] : [into], []);
  const { rules: _, ...rest } = role;
  const clusterRoleSelectors = [{ matchLabels: { [AGGREGATE_TO + name]: 'true' } }];
  return { ...rest, aggregationRule: { clusterRoleSelectors } };
}

export type SubjectText = `User ${string}` | `Group ${string}` | `ServiceAccount ${string}/${string}`;

export function clusterBinding(role: string, subjects: readonly SubjectText[], name = role): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: BOOTSTRAPPING, annotations: ANNOTATIONS },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: role },
    ...(subjects.length > 0 && { subjects: subjects.map(subjectOf) }),
  };
}

function subjectOf(text: SubjectText): Readonly<Record<string, string>> {
  const [kind = '', name = ''] = text.split(' ');
  if (kind !== 'ServiceAccount') return { apiGroup: RBAC_GROUP, kind, name };
  const [namespace = '', account = ''] = name.split('/');
  return { kind, namespace, name: account };
}
