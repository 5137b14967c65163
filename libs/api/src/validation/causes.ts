/** Causes beyond those that the schema's own validation gives, in Kubernetes' words. */
import type { Cause } from '../errors/api-error.ts';
import { semanticEqual } from '../json/equal.ts';
import { invalidValue, shown } from '../schema-validation/causes.ts';

export { goStrings } from '../json/quote.ts';
export { duplicate, invalidValue, notSupported, required } from '../schema-validation/causes.ts';

/** A value that would be right elsewhere or at another time. */
export function forbidden(field: string, why: string): Cause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field };
}

export function tooLong(field: string, maxBytes: number): Cause {
  return { reason: 'FieldValueTooLong', message: `Too long: may not be more than ${maxBytes} bytes`, field };
}

export function tooMany(field: string, actual: number, max: number): Cause {
  return {
    reason: 'FieldValueTooMany',
    message: `Too many: ${actual}: must have at most ${max} items`,
    field,
  };
}

/** A name that refers to nothing. */
export function notFoundValue(field: string, value: unknown): Cause {
  return { reason: 'FieldValueNotFound', message: `Not found: ${shown(value)}`, field };
}

export function duplicateBecause(field: string, value: unknown, why: string): Cause {
  return { reason: 'FieldValueDuplicate', message: `Duplicate value: ${shown(value)}: ${why}`, field };
}

/** One cause for each thing that is wrong with a value. */
export function invalidEach(
  causes: Cause[],
  field: string,
  value: unknown,
  problems: readonly string[],
): void {
  for (const problem of problems) causes.push(invalidValue(field, value, problem));
}

/** Equal as Kubernetes' types are: what is absent and what is empty is the same. */
export function immutable(causes: Cause[], field: string, before: unknown, after: unknown): void {
  if (!semanticEqual(before, after)) causes.push(invalidValue(field, after ?? null, 'field is immutable'));
}

export function nonNegative(causes: Cause[], field: string, value: number | undefined): void {
  if (value !== undefined && value < 0) {
    causes.push(invalidValue(field, value, 'must be greater than or equal to 0'));
  }
}
