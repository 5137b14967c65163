import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterRole } from '@reckon/proto/reckon/api/rbac/v1/cluster_role.ts';
import { stored } from '../testing/objects.ts';
import { planAggregation } from './plan.ts';
import type { StoredClusterRole } from './types.ts';

const pods = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const jobs = { verbs: ['get'], apiGroups: ['batch'], resources: ['jobs'] };
const INTO_VIEW = { 'into-view': 'true' };

function role(name: string, rest: ClusterRole, labels: Record<string, string> = {}): StoredClusterRole {
  return stored<ClusterRole>({ kind: 'ClusterRole', ...rest, metadata: { name, labels } });
}

function view(rules?: ClusterRole['rules']): StoredClusterRole {
  return role('view', {
    rules,
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: INTO_VIEW }] },
  });
}

function rulesAfter(desired: StoredClusterRole, others: readonly StoredClusterRole[]): unknown {
  const [action, ...more] = planAggregation({ desired, observed: { others } }).actions;
  assert.deepEqual(more, []);
  if (!action) return 'unchanged';
  assert.ok(action.type === 'update');
  return (action.object as ClusterRole).rules;
}

describe('an aggregated role', () => {
  it('has the rules of the roles that it selects, each once, in order of their names', () => {
    const others = [
      role('b', { rules: [jobs, pods] }, INTO_VIEW),
      role('a', { rules: [pods] }, INTO_VIEW),
      role('c', { rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] }),
    ];
    assert.deepEqual(rulesAfter(view(), others), [pods, jobs]);
  });

  it('is left alone once it has them', () => {
    assert.equal(rulesAfter(view([pods]), [role('a', { rules: [pods] }, INTO_VIEW)]), 'unchanged');
    assert.equal(rulesAfter(view(), []), 'unchanged');
  });

  it('loses what somebody wrote into it, and what left its selection', () => {
    assert.deepEqual(rulesAfter(view([pods, jobs]), [role('a', { rules: [pods] })]), []);
  });
});
