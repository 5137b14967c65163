import { compareQuantity, type Quantity, tryParseQuantity, ZERO } from '../../quantity/quantity.ts';

/** Text that is no quantity has been refused when the object was decoded. */
export function parsed(text: string | undefined): Quantity | undefined {
  if (text === undefined) return undefined;
  const quantity = tryParseQuantity(text);
  return typeof quantity === 'string' ? undefined : quantity;
}

export function isPositive(text: string): boolean {
  const quantity = parsed(text);
  return quantity === undefined || compareQuantity(quantity, ZERO) > 0;
}
