/** How many nodes failed for which reason. */
export type ReasonCounts = ReadonlyMap<string, number>;

/** Kubernetes' sentence for a pod that fits nowhere (kube-scheduler, FitError). */
export function unschedulableMessage(nodeCount: number, reasons: ReasonCounts): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const counted = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodeCount} nodes are available: ${counted.join(', ')}.`;
}
