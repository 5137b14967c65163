/** May this pod run on this node? The reasons why not are Kubernetes' own words. */
import { nodeTermMatches, type TolerationForm, tolerates } from '@reckon/api';
import { amountOf } from './amounts.ts';
import type { HostPort, NodeLoad, NodeState, Placement, PodRequest, Taint } from './types.ts';

/** A filter that fails for all pods of this placement, whatever runs on the node; undefined: none does. */
export function placementReason(placement: Placement, node: NodeState): string | undefined {
  if (node.unschedulable && !anyTolerates(placement.tolerations, UNSCHEDULABLE)) {
    return 'node(s) were unschedulable';
  }
  const taint = forbiddingTaint(placement, node);
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value}}`;
  if (!matchesNode(placement, node)) return "node(s) didn't match Pod's node affinity/selector";
  return undefined;
}

/** What is used up on the node that this pod would need; empty: it fits. */
export function loadReasons(pod: PodRequest, node: NodeState, load: NodeLoad): readonly string[] {
  const { hostPorts } = pod.placement;
  if (hostPorts.some((port) => load.hostPorts.some((taken) => portsCollide(port, taken)))) {
    return ["node(s) didn't have free ports for the requested pod ports"];
  }
  const reasons: string[] = [];
  if (load.podCount + 1 > node.allocatablePods) reasons.push('Too many pods');
  for (const [name, amount] of pod.requests) {
    if (amount > 0 && amountOf(load.requested, name) + amount > amountOf(node.allocatable, name)) {
      reasons.push(`Insufficient ${name}`);
    }
  }
  return reasons;
}

/** Taints that ask to be avoided and that the pod does not tolerate. */
export function avoidedTaints(placement: Placement, node: NodeState): number {
  let count = 0;
  for (const taint of node.taints) {
    if (taint.effect === 'PreferNoSchedule' && !anyTolerates(placement.tolerations, taint)) count++;
  }
  return count;
}

const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' };

function anyTolerates(tolerations: readonly TolerationForm[], taint: Taint): boolean {
  return tolerations.some((toleration) => tolerates(toleration, taint));
}

export function isAllowedByTaints(placement: Placement, node: NodeState): boolean {
  return forbiddingTaint(placement, node) === undefined;
}

function forbiddingTaint({ tolerations }: Placement, { taints }: NodeState): Taint | undefined {
  return taints.find((one) => one.effect !== 'PreferNoSchedule' && !anyTolerates(tolerations, one));
}

/** By node selector and required node affinity. */
export function matchesNode({ nodeSelector, requiredTerms }: Placement, node: NodeState): boolean {
  if (!nodeSelector.matches(node.labels)) return false;
  return requiredTerms === undefined || requiredTerms.some((term) => nodeTermMatches(term, node));
}

function portsCollide(a: HostPort, b: HostPort): boolean {
  return (
    a.port === b.port &&
    a.protocol === b.protocol &&
    (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')
  );
}
