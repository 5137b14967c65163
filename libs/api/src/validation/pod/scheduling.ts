import type { Toleration } from '@reckon/proto/reckon/api/core/v1/affinity.ts';
import type { Cause } from '../../errors/api-error.ts';
import { labelValueErrors, qualifiedNameErrors } from '../../names/label.ts';
import { invalidEach, invalidValue } from '../causes.ts';
import type { Frozen } from '../types.ts';

export function checkTolerations(
  tolerations: readonly Frozen<Toleration>[] | undefined,
  path: string,
  causes: Cause[],
): void {
  for (const [index, toleration] of (tolerations ?? []).entries()) {
    const here = `${path}[${index}]`;
    const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
    if (key !== '') invalidEach(causes, `${here}.key`, key, qualifiedNameErrors(key));
    else if (operator !== 'Exists') {
      causes.push(
        invalidValue(
          `${here}.operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      causes.push(
        invalidValue(`${here}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"),
      );
    }
    if (operator === 'Exists') {
      if (value !== '') {
        causes.push(
          invalidValue(`${here}.operator`, value, "value must be empty when `operator` is 'Exists'"),
        );
      }
    } else {
      const problems = labelValueErrors(value);
      if (problems.length > 0) causes.push(invalidValue(`${here}.operator`, value, problems.join(';')));
    }
  }
}
