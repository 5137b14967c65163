/**
 * Pods that nobody else removes (Kubernetes: "Pod Lifecycle", "Garbage collection of Pods"):
 *   - bound to a node that does not exist,
 *   - being deleted on a node that is down and was said to be out of service (KEP-2268),
 *   - being deleted before they were ever bound.
 * Whoever counts pods is told first that those which have not ended will not.
 */
import { findCondition, isPodFinished, rfc3339, setCondition } from '@reckon/api';
import { type Action, nameOf, type Plan, type PlanInput, PODS } from '@reckon/client';
import type { StoredNode, StoredPod } from '../resources.ts';

export const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

export interface PodGcObserved {
  readonly nodeName: string;
  readonly node: StoredNode | undefined;
}

export function planPodGc({ desired: pod, observed, now }: PlanInput<StoredPod, PodGcObserved>): Plan {
  const reason = reasonToRemove(pod, observed);
  if (!reason) return { actions: [] };
  const ended = observed.nodeName === '' || isPodFinished(pod) ? [] : [failure(pod, reason, now)];
  return { actions: [...ended, removal(pod, reason)] };
}

function reasonToRemove(pod: StoredPod, { nodeName, node }: PodGcObserved): string | undefined {
  const deleting = pod.metadata.deletionTimestamp !== undefined;
  if (!nodeName) return deleting ? 'it is being deleted and was never bound to a node' : undefined;
  if (!node) return `its node ${nodeName} does not exist`;
  return deleting && isOutOfService(node) ? `its node ${nodeName} is out of service` : undefined;
}

export function isOutOfService({ spec, status }: StoredNode): boolean {
  const ready = findCondition(status?.conditions, 'Ready')?.status === 'True';
  return !ready && (spec?.taints ?? []).some(({ key }) => key === OUT_OF_SERVICE);
}

function failure(pod: StoredPod, because: string, nowMs: number): Action {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByPodGC',
    message: `PodGC: ${because}`,
  };
  const conditions = setCondition(pod.status?.conditions, condition, rfc3339(nowMs));
  return {
    type: 'patch',
    resource: PODS,
    target: nameOf(pod),
    subresource: 'status',
    patch: { type: 'merge', value: { status: { phase: 'Failed', conditions } } },
    precondition: { uid: pod.metadata.uid },
    because,
  };
}

function removal(pod: StoredPod, because: string): Action {
  return {
    type: 'delete',
    resource: PODS,
    target: nameOf(pod),
    precondition: { uid: pod.metadata.uid },
    gracePeriodSeconds: 0,
    because,
  };
}
