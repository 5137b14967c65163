import { findCondition, rfc3339, setCondition } from '@reckon/api';
import { type Action, type Frozen, NODES, nameOf, type Plan, type PlanInput, PODS } from '@reckon/client';
import type { NodeCondition } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { StoredNode, StoredPod } from '../resources.ts';
import { taintsFor } from './taints.ts';
import type { NodeDesired, NodeLifecycleSettings, NodeObserved } from './types.ts';

const JUDGED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/**
 * A silent node's conditions become Unknown; conditions become taints; pods on a node that is not ready are not
 * ready either. Each is a pass of its own: it follows from what the pass before wrote.
 */
export function planNode(
  { desired: node, observed, now }: PlanInput<NodeDesired, NodeObserved>,
  settings: NodeLifecycleSettings,
): Plan {
  const silent = observed.silentForMs >= settings.graceMs;
  const wakeAtMs = silent ? undefined : now - observed.silentForMs + settings.graceMs;
  if (silent && findCondition(node.status?.conditions, 'Ready')?.status !== 'Unknown') {
    return judgeSilent(node, observed, now);
  }
  const taints = taintsFor(node, now);
  return {
    actions: [...(taints ? [setTaints(node, taints)] : []), ...unreadyPods(node, observed.readyPods, now)],
    wakeAtMs,
  };
}

function judgeSilent(node: StoredNode, { silentForMs }: NodeObserved, now: number): Plan {
  const seconds = Math.floor(silentForMs / 1_000);
  let conditions: readonly Frozen<NodeCondition>[] = node.status?.conditions ?? [];
  for (const type of JUDGED) {
    const before = findCondition(conditions, type);
    const unknown = before
      ? {
          ...before,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
        }
      : {
          type,
          status: 'Unknown',
          reason: 'NodeStatusNeverUpdated',
          message: 'Kubelet never posted node status.',
        };
    conditions = setCondition<Frozen<NodeCondition>>(conditions, unknown, rfc3339(now));
  }
  const because = `nothing was heard of node ${node.metadata.name} for ${seconds} s`;
  return {
    actions: [
      {
        type: 'event',
        event: {
          regarding: node,
          type: 'Normal',
          reason: 'NodeNotReady',
          message: `Node ${node.metadata.name} status is now: NodeNotReady`,
        },
      },
    ],
    status: { resource: NODES, object: node, status: { ...node.status, conditions }, because },
  };
}

function setTaints(node: StoredNode, taints: NonNullable<ReturnType<typeof taintsFor>>): Action {
  const { uid, resourceVersion, name } = node.metadata;
  const list = taints.map(({ key, effect }) => `${key}:${effect}`).join(', ');
  return {
    type: 'patch',
    resource: NODES,
    target: nameOf(node),
    patch: {
      type: 'merge',
      value: { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } },
    },
    precondition: { uid, resourceVersion },
    because:
      taints.length > 0 ? `the conditions of node ${name} ask for ${list}` : `node ${name} is well again`,
  };
}

function unreadyPods(node: StoredNode, pods: readonly StoredPod[], now: number): readonly Action[] {
  const ready = findCondition(node.status?.conditions, 'Ready');
  if (!ready || ready.status === 'True') return [];
  return pods.map((pod) => {
    const { uid, resourceVersion } = pod.metadata;
    const condition = {
      type: 'Ready',
      status: 'False',
      reason: 'NodeNotReady',
      message: 'The node is not ready',
    };
    const conditions = setCondition(pod.status?.conditions, condition, rfc3339(now));
    return {
      type: 'patch',
      resource: PODS,
      target: nameOf(pod),
      subresource: 'status',
      patch: { type: 'merge', value: { metadata: { resourceVersion }, status: { conditions } } },
      precondition: { uid, resourceVersion },
      because: `its node ${node.metadata.name} is not ready`,
      event: { regarding: pod, type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' },
    };
  });
}
