/** On which nodes a DaemonSet's pods belong (Kubernetes: "DaemonSet", "How Daemon Pods are scheduled"). */
import {
  compileNodeTerm,
  type LabelSelection,
  type NodeTerm,
  nodeTermMatches,
  selectionOfLabels,
  tolerates,
} from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { Toleration } from '@reckon/proto/reckon/api/core/v1/affinity.ts';
import type { PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { StoredDaemonSet, StoredNode, StoredPod } from '../resources.ts';

const PREFIX = 'node.kubernetes.io/';

/** What daemons put up with: a node is in trouble, or takes no other pods, and they still belong there. */
export function tolerationsOf(spec: Frozen<PodSpec> | undefined): readonly Frozen<Toleration>[] {
  const exists = (key: string, effect: string) => ({ key: PREFIX + key, operator: 'Exists', effect });
  const added = [
    exists('not-ready', 'NoExecute'),
    exists('unreachable', 'NoExecute'),
    exists('disk-pressure', 'NoSchedule'),
    exists('memory-pressure', 'NoSchedule'),
    exists('pid-pressure', 'NoSchedule'),
    exists('unschedulable', 'NoSchedule'),
    ...(spec?.hostNetwork ? [exists('network-unavailable', 'NoSchedule')] : []),
  ];
  const own = spec?.tolerations ?? [];
  const isNew = (one: (typeof added)[number]) =>
    !own.some(
      ({ key, operator, effect, tolerationSeconds }) =>
        key === one.key &&
        operator === one.operator &&
        effect === one.effect &&
        tolerationSeconds === undefined,
    );
  return [...own, ...added.filter(isNew)];
}

/** `run`: a pod is made there; `stay`: one that is there goes on, but none is made; `no`: none may be there. */
export type Place = 'run' | 'stay' | 'no';

export function placeOn(daemonSet: StoredDaemonSet, node: StoredNode): Place {
  const spec = daemonSet.spec?.template?.spec;
  if (spec?.nodeName && spec.nodeName !== node.metadata.name) return 'no';
  if (!selects(spec, node)) return 'no';
  const tolerations = tolerationsOf(spec);
  const refused = (node.spec?.taints ?? []).filter(
    (taint) => !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
  if (refused.some(({ effect }) => effect === 'NoExecute')) return 'no';
  return refused.some(({ effect }) => effect === 'NoSchedule') ? 'stay' : 'run';
}

interface NodeDemand {
  readonly selector: LabelSelection;
  /** Undefined: any node; otherwise one of them is enough. */
  readonly terms: readonly NodeTerm[] | undefined;
}

/** Objects are frozen and shared, so a template is compiled once for as long as it stays as it is. */
const demands = new WeakMap<object, NodeDemand>();

function selects(spec: Frozen<PodSpec> | undefined, { metadata }: StoredNode): boolean {
  if (!spec) return true;
  let demand = demands.get(spec);
  if (!demand) {
    demand = demandOf(spec);
    demands.set(spec, demand);
  }
  const { selector, terms } = demand;
  if (!selector.matches(metadata.labels)) return false;
  return !terms || terms.some((term) => nodeTermMatches(term, metadata));
}

function demandOf(spec: Frozen<PodSpec>): NodeDemand {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return {
    selector: selectionOfLabels(spec.nodeSelector),
    terms: required?.nodeSelectorTerms?.flatMap((term) => compileNodeTerm(term) ?? []),
  };
}

/** The node that a pod is on, or was made for. */
export function targetNode(pod: StoredPod): string {
  if (pod.spec?.nodeName) return pod.spec.nodeName;
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields } of required?.nodeSelectorTerms ?? []) {
    const byName = matchFields?.find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    if (byName?.values?.[0]) return byName.values[0];
  }
  return '';
}
