/** What a pod says about other pods, as rules: pod affinity and topology spread constraints. */
import {
  compileLabels,
  type LabelRequirement,
  type LabelSelection,
  type LabelSelectorObject,
  type Labels,
  labelSelectorOf,
} from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { PodAffinityTerm, TopologySpreadConstraint } from '@reckon/proto/reckon/api/core/v1/affinity.ts';
import type { PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { PodRules, PodTerm, SpreadRule, WeightedPodTerm } from './types.ts';

/** Whose rules they are. */
interface Whose {
  readonly namespace: string;
  readonly labels: Labels;
}

const made = new Map<string, PodRules>();
/** Beyond so many different rules the cache is begun anew. */
const MAX_RULES = 4_096;

/** Pods of one template share one value. Undefined: the pod does not care where others are. */
export function podRulesOf(spec: Frozen<PodSpec>, whose: Whose): PodRules | undefined {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const { topologySpreadConstraints = [] } = spec;
  if (!podAffinity && !podAntiAffinity && topologySpreadConstraints.length === 0) return undefined;
  const id = JSON.stringify([
    whose.namespace,
    podAffinity,
    podAntiAffinity,
    topologySpreadConstraints,
    ownValues(spec, whose.labels),
  ]);
  let rules = made.get(id);
  if (!rules) {
    const term = (one: Frozen<PodAffinityTerm> | undefined) => termOf(one ?? {}, whose);
    const weighted =
      (sign: 1 | -1) =>
      (one: Weighted): WeightedPodTerm => ({
        ...term(one.podAffinityTerm),
        weight: sign * (one.weight ?? 0),
      });
    rules = {
      id,
      near: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term),
      away: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term),
      preferred: [
        ...(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(weighted(1)),
        ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(weighted(-1)),
      ],
      spread: topologySpreadConstraints.map((one) => spreadOf(one, whose)),
    };
    if (made.size >= MAX_RULES) made.clear();
    made.set(id, rules);
  }
  return rules;
}

interface Weighted {
  readonly weight?: number | undefined;
  readonly podAffinityTerm?: Frozen<PodAffinityTerm> | undefined;
}

/** The pod's own labels matter only where a rule names them by `matchLabelKeys` or `mismatchLabelKeys`. */
function ownValues({ affinity, topologySpreadConstraints }: Frozen<PodSpec>, labels: Labels): unknown {
  const text = JSON.stringify([affinity, topologySpreadConstraints]);
  return text.includes('atchLabelKeys"') ? labels : undefined;
}

function termOf(term: Frozen<PodAffinityTerm>, { namespace, labels }: Whose): PodTerm {
  const { labelSelector, namespaces = [], namespaceSelector, topologyKey = '' } = term;
  const selection = selectionOf(labelSelector, [
    ...ownRequirements(term.matchLabelKeys, 'in', labels),
    ...ownRequirements(term.mismatchLabelKeys, 'notin', labels),
  ]);
  const named = namespaces.length === 0 && namespaceSelector === undefined ? [namespace] : namespaces;
  const inNamespaces = namespaceSelector && labelSelectorOf(namespaceSelector);
  return {
    id: JSON.stringify([
      topologyKey,
      selection.nothing,
      selection.toString(),
      [...named].sort(),
      inNamespaces?.toString(),
    ]),
    labels: selection,
    namespaces: new Set(named),
    namespaceSelector: inNamespaces,
    topologyKey,
  };
}

function spreadOf(constraint: Frozen<TopologySpreadConstraint>, { namespace, labels }: Whose): SpreadRule {
  const { maxSkew = 1, topologyKey = '', minDomains = 1 } = constraint;
  const selection = selectionOf(
    constraint.labelSelector,
    ownRequirements(constraint.matchLabelKeys, 'in', labels),
  );
  const honorsAffinity = constraint.nodeAffinityPolicy !== 'Ignore';
  const honorsTaints = constraint.nodeTaintsPolicy === 'Honor';
  return {
    id: JSON.stringify([
      namespace,
      topologyKey,
      selection.nothing,
      selection.toString(),
      honorsAffinity,
      honorsTaints,
    ]),
    maxSkew,
    topologyKey,
    isRequired: constraint.whenUnsatisfiable !== 'ScheduleAnyway',
    namespace,
    labels: selection,
    minDomains,
    honorsAffinity,
    honorsTaints,
  };
}

/** An absent selector selects nothing, whatever keys are added. */
function selectionOf(
  selector: Frozen<LabelSelectorObject> | undefined,
  more: readonly LabelRequirement[],
): LabelSelection {
  const selection = labelSelectorOf(selector);
  if (selector === undefined || more.length === 0) return selection;
  return compileLabels([...selection.requirements, ...more]);
}

function ownRequirements(
  keys: readonly string[] | undefined,
  operator: 'in' | 'notin',
  labels: Labels,
): readonly LabelRequirement[] {
  return (keys ?? []).flatMap((key) => {
    const value = labels[key];
    return value === undefined ? [] : { key, operator, values: [value] };
  });
}
