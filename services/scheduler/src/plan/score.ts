/**
 * Which of the nodes that fit is best. Compared in this order:
 *
 * 1. as few taints that ask to be avoided (PreferNoSchedule) as possible
 * 2. as much preferred affinity, to nodes and to pods, as possible
 * 3. spread as evenly as the constraints that only prefer it ask
 * 4. packing: the fuller the node will be, the better, so that large pods find room on the others. Pods of the same
 *    owner do not count as fullness; each of them on the node costs `SIBLING_COST` points instead. Replicas so spread
 *    over nodes that are about equally used, as who asks for three of something expects, and share a node only where
 *    it is much fuller than the others. A pod that states no requests says nothing that could be packed: it goes where
 *    the fewest pods are.
 * 5. balance: CPU and memory used to the same degree
 * 6. as much as possible of its images there already
 * 7. the node's name, so that the same question has the same answer
 */
import { nodeTermMatches } from '@reckon/api';
import { amountOf, CPU, MEMORY } from './amounts.ts';
import { avoidedTaints } from './filter.ts';
import type { Amounts, NodeLoad, NodeState, PodRequest } from './types.ts';

/** In points of `packing`, that is in percent of a node. */
const SIBLING_COST = 25;

export interface Score {
  readonly avoided: number;
  readonly preferred: number;
  readonly unevenness: number;
  readonly packing: number;
  readonly imbalance: number;
  readonly imageBytes: number;
  readonly nodeName: string;
}

/** What the pods on other nodes mean for this one. */
export interface Surroundings {
  /** By weights of pod affinity. */
  readonly attraction: number;
  readonly unevenness: number;
}

export function scoreOf(pod: PodRequest, node: NodeState, load: NodeLoad, around: Surroundings): Score {
  const siblings = pod.ownerUid ? load.owners.get(pod.ownerUid) : undefined;
  const penalty = SIBLING_COST * (siblings?.podCount ?? 0);
  const cpu = fraction(CPU, pod, node, load, siblings?.requested);
  const memory = fraction(MEMORY, pod, node, load, siblings?.requested);
  const states = amountOf(pod.requests, CPU) > 0 || amountOf(pod.requests, MEMORY) > 0;
  const packing = states ? 50 * (cpu + memory) : -(100 * load.podCount) / Math.max(1, node.allocatablePods);
  return {
    avoided: avoidedTaints(pod.placement, node),
    preferred: preferredWeight(pod, node) + around.attraction,
    unevenness: around.unevenness,
    packing: packing - penalty,
    imbalance: Math.abs(cpu - memory),
    imageBytes: pod.images.reduce((sum, image) => sum + (node.images.get(image) ?? 0), 0),
    nodeName: node.name,
  };
}

/** Negative if `a` is the better one. */
export function compareScores(a: Score, b: Score): number {
  if (a.avoided !== b.avoided) return a.avoided - b.avoided;
  if (a.preferred !== b.preferred) return b.preferred - a.preferred;
  if (a.unevenness !== b.unevenness) return a.unevenness - b.unevenness;
  if (a.packing !== b.packing) return b.packing - a.packing;
  if (a.imbalance !== b.imbalance) return a.imbalance - b.imbalance;
  if (a.imageBytes !== b.imageBytes) return b.imageBytes - a.imageBytes;
  return a.nodeName < b.nodeName ? -1 : 1;
}

/** Of the node, with this pod and without its siblings; 0 to 1. */
function fraction(
  name: string,
  pod: PodRequest,
  node: NodeState,
  load: NodeLoad,
  siblings: Amounts | undefined,
): number {
  const available = amountOf(node.allocatable, name);
  if (available === 0) return 0;
  const others = amountOf(load.requested, name) - (siblings ? amountOf(siblings, name) : 0);
  return Math.min(1, (others + amountOf(pod.requests, name)) / available);
}

function preferredWeight({ placement }: PodRequest, node: NodeState): number {
  let weight = 0;
  for (const term of placement.preferredTerms) {
    if (nodeTermMatches(term, node)) weight += term.weight;
  }
  return weight;
}
