/** An aggregated ClusterRole holds the rules of those that its selectors choose, by name, each rule once. */
import { jsonEqual } from '@reckon/api';
import { CLUSTER_ROLES, type Plan, type PlanInput } from '@reckon/client';
import { matches } from '../ownership.ts';
import type { AggregationObserved, StoredClusterRole } from './types.ts';

export function planAggregation({
  desired,
  observed,
}: Pick<PlanInput<StoredClusterRole, AggregationObserved>, 'desired' | 'observed'>): Plan {
  const parts = partsOf(desired, observed.others);
  const rules = rulesOf(parts);
  if (jsonEqual(rules, desired.rules ?? [])) return { actions: [] };
  const names = parts.map(({ metadata }) => metadata.name).join(', ');
  return {
    actions: [
      {
        type: 'update',
        resource: CLUSTER_ROLES,
        object: { ...desired, rules },
        because: parts.length === 0 ? 'no role belongs to it' : `it is made of the rules of ${names}`,
      },
    ],
  };
}

/** In order of names, so that the same roles always come to the same rules. */
function partsOf(
  role: StoredClusterRole,
  others: readonly StoredClusterRole[],
): readonly StoredClusterRole[] {
  const selectors = role.aggregationRule?.clusterRoleSelectors ?? [];
  return others
    .filter((other) => selectors.some((selector) => matches(selector, other)))
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

type Rule = NonNullable<StoredClusterRole['rules']>[number];

function rulesOf(parts: readonly StoredClusterRole[]): readonly Rule[] {
  const rules: Rule[] = [];
  for (const rule of parts.flatMap((part) => part.rules ?? []))
    if (!rules.some((other) => jsonEqual(other, rule))) rules.push(rule);
  return rules;
}
