import type { Cause } from '../errors/api-error.ts';
import { type IntOrString, percentOf } from '../intstr/int-or-string.ts';
import { invalidValue } from './causes.ts';

export function checkAtMostAll(value: IntOrString | undefined, field: string, causes: Cause[]): void {
  if (value !== undefined && (percentOf(value) ?? 0) > 100) {
    causes.push(invalidValue(field, value, 'must not be greater than 100%'));
  }
}

/** 0, "0%" or absent. */
export function isNothing(value: IntOrString | undefined): boolean {
  return value === undefined || value === 0 || percentOf(value) === 0;
}
