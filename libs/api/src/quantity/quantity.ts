/**
 * Quantities (`500m`, `1.5Gi`, `12e6`): exact fixed-point numbers with a suffix.
 *
 * The rules are those of the Kubernetes API reference ("Quantity"): a value finer than a billionth is rounded away
 * from zero, a binary value is capped at 2^63 - 1, the format (decimal, binary, exponent) of the text is kept, and
 * the canonical text has no fraction and the largest suffix that loses nothing.
 */
import { ApiError } from '../errors/api-error.ts';

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** The value is `unscaled × 10^-9`. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

const FORMAT_WRONG =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const NUMERIC = 'unable to parse numeric part of quantity';
const SUFFIX = "unable to parse quantity's suffix";

const NANO_DIGITS = 9;
const NANO = 10n ** 9n;
const MAX_BINARY = (2n ** 63n - 1n) * NANO;
/** Past this an exponent is refused: Kubernetes would take it, and then spend its memory on the zeros. */
const MAX_EXPONENT = 1_000;

const DECIMAL_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const BINARY_SUFFIXES: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const SUFFIX_OF_EXPONENT: ReadonlyMap<number, string> = new Map(
  [...DECIMAL_SUFFIXES].map(([suffix, exponent]) => [exponent, suffix]),
);

const GRAMMAR = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;

export const ZERO: Quantity = Object.freeze({ nano: 0n, format: 'DecimalSI' });

/** Parses a quantity; a number is taken as its decimal text. Throws BadRequest with Kubernetes' wording. */
export function parseQuantity(input: string | number): Quantity {
  const result = tryParseQuantity(input);
  if (typeof result === 'string') throw new ApiError('BadRequest', result);
  return result;
}

/** A cluster's objects hold the same few quantities over and over. Emptied when full. */
const parsed = new Map<string, Quantity | string>();
const MAX_PARSED = 4_096;
const MAX_PARSED_LENGTH = 32;

/** Like `parseQuantity`, but the message is the result if the text is no quantity. */
export function tryParseQuantity(input: string | number): Quantity | string {
  const text = typeof input === 'number' ? String(input) : input.trim();
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const result = parseText(text);
  if (text.length > MAX_PARSED_LENGTH) return result;
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(text, result);
  return result;
}

function parseText(text: string): Quantity | string {
  if (text === '') return FORMAT_WRONG;
  const parts = GRAMMAR.exec(text);
  if (parts === null) return FORMAT_WRONG;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = parts;
  const scale = interpretSuffix(suffix);
  if (scale === undefined) return SUFFIX;
  const digits = BigInt(`0${whole}${fraction}`);
  // A suffix alone is zero to Kubernetes, except for the largest two.
  if (whole + fraction === '' && scale.format === 'BinarySI' && scale.exponent >= 50) return NUMERIC;
  if (digits === 0n) return { nano: 0n, format: scale.format };
  if (whole.length + fraction.length > MAX_EXPONENT) return NUMERIC;
  const magnitude =
    scale.format === 'BinarySI'
      ? scaleToNano(digits * 2n ** BigInt(scale.exponent), -fraction.length)
      : scaleToNano(digits, scale.exponent - fraction.length);
  const capped = scale.format === 'BinarySI' && magnitude > MAX_BINARY ? MAX_BINARY : magnitude;
  // A binary quantity under one cannot be shown in binary.
  const format = scale.format === 'BinarySI' && capped < NANO ? 'DecimalSI' : scale.format;
  return { nano: sign === '-' ? -capped : capped, format };
}

function interpretSuffix(
  suffix: string,
): { readonly format: QuantityFormat; readonly exponent: number } | undefined {
  const decimal = DECIMAL_SUFFIXES.get(suffix);
  if (decimal !== undefined) return { format: 'DecimalSI', exponent: decimal };
  const binary = BINARY_SUFFIXES.indexOf(suffix);
  if (binary > 0) return { format: 'BinarySI', exponent: binary * 10 };
  if (!/^[eE][-+]?[0-9]+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  return { format: 'DecimalExponent', exponent };
}

/** `digits × 10^exponent` in billionths, rounded up. */
function scaleToNano(digits: bigint, exponent: number): bigint {
  const shift = exponent + NANO_DIGITS;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return (digits + divisor - 1n) / divisor;
}

/** The canonical text of a quantity. */
export function formatQuantity(quantity: Quantity): string {
  const { nano, format } = quantity;
  if (nano === 0n) return '0';
  const magnitude = nano < 0n ? -nano : nano;
  if (format === 'BinarySI' && magnitude >= 1024n * NANO && nano % NANO === 0n) {
    let value = nano / NANO;
    let power = 0;
    while (value % 1024n === 0n && power + 1 < BINARY_SUFFIXES.length) {
      value /= 1024n;
      power++;
    }
    return `${value}${BINARY_SUFFIXES[power]}`;
  }
  const largest = format === 'DecimalExponent' ? Number.POSITIVE_INFINITY : 18;
  let value = nano;
  let exponent = -NANO_DIGITS;
  while (value % 1000n === 0n && exponent + 3 <= largest) {
    value /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return exponent === 0 ? `${value}` : `${value}e${exponent}`;
  return `${value}${SUFFIX_OF_EXPONENT.get(exponent) ?? ''}`;
}

/** The canonical text of a quantity given as text or number. Throws as `parseQuantity`. */
export function canonicalQuantity(input: string | number): string {
  return formatQuantity(parseQuantity(input));
}

/** Whole units as a quantity. */
export function quantityOf(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nano: BigInt(value) * NANO, format };
}

/** Thousandths (millicores) as a quantity. */
export function milliQuantityOf(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nano: BigInt(value) * 1_000_000n, format };
}

/** Negative, zero or positive as a is less than, equal to or greater than b. */
export function compareQuantity(a: Quantity, b: Quantity): number {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;
}

/** The sum has the format of `a`, unless that is zero. */
export function addQuantity(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** The difference has the format of `a`, unless that is zero. */
export function subtractQuantity(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano - b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** Whole units, rounded away from zero. Exact up to 2^53. */
export function quantityValue(quantity: Quantity): number {
  return Number(divideAwayFromZero(quantity.nano, NANO));
}

/** Thousandths, rounded away from zero (millicores). Exact up to 2^53. */
export function quantityMilliValue(quantity: Quantity): number {
  return Number(divideAwayFromZero(quantity.nano, 1_000_000n));
}

function divideAwayFromZero(value: bigint, divisor: bigint): bigint {
  return value < 0n ? -((-value + divisor - 1n) / divisor) : (value + divisor - 1n) / divisor;
}
