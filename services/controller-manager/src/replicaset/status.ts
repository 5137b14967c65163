import {
  isPodActive,
  isPodAvailable,
  isPodReady,
  podAvailableAtMs,
  removeCondition,
  rfc3339,
  setCondition,
} from '@reckon/api';
import type { ActionFailure, Frozen } from '@reckon/client';
import type { ReplicaSetStatus } from '@reckon/proto/reckon/api/apps/v1/replica_set.ts';
import type { StoredPod, StoredReplicaSet } from '../resources.ts';

/** `.status` as it should be, and when a pod that is ready becomes available. */
export function replicaSetStatus(
  replicaSet: StoredReplicaSet,
  owned: readonly StoredPod[],
  failures: readonly ActionFailure[],
  nowMs: number,
): { readonly status: Frozen<ReplicaSetStatus>; readonly wakeAtMs: number | undefined } {
  const active = owned.filter(isPodActive);
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const templateLabels = Object.entries(replicaSet.spec?.template?.metadata?.labels ?? {});
  const ready = active.filter(isPodReady);
  const available = ready.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs));
  const due = ready
    .map((pod) => podAvailableAtMs(pod, minReadySeconds))
    .filter((atMs): atMs is number => atMs !== undefined && atMs > nowMs);
  const labeled = active.filter((pod) => templateLabels.every(([k, v]) => pod.metadata.labels?.[k] === v));
  const conditions = failureCondition(replicaSet, failures, nowMs);
  return {
    status: {
      replicas: active.length,
      ...(labeled.length > 0 ? { fullyLabeledReplicas: labeled.length } : {}),
      ...(ready.length > 0 ? { readyReplicas: ready.length } : {}),
      ...(available.length > 0 ? { availableReplicas: available.length } : {}),
      observedGeneration: replicaSet.metadata.generation,
      ...(conditions.length > 0 ? { conditions } : {}),
    },
    wakeAtMs: due.length > 0 ? Math.min(...due) : undefined,
  };
}

type Conditions = NonNullable<Frozen<ReplicaSetStatus>['conditions']>;

function failureCondition(
  replicaSet: StoredReplicaSet,
  failures: readonly ActionFailure[],
  nowMs: number,
): Conditions {
  const before = replicaSet.status?.conditions ?? [];
  const failed = failures.find(({ action }) => action.type === 'create' || action.type === 'delete');
  if (!failed) return removeCondition(before, 'ReplicaFailure');
  const condition = {
    type: 'ReplicaFailure',
    status: 'True',
    reason: failed.action.type === 'create' ? 'FailedCreate' : 'FailedDelete',
    message: failed.error.message,
  };
  return setCondition<Conditions[number]>(before, condition, rfc3339(nowMs));
}
