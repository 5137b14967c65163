import { isPodReady, podAvailableAtMs } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { DaemonSetStatus } from '@reckon/proto/reckon/api/apps/v1/daemon_set.ts';
import { type Daemons, isAvailable } from './daemons.ts';

/** `.status` as it should be, and when a daemon that is ready becomes available. */
export function daemonSetStatus(
  daemons: Daemons,
  collision: boolean,
): { readonly status: Frozen<DaemonSetStatus>; readonly wakeAtMs: number | undefined } {
  const { daemonSet, spots, nowMs } = daemons;
  const wanted = spots.filter(({ place }) => place === 'run');
  const living = wanted.map(({ fresh, stale }) => [...fresh, ...stale]);
  const available = living.filter((pods) => pods.some((pod) => isAvailable(daemons, pod))).length;
  const updated = wanted.filter(({ fresh }) => fresh.length > 0).length;
  const unavailable = wanted.length - available;
  const minReadySeconds = daemonSet.spec?.minReadySeconds ?? 0;
  const due = living
    .flat()
    .map((pod) => podAvailableAtMs(pod, minReadySeconds))
    .filter((atMs) => atMs !== undefined && atMs > nowMs)
    .map(Number);
  const collisions = (daemonSet.status?.collisionCount ?? 0) + (collision ? 1 : 0);
  return {
    status: {
      currentNumberScheduled: wanted.filter(({ pods }) => pods.length > 0).length,
      numberMisscheduled: spots.filter(({ place, pods }) => place !== 'run' && pods.length > 0).length,
      desiredNumberScheduled: wanted.length,
      numberReady: living.filter((pods) => pods.some(isPodReady)).length,
      observedGeneration: daemonSet.metadata.generation,
      ...(updated > 0 ? { updatedNumberScheduled: updated } : {}),
      ...(available > 0 ? { numberAvailable: available } : {}),
      ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
      ...(collisions > 0 ? { collisionCount: collisions } : {}),
    },
    wakeAtMs: due.length > 0 ? Math.min(...due) : undefined,
  };
}
