/** Node selectors of a pod, compiled into predicates (Kubernetes API, NodeSelectorTerm). */
import { compileLabels } from '../selector/label-selection.ts';
import type { LabelOperator, LabelRequirement, LabelSelection, Labels } from '../selector/types.ts';

export interface NodeTerm {
  readonly labels: LabelSelection;
  /** On `metadata.name`, the only field that may be selected. */
  readonly fields: LabelSelection;
}

export interface NodeRequirementForm {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly values?: readonly string[] | undefined;
}

export interface NodeTermForm {
  readonly matchExpressions?: readonly NodeRequirementForm[] | undefined;
  readonly matchFields?: readonly NodeRequirementForm[] | undefined;
}

/** Undefined for a term that demands nothing: it matches nothing. */
export function compileNodeTerm(term: NodeTermForm): NodeTerm | undefined {
  const labels = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (labels.length === 0 && fields.length === 0) return undefined;
  return { labels: selectionOf(labels), fields: selectionOf(fields) };
}

export function nodeTermMatches(
  { labels, fields }: NodeTerm,
  node: { readonly name: string; readonly labels?: Labels | undefined },
): boolean {
  return labels.matches(node.labels) && fields.matches({ 'metadata.name': node.name });
}

const OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
};

function selectionOf(requirements: readonly NodeRequirementForm[]): LabelSelection {
  return compileLabels(
    requirements.map(
      ({ key = '', operator = '', values = [] }): LabelRequirement => ({
        key,
        // Validation has refused any other.
        operator: OPERATORS[operator] ?? 'exists',
        values: [...values].sort(),
      }),
    ),
  );
}
