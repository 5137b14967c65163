/** Which pods go first when there are too many (Kubernetes: "ReplicaSet", "Scaling down"; KEP-2255 deletion cost). */
import { findCondition, isPodReady } from '@reckon/api';
import type { StoredPod } from '../resources.ts';

const DELETION_COST_ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_ORDER = ['Pending', 'Unknown', 'Running'];

/**
 * All pods, the one to delete first in front: unassigned before assigned, pending before running, unready before
 * ready, cheap before costly, on crowded nodes before others, shortly ready before long ready, often restarted
 * before seldom, young before old.
 */
export function inVictimOrder(
  pods: readonly StoredPod[],
  siblingsByNode: ReadonlyMap<string, number>,
): readonly StoredPod[] {
  const crowd = (pod: StoredPod) => siblingsByNode.get(pod.spec?.nodeName ?? '') ?? 0;
  return [...pods].sort(
    (a, b) =>
      Number(Boolean(a.spec?.nodeName)) - Number(Boolean(b.spec?.nodeName)) ||
      phaseRank(a) - phaseRank(b) ||
      Number(isPodReady(a)) - Number(isPodReady(b)) ||
      deletionCost(a) - deletionCost(b) ||
      crowd(b) - crowd(a) ||
      readySinceMs(b) - readySinceMs(a) ||
      restarts(b) - restarts(a) ||
      Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp) ||
      (a.metadata.name < b.metadata.name ? -1 : 1),
  );
}

function phaseRank(pod: StoredPod): number {
  return PHASE_ORDER.indexOf(pod.status?.phase ?? 'Pending');
}

function deletionCost(pod: StoredPod): number {
  const cost = Number(pod.metadata.annotations?.[DELETION_COST_ANNOTATION] ?? 0);
  return Number.isInteger(cost) ? cost : 0;
}

function readySinceMs(pod: StoredPod): number {
  const ready = findCondition(pod.status?.conditions, 'Ready');
  return ready?.status === 'True' ? Date.parse(ready.lastTransitionTime ?? '') || 0 : 0;
}

function restarts(pod: StoredPod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount ?? 0));
}
