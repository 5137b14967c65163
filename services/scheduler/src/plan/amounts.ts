import { parseQuantity, quantityMilliValue, quantityValue } from '@reckon/api';
import type { Amounts } from './types.ts';

export const CPU = 'cpu';
export const MEMORY = 'memory';
export const NOTHING: Amounts = new Map();

/** Quantities as numbers; nothing of a thing is left out. What is no quantity has been refused by validation long before. */
export function amountsOf(quantities: Readonly<Record<string, string>> | undefined): Amounts {
  if (!quantities) return NOTHING;
  const amounts = new Map<string, number>();
  for (const [name, text] of Object.entries(quantities)) {
    const quantity = parseQuantity(text);
    const amount = name === CPU ? quantityMilliValue(quantity) : quantityValue(quantity);
    if (amount !== 0) amounts.set(name, amount);
  }
  return amounts;
}

export function amountOf(amounts: Amounts, name: string): number {
  return amounts.get(name) ?? 0;
}

/** Changes `total`. */
export function addTo(total: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) total.set(name, (total.get(name) ?? 0) + amount);
}

/** Changes `total`; what comes to nothing is left out. */
export function subtractFrom(total: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) {
    const left = (total.get(name) ?? 0) - amount;
    if (left === 0) total.delete(name);
    else total.set(name, left);
  }
}

export function sumOf(a: Amounts, b: Amounts): Amounts {
  if (b.size === 0) return a;
  if (a.size === 0) return b;
  const total = new Map(a);
  addTo(total, b);
  return total;
}

/** By name, the larger of the two. */
export function maxOf(a: Amounts, b: Amounts): Amounts {
  if (b.size === 0) return a;
  const larger = new Map(a);
  for (const [name, amount] of b) larger.set(name, Math.max(larger.get(name) ?? 0, amount));
  return larger;
}
