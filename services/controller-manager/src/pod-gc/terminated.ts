/** Pods that have ended stay to be looked at, but not all of them: the oldest go, evicted ones first. */
import { isPodFinished } from '@reckon/api';
import { type Controller, type Index, nameOf, type Plan, PODS, watch } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { StoredPod } from '../resources.ts';

const ONE_KEY = 'terminated';
const YES = 'yes';

/** Whatever the number of pods, only those that have ended are looked at. */
const ENDED: Index<Pod> = {
  name: 'ended',
  resource: PODS,
  values: (pod) => (isPodFinished(pod) ? [YES] : []),
};

/** At most so many a pass. */
const BURST = 500;

/** @param threshold how many pods that have ended may stay; 0: all. */
export function terminatedPodController(threshold: number): Controller<string, readonly StoredPod[]> {
  return {
    name: 'terminated-pod-collector',
    watches: [
      watch(PODS, ({ object, previous }) =>
        threshold > 0 && isPodFinished(object) && !(previous && isPodFinished(previous)) ? [ONE_KEY] : [],
      ),
    ],
    observe: (snapshot) => ({
      desired: ONE_KEY,
      observed: snapshot
        .lookup(ENDED, YES)
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined),
    }),
    plan: ({ observed }) => planTerminated(observed, threshold),
  };
}

export function planTerminated(ended: readonly StoredPod[], threshold: number): Plan {
  const excess = Math.min(ended.length - threshold, BURST);
  if (threshold <= 0 || excess <= 0) return { actions: [] };
  return {
    actions: ended
      .toSorted(byWorth)
      .slice(0, excess)
      .map((pod) => ({
        type: 'delete',
        resource: PODS,
        target: nameOf(pod),
        precondition: { uid: pod.metadata.uid },
        gracePeriodSeconds: 0,
        because: `more than ${threshold} pods have ended, and this is one of the oldest`,
      })),
  };
}

function byWorth(a: StoredPod, b: StoredPod): number {
  const evicted = ({ status }: StoredPod) => (status?.reason === 'Evicted' ? 0 : 1);
  return (
    evicted(a) - evicted(b) ||
    Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
    (a.metadata.uid < b.metadata.uid ? -1 : 1)
  );
}
