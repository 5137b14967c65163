/**
 * What one rule of a role allows, as Kubernetes matches it (rbac.authorization.k8s.io/v1, PolicyRule).
 */
import { isArray, isObject } from '@reckon/api';
import type { AccessAttributes } from '../../verbs/types.ts';

/** A rule as it stands in a role; a list that is not there is empty. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  /** `pods`, `pods/status`, any `scale`, `*`. */
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

export const ALL = '*';

/** Everything there is (the ClusterRole `cluster-admin`). */
export const FULL_AUTHORITY: readonly PolicyRule[] = [
  { verbs: [ALL], apiGroups: [ALL], resources: [ALL], resourceNames: [], nonResourceURLs: [] },
  { verbs: [ALL], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [ALL] },
];

/** @param rules of a Role or ClusterRole, decoded by the schema. */
export function policyRules(rules: unknown): readonly PolicyRule[] {
  if (!isArray(rules)) return [];
  return rules.filter(isObject).map((rule) => ({
    verbs: strings(rule.verbs),
    apiGroups: strings(rule.apiGroups),
    resources: strings(rule.resources),
    resourceNames: strings(rule.resourceNames),
    nonResourceURLs: strings(rule.nonResourceURLs),
  }));
}

function strings(value: unknown): readonly string[] {
  return isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

export function has(list: readonly string[], value: string): boolean {
  return list.includes(value) || list.includes(ALL);
}

/** Whether the rule allows it, of which the resource is known to match already. */
export function allowsOfResource(rule: PolicyRule, asked: AccessAttributes): boolean {
  if (!has(rule.verbs, asked.verb) || !has(rule.apiGroups, asked.group)) return false;
  return rule.resourceNames.length === 0 || rule.resourceNames.includes(asked.name);
}

export function pathMatches(pattern: string, path: string): boolean {
  if (pattern === ALL || pattern === path) return true;
  return pattern.endsWith(ALL) && path.startsWith(pattern.replace(/\*+$/, ''));
}
