import type { Stored } from '@reckon/client';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import { amountsOf } from '../plan/amounts.ts';
import type { NodeState } from '../plan/types.ts';

/** What a Node object says to the scheduler. */
export type NodeFacts = Omit<NodeState, 'load'>;

const PODS = 'pods';

export function nodeFactsOf(node: Stored<Node>): NodeFacts {
  const allocatable = amountsOf(node.status?.allocatable ?? node.status?.capacity);
  return {
    name: node.metadata.name,
    labels: node.metadata.labels ?? {},
    taints: (node.spec?.taints ?? []).map(({ key = '', value = '', effect = '' }) => ({
      key,
      value,
      effect,
    })),
    unschedulable: node.spec?.unschedulable ?? false,
    allocatable,
    allocatablePods: allocatable.get(PODS) ?? 0,
  };
}

/** Heartbeats and conditions change a Node often; what matters here changes seldom. */
export function sameFacts(a: NodeFacts, b: NodeFacts): boolean {
  return fingerprint(a) === fingerprint(b);
}

function fingerprint(facts: NodeFacts): string {
  const { labels, taints, unschedulable, allocatable } = facts;
  return JSON.stringify([Object.entries(labels).sort(), taints, unschedulable, [...allocatable].sort()]);
}
