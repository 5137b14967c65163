import { ApiError } from '../errors/api-error.ts';

/** A JSON number or a string: `1`, `"25%"`, `"http"`. */
export type IntOrString = number | string;

const PERCENT = /^([+-]?[0-9]+)%$/;

/**
 * The number meant by an int-or-percent of `total`; a percentage is rounded as told. Throws BadRequest for a string
 * that is no percentage.
 */
export function scaledValue(value: IntOrString, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = percentOf(value);
  if (percent === undefined) {
    throw new ApiError(
      'BadRequest',
      'invalid value for IntOrString: invalid type: string is not a percentage',
    );
  }
  const exact = (percent * total) / 100;
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** 25 for `"25%"`; undefined for anything else. */
export function percentOf(value: IntOrString): number | undefined {
  if (typeof value === 'number') return undefined;
  const match = PERCENT.exec(value);
  return match === null ? undefined : Number(match[1]);
}

/**
 * How many pods a rolling update may have above and be missing below `replicas`: surge is rounded up, unavailable
 * down, and unavailable is one if both come out as zero, so that the update can go on.
 */
export function resolveFenceposts(
  maxSurge: IntOrString,
  maxUnavailable: IntOrString,
  replicas: number,
): { readonly surge: number; readonly unavailable: number } {
  const surge = scaledValue(maxSurge, replicas, 'up');
  const unavailable = scaledValue(maxUnavailable, replicas, 'down');
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}
