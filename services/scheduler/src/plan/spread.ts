/**
 * Topology spread constraints, as kube-scheduler's PodTopologySpread has them
 * (https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/). Pods that are being deleted
 * are not counted.
 */
import { isAllowedByTaints, matchesNode } from './filter.ts';
import type { Tallies, Tally } from './tally.ts';
import type { NodeState, PodRequest, SpreadRule } from './types.ts';

export const SKEWED = "node(s) didn't match pod topology spread constraints";
export const NO_PLACE = `${SKEWED} (missing required label)`;

/** Why the pod may not be on the node; undefined: it may. */
export function spreadReason(pod: PodRequest, node: NodeState, tallies: Tallies): string | undefined {
  const rules = pod.rules?.spread.filter(({ isRequired }) => isRequired) ?? [];
  for (const rule of rules) {
    const tally = tallyOf(rule, rules, pod, tallies);
    const there = tally.at(node);
    if (there === undefined) return NO_PLACE;
    const fewest = tally.placeCount < rule.minDomains ? 0 : tally.fewest;
    const self = rule.labels.matches(pod.labels) ? 1 : 0;
    if (there + self - fewest > rule.maxSkew) return SKEWED;
  }
  return undefined;
}

/** How uneven it gets by the rules that only prefer; Infinity: the node is in no place. */
export function unevenness(pod: PodRequest, node: NodeState, tallies: Tallies): number {
  if (!pod.rules) return 0;
  const rules = pod.rules.spread.filter(({ isRequired }) => !isRequired);
  let sum = 0;
  for (const rule of rules) {
    const tally = tallyOf(rule, rules, pod, tallies);
    const there = tally.at(node);
    if (there === undefined) return Number.POSITIVE_INFINITY;
    // The more places there are, the more one pod too many in one of them matters.
    sum += there * Math.log(tally.placeCount + 2) + rule.maxSkew - 1;
  }
  return sum;
}

/** Only nodes that are in a place by all the rules of that strictness count. */
function tallyOf(
  rule: SpreadRule,
  rules: readonly SpreadRule[],
  { placement }: PodRequest,
  tallies: Tallies,
): Tally {
  const keys = rules.map(({ topologyKey }) => topologyKey);
  return tallies.get(`${rule.id} ${keys.join(' ')} ${placement.id}`, {
    topologyKey: rule.topologyKey,
    counts: (pod) => !pod.going && pod.namespace === rule.namespace && rule.labels.matches(pod.labels),
    isEligible: (node) =>
      keys.every((key) => node.labels[key] !== undefined) &&
      (!rule.honorsAffinity || matchesNode(placement, node)) &&
      (!rule.honorsTaints || isAllowedByTaints(placement, node)),
  });
}
