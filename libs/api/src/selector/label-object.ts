import { ApiError } from '../errors/api-error.ts';
import { goQuote } from '../json/quote.ts';
import { compileLabels, NOTHING, requirementErrors } from './label-selection.ts';
import type {
  LabelOperator,
  LabelRequirement,
  LabelSelection,
  LabelSelectorObject,
  Labels,
} from './types.ts';

const OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/**
 * The selection that a `LabelSelector` object means: absent selects nothing, empty selects everything. Throws
 * BadRequest for what validation would have refused.
 */
export function labelSelectorOf(selector: LabelSelectorObject | undefined): LabelSelection {
  if (selector === undefined) return NOTHING;
  const requirements: LabelRequirement[] = Object.entries(selector.matchLabels ?? {}).map(equals);
  for (const expression of selector.matchExpressions ?? []) {
    const operator = OPERATORS[expression.operator ?? ''];
    if (operator === undefined) {
      throw new ApiError(
        'BadRequest',
        `${goQuote(expression.operator ?? '')} is not a valid label selector operator`,
      );
    }
    requirements.push({
      key: expression.key ?? '',
      operator,
      values: [...new Set(expression.values ?? [])].sort(),
    });
  }
  const errors = requirements.flatMap(requirementErrors);
  if (errors.length > 0) throw new ApiError('BadRequest', errors.join(', '));
  return compileLabels(requirements);
}

/** The selection of a plain map, as Services and ReplicationControllers have it; empty selects everything. */
export function selectionOfLabels(labels: Labels | undefined): LabelSelection {
  return compileLabels(Object.entries(labels ?? {}).map(equals));
}

/** The string form of a `LabelSelector` object as `status.selector` of a Scale and printed tables show it. */
export function formatLabelSelector(selector: LabelSelectorObject | undefined): string {
  if (selector === undefined) return '';
  return labelSelectorOf(selector).toString();
}

function equals([key, value]: readonly [string, string]): LabelRequirement {
  return { key, operator: '=', values: [value] };
}
