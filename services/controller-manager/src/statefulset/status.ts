import { podAvailableAtMs } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { StatefulSetStatus } from '@reckon/proto/reckon/api/apps/v1/stateful_set.ts';
import type { StoredPod } from '../resources.ts';
import { isAvailable, isRunningAndReady, isTerminating, revisionOf, type SetState } from './set.ts';

/** `.status` as it should be, and when a pod that is ready becomes available. */
export function statefulSetStatus(state: SetState): {
  readonly status: Frozen<StatefulSetStatus>;
  readonly wakeAtMs: number | undefined;
} {
  const { set, history, nowMs, replicas } = state;
  const pods = [...state.pods.values(), ...state.condemned];
  const ready = pods.filter(isRunningAndReady);
  const available = pods.filter((pod) => isAvailable(state, pod));
  const updated = pods.filter((pod) => !isTerminating(pod) && revisionOf(pod) === state.update).length;
  const current = pods.filter((pod) => !isTerminating(pod) && revisionOf(pod) === state.current).length;
  const complete = isRolling(state) && updated === replicas && ready.length === replicas;
  const collisions = (set.status?.collisionCount ?? 0) + (history.collision ? 1 : 0);
  const currentReplicas = complete ? updated : current;
  return {
    status: {
      observedGeneration: set.metadata.generation,
      replicas: pods.length,
      ...(ready.length > 0 ? { readyReplicas: ready.length } : {}),
      ...(currentReplicas > 0 ? { currentReplicas } : {}),
      ...(updated > 0 ? { updatedReplicas: updated } : {}),
      currentRevision: complete ? state.update : state.current,
      updateRevision: state.update,
      collisionCount: collisions,
      availableReplicas: available.length,
    },
    wakeAtMs: nextAvailableMs(ready, set.spec?.minReadySeconds ?? 0, nowMs),
  };
}

/** Only rolling updates move the current revision. */
function isRolling({ set }: SetState): boolean {
  return (set.spec?.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

function nextAvailableMs(
  ready: readonly StoredPod[],
  minReadySeconds: number,
  nowMs: number,
): number | undefined {
  const due = ready
    .map((pod) => podAvailableAtMs(pod, minReadySeconds))
    .filter((atMs) => atMs !== undefined && atMs > nowMs)
    .map(Number);
  return due.length > 0 ? Math.min(...due) : undefined;
}
