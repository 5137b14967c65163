/** Amounts of named resources: what is asked for, used, and allowed. */
import { isObject } from '../json/index.ts';
import {
  addQuantity,
  compareQuantity,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityOf,
  subtractQuantity,
} from '../quantity/index.ts';

export type Amounts = ReadonlyMap<string, Quantity>;

export const NONE: Amounts = new Map();

/** From `{cpu: "1"}`; anything else holds nothing. */
export function amountsOf(value: unknown): Amounts {
  const amounts = new Map<string, Quantity>();
  if (!isObject(value)) return amounts;
  for (const [name, text] of Object.entries(value))
    if (typeof text === 'string' || typeof text === 'number') amounts.set(name, parseQuantity(text));
  return amounts;
}

export function one(...names: readonly string[]): Amounts {
  return new Map(names.map((name) => [name, quantityOf(1)]));
}

export function addAmounts(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, addQuantity);
}

/** What `b` has and `a` has not becomes negative. */
export function subtractAmounts(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, subtractQuantity);
}

export function maxAmounts(a: Amounts, b: Amounts): Amounts {
  const larger = new Map(a);
  for (const [name, amount] of b) {
    const other = a.get(name);
    if (!other || compareQuantity(amount, other) > 0) larger.set(name, amount);
  }
  return larger;
}

function combined(a: Amounts, b: Amounts, join: (x: Quantity, y: Quantity) => Quantity): Amounts {
  const all = new Map(a);
  for (const [name, amount] of b) all.set(name, join(a.get(name) ?? { ...amount, nano: 0n }, amount));
  return all;
}

/** Those of these names. */
export function onlyOf(amounts: Amounts, names: { has(name: string): boolean }): Amounts {
  return new Map([...amounts].filter(([name]) => names.has(name)));
}

export function withoutZeros(amounts: Amounts): Amounts {
  return new Map([...amounts].filter(([, { nano }]) => nano !== 0n));
}

/** As JSON, in the order of names. */
export function amountsToJson(amounts: Amounts): Readonly<Record<string, string>> {
  return Object.fromEntries(sorted(amounts).map(([name, amount]) => [name, formatQuantity(amount)]));
}

/** `cpu=2,pods=1` */
export function describeAmounts(amounts: Amounts): string {
  return sorted(amounts)
    .map(([name, amount]) => `${name}=${formatQuantity(amount)}`)
    .join(',');
}

function sorted(amounts: Amounts): readonly (readonly [string, Quantity])[] {
  return [...amounts].sort(([a], [b]) => (a < b ? -1 : 1));
}
