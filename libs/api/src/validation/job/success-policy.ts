import type { JobSpec, SuccessPolicyRule } from '@reckon/proto/reckon/api/batch/v1/types.ts';
import type { Cause } from '../../errors/api-error.ts';
import { countIndexes } from '../../indexes/index-set.ts';
import { invalidValue, nonNegative, required, tooLong, tooMany } from '../causes.ts';
import type { Frozen } from '../types.ts';

const MAX_RULES = 20;
const MAX_INDEXES_BYTES = 64 * 1_024;

export function checkSuccessPolicy(spec: Frozen<JobSpec>, path: string, causes: Cause[]): void {
  const { successPolicy, completionMode, completions = 0 } = spec;
  if (completionMode !== 'Indexed') {
    causes.push(invalidValue(`${path}.successPolicy`, successPolicy, 'requires indexed completion mode'));
    return;
  }
  const rules = successPolicy?.rules ?? [];
  const here = `${path}.successPolicy.rules`;
  if (rules.length > MAX_RULES) causes.push(tooMany(here, rules.length, MAX_RULES));
  for (const [index, rule] of rules.entries()) checkRule(rule, completions, `${here}[${index}]`, causes);
}

function checkRule(
  { succeededIndexes, succeededCount }: Frozen<SuccessPolicyRule>,
  completions: number,
  path: string,
  causes: Cause[],
): void {
  if (succeededIndexes === undefined && succeededCount === undefined) {
    causes.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'));
  }
  let total: number | undefined;
  if (succeededIndexes !== undefined) {
    const field = `${path}.succeededIndexes`;
    if (succeededIndexes.length > MAX_INDEXES_BYTES) causes.push(tooLong(field, MAX_INDEXES_BYTES));
    const count = countIndexes(succeededIndexes, completions);
    if (typeof count === 'number') total = count;
    else causes.push(invalidValue(field, succeededIndexes, `error parsing succeededIndexes: ${count}`));
  }
  if (succeededCount === undefined) return;
  const field = `${path}.succeededCount`;
  nonNegative(causes, field, succeededCount);
  if (succeededCount > completions) {
    const why = `must be less than or equal to ${completions} (the number of specified completions)`;
    causes.push(invalidValue(field, succeededCount, why));
  }
  if (total !== undefined && succeededCount > total) {
    const why = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`;
    causes.push(invalidValue(field, succeededCount, why));
  }
}
