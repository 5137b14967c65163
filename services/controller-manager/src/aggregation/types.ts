import type { Stored } from '@reckon/client';
import type { ClusterRole } from '@reckon/proto/reckon/api/rbac/v1/cluster_role.ts';

export type StoredClusterRole = Stored<ClusterRole>;

export interface AggregationObserved {
  /** All other ClusterRoles. */
  readonly others: readonly StoredClusterRole[];
}
