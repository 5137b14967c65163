import { resolveFenceposts, sameTemplate } from '@reckon/api';
import type { StoredDeployment, StoredReplicaSet } from '../resources.ts';
import type { Rollout } from './types.ts';

/** Sorts a Deployment's ReplicaSets into the current one and the old ones. */
export function rolloutOf(deployment: StoredDeployment, replicaSets: readonly StoredReplicaSet[]): Rollout {
  const { spec } = deployment;
  const replicas = spec?.replicas ?? 1;
  const all = [...replicaSets].sort(byAge);
  const current = all.find((replicaSet) => sameTemplate(replicaSet.spec?.template, spec?.template));
  const rolling = spec?.strategy?.type !== 'Recreate';
  const { surge, unavailable } = resolveFenceposts(
    intOrPercent(spec?.strategy?.rollingUpdate?.maxSurge),
    intOrPercent(spec?.strategy?.rollingUpdate?.maxUnavailable),
    replicas,
  );
  return {
    deployment,
    current,
    old: all.filter((replicaSet) => replicaSet !== current),
    all,
    replicas,
    maxSurge: rolling ? surge : 0,
    maxUnavailable: rolling ? Math.min(unavailable, replicas) : 0,
  };
}

function intOrPercent(value: unknown): number | string {
  return typeof value === 'number' || typeof value === 'string' ? value : '25%';
}

function byAge(a: StoredReplicaSet, b: StoredReplicaSet): number {
  return (
    Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
    (a.metadata.name < b.metadata.name ? -1 : 1)
  );
}

export function wanted(replicaSet: StoredReplicaSet | undefined): number {
  return replicaSet ? (replicaSet.spec?.replicas ?? 1) : 0;
}

/** Available pods that will stay: a ReplicaSet that was just scaled down has not yet said how many are left. */
export function available(replicaSet: StoredReplicaSet | undefined): number {
  return Math.min(replicaSet?.status?.availableReplicas ?? 0, wanted(replicaSet));
}

export function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

export function isActive(replicaSet: StoredReplicaSet): boolean {
  return wanted(replicaSet) > 0;
}
