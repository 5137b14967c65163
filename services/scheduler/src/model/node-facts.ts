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
    images: imagesOn(node),
  };
}

function imagesOn({ status }: Stored<Node>): ReadonlyMap<string, number> {
  const images = new Map<string, number>();
  for (const { names = [], sizeBytes = 0 } of status?.images ?? []) {
    for (const name of names) images.set(name, sizeBytes);
  }
  return images;
}

/** Heartbeats and conditions change a Node often; what can make a pod fit changes seldom. */
export function sameFacts(a: NodeFacts, b: NodeFacts): boolean {
  return fingerprint(a) === fingerprint(b);
}

/** They make a node better or worse, but nothing fits that did not. */
export function sameImages(a: NodeFacts['images'], b: NodeFacts['images']): boolean {
  return a.size === b.size && [...a].every(([name, bytes]) => b.get(name) === bytes);
}

function fingerprint(facts: NodeFacts): string {
  const { labels, taints, unschedulable, allocatable } = facts;
  return JSON.stringify([Object.entries(labels).sort(), taints, unschedulable, [...allocatable].sort()]);
}
