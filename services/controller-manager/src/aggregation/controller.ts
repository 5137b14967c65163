import { CLUSTER_ROLES, type Controller, keyOf, parseKey, watch } from '@reckon/client';
import { planAggregation } from './plan.ts';
import type { AggregationObserved, StoredClusterRole } from './types.ts';

/** Fills ClusterRoles that have an aggregation rule (rbac.authorization.k8s.io/v1). */
export const aggregationController: Controller<StoredClusterRole, AggregationObserved> = {
  name: 'clusterrole-aggregation-controller',
  watches: [
    // Which roles a change concerns, labels before and after say; there are few that aggregate.
    watch(CLUSTER_ROLES, (_change, snapshot) =>
      snapshot
        .list(CLUSTER_ROLES)
        .filter(({ aggregationRule }) => aggregationRule !== undefined)
        .map(keyOf),
    ),
  ],
  observe(snapshot, key) {
    const { name } = parseKey(key);
    const desired = snapshot.get(CLUSTER_ROLES, '', name);
    if (!desired?.aggregationRule || desired.metadata.deletionTimestamp !== undefined) return undefined;
    const others = snapshot.list(CLUSTER_ROLES).filter((other) => other.metadata.name !== name);
    return { desired, observed: { others } };
  },
  plan: planAggregation,
};
