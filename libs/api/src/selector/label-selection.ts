import { goQuote } from '../json/quote.ts';
import { labelValueErrors, qualifiedNameErrors } from '../names/label.ts';
import type { LabelRequirement, LabelSelection, Labels } from './types.ts';

type Test = (labels: Labels) => boolean;

const NO_LABELS: Labels = Object.freeze({});
/** From so many values on a set is faster than looking through them. */
const SET_FROM = 8;
const MAX_INT64 = 2n ** 63n - 1n;

/** Requirements that must all hold, compiled into one predicate. */
export function compileLabels(requirements: readonly LabelRequirement[]): LabelSelection {
  const sorted = [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const tests = sorted.map(compileRequirement);
  return {
    requirements: sorted,
    everything: sorted.length === 0,
    nothing: false,
    matches: all(tests),
    toString: () => sorted.map(requirementText).join(','),
  };
}

/** What an absent selector object selects. */
export const NOTHING: LabelSelection = Object.freeze({
  requirements: [],
  everything: false,
  nothing: true,
  matches: () => false,
  toString: () => '',
});

function all(tests: readonly Test[]): (labels: Labels | undefined) => boolean {
  const [first, second] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return (labels) => first(labels ?? NO_LABELS);
  return (labels = NO_LABELS) => {
    for (const test of tests) if (!test(labels)) return false;
    return true;
  };
}

/** A value that is no string is a name of Object.prototype, not a label. */
function has(labels: Labels, key: string): boolean {
  return typeof labels[key] === 'string';
}

function compileRequirement(requirement: LabelRequirement): Test {
  const { key, operator, values } = requirement;
  const [value = ''] = values;
  switch (operator) {
    case '=':
    case '==':
      return (labels) => labels[key] === value;
    case '!=':
      return (labels) => labels[key] !== value;
    case 'in': {
      if (values.length === 1) return (labels) => labels[key] === value;
      const contains = container(values);
      return (labels) => has(labels, key) && contains(labels[key] ?? '');
    }
    case 'notin': {
      const contains = container(values);
      return (labels) => !has(labels, key) || !contains(labels[key] ?? '');
    }
    case 'exists':
      return (labels) => has(labels, key);
    case '!':
      return (labels) => !has(labels, key);
    case 'gt':
    case 'lt': {
      const bound = parseInt64(value);
      return (labels) => {
        const actual = has(labels, key) ? parseInt64(labels[key] ?? '') : undefined;
        if (actual === undefined || bound === undefined) return false;
        return operator === 'gt' ? actual > bound : actual < bound;
      };
    }
  }
}

function container(values: readonly string[]): (value: string) => boolean {
  if (values.length < SET_FROM) return (value) => values.includes(value);
  const set = new Set(values);
  return (value) => set.has(value);
}

function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value <= MAX_INT64 && value >= -MAX_INT64 - 1n ? value : undefined;
}

function requirementText({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case '!':
      return `!${key}`;
    case 'exists':
      return key;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0] ?? ''}`;
    case 'lt':
      return `${key}<${values[0] ?? ''}`;
    default:
      return `${key}${operator}${values[0] ?? ''}`;
  }
}

/** What is wrong with a requirement, in Kubernetes' words; nothing: []. */
export function requirementErrors({ key, operator, values }: LabelRequirement): readonly string[] {
  const errors: string[] = [];
  const keyErrors = qualifiedNameErrors(key);
  if (keyErrors.length > 0) errors.push(`key: Invalid value: ${goQuote(key)}: ${keyErrors.join('; ')}`);
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    errors.push("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
  }
  if ((operator === 'exists' || operator === '!') && values.length > 0) {
    errors.push(
      `values: Invalid value: ${JSON.stringify(values)}: values set must be empty for exists and does not exist`,
    );
  }
  for (const [at, value] of values.entries()) {
    if ((operator === 'gt' || operator === 'lt') && parseInt64(value) === undefined) {
      errors.push(
        `values[${at}]: Invalid value: ${goQuote(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    const valueErrors = labelValueErrors(value);
    if (valueErrors.length > 0) {
      errors.push(`values[${at}][${key}]: Invalid value: ${goQuote(value)}: ${valueErrors.join('; ')}`);
    }
  }
  return errors;
}
