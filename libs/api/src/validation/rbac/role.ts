import type { ClusterRole } from '@reckon/proto/reckon/api/rbac/v1/cluster_role.ts';
import type { Role } from '@reckon/proto/reckon/api/rbac/v1/role.ts';
import type { PolicyRule } from '@reckon/proto/reckon/api/rbac/v1/types.ts';
import type { Cause } from '../../errors/api-error.ts';
import { pathSegmentName } from '../../names/object-name.ts';
import { invalidValue, required } from '../causes.ts';
import { checkLabelSelector } from '../labels.ts';
import type { Frozen, KindRules } from '../types.ts';

export const ROLE: KindRules<Role> = {
  name: pathSegmentName,
  object: ({ rules }, causes) => checkRules(rules, true, causes),
};

export const CLUSTER_ROLE: KindRules<ClusterRole> = {
  name: pathSegmentName,
  object: ({ rules, aggregationRule }, causes) => {
    checkRules(rules, false, causes);
    if (aggregationRule === undefined) return;
    const { clusterRoleSelectors = [] } = aggregationRule;
    const path = 'aggregationRule.clusterRoleSelectors';
    if (clusterRoleSelectors.length === 0) {
      causes.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
    }
    for (const [index, selector] of clusterRoleSelectors.entries()) {
      checkLabelSelector(selector, `${path}[${index}]`, causes);
    }
  },
};

function checkRules(
  rules: readonly Frozen<PolicyRule>[] | undefined,
  namespaced: boolean,
  causes: Cause[],
): void {
  for (const [index, rule] of (rules ?? []).entries()) checkRule(rule, namespaced, `rules[${index}]`, causes);
}

function checkRule(rule: Frozen<PolicyRule>, namespaced: boolean, path: string, causes: Cause[]): void {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if (verbs.length === 0) causes.push(required(`${path}.verbs`, 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0) {
    const wrong = (why: string) => causes.push(invalidValue(`${path}.nonResourceURLs`, nonResourceURLs, why));
    if (namespaced) wrong('namespaced rules cannot apply to non-resource URLs');
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      wrong('rules cannot apply to both regular resources and non-resource URLs');
    }
    return;
  }
  if (apiGroups.length === 0) {
    causes.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    causes.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
  }
}
