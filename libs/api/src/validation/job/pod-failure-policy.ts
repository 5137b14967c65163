import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from '@reckon/proto/reckon/api/batch/v1/types.ts';
import type { Cause } from '../../errors/api-error.ts';
import { qualifiedNameErrors } from '../../names/label.ts';
import { duplicate, invalidEach, invalidValue, notSupported, tooMany } from '../causes.ts';
import type { Frozen } from '../types.ts';

const MAX_RULES = 20;
const MAX_PATTERNS = 20;
const MAX_EXIT_CODES = 255;
const STATUSES = ['False', 'True', 'Unknown'];

export function checkPodFailurePolicy(spec: Frozen<JobSpec>, path: string, causes: Cause[]): void {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const here = `${path}.podFailurePolicy.rules`;
  if (rules.length > MAX_RULES) causes.push(tooMany(here, rules.length, MAX_RULES));
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
  const names = new Set([...containers, ...initContainers].map(({ name = '' }) => name));
  for (const [index, rule] of rules.entries()) {
    const place = `${here}[${index}]`;
    if (rule.action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
      causes.push(
        invalidValue(`${place}.action`, rule.action, 'requires the backoffLimitPerIndex to be set'),
      );
    }
    checkRule(rule, names, place, causes);
  }
}

function checkRule(
  { onExitCodes, onPodConditions = [] }: Frozen<PodFailurePolicyRule>,
  containers: ReadonlySet<string>,
  path: string,
  causes: Cause[],
): void {
  if (onExitCodes !== undefined) {
    checkExitCodes(onExitCodes, `${path}.onExitCodes`, causes);
    const { containerName } = onExitCodes;
    if (containerName !== undefined && !containers.has(containerName)) {
      const why = 'must be one of the container or initContainer names in the pod template';
      causes.push(invalidValue(`${path}.onExitCodes.containerName`, containerName, why));
    }
  }
  const here = `${path}.onPodConditions`;
  if (onPodConditions.length > MAX_PATTERNS) {
    causes.push(tooMany(here, onPodConditions.length, MAX_PATTERNS));
  }
  for (const [at, { type = '', status = '' }] of onPodConditions.entries()) {
    if (type !== '') invalidEach(causes, `${here}[${at}].type`, type, qualifiedNameErrors(type));
    if (!STATUSES.includes(status)) causes.push(notSupported(`${here}[${at}].status`, status, STATUSES));
  }
  const both = onExitCodes !== undefined && onPodConditions.length > 0;
  const neither = onExitCodes === undefined && onPodConditions.length === 0;
  if (both) causes.push(wrong(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (neither) causes.push(wrong(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
}

/** A value that is too much to be shown. */
function wrong(field: string, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${why}`, field };
}

function checkExitCodes(
  { operator, values = [] }: Frozen<PodFailurePolicyOnExitCodesRequirement>,
  path: string,
  causes: Cause[],
): void {
  if (values.length > MAX_EXIT_CODES) {
    causes.push(tooMany(`${path}.values`, values.length, MAX_EXIT_CODES));
  }
  const seen = new Set<number>();
  for (const [at, value] of values.entries()) {
    const field = `${path}.values[${at}]`;
    if (operator === 'In' && value === 0) {
      causes.push(invalidValue(field, value, 'must not be 0 for the In operator'));
    }
    if (seen.has(value)) causes.push(duplicate(field, value));
    seen.add(value);
  }
  if (values.some((value, at) => at > 0 && value < (values[at - 1] ?? value))) {
    causes.push(invalidValue(`${path}.values`, values, 'must be ordered'));
  }
}
