/** One item of a LimitRange held against what is asked for, in Kubernetes' words. */
import {
  type Amounts,
  amountsOf,
  compareQuantity,
  formatQuantity,
  type Quantity,
  quantityMilliValue,
} from '@reckon/api';
import type { Fields } from './fields.ts';

export interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** What is wrong, by resource name within each bound. */
export function limitMistakes(item: Fields, asked: Asked): readonly string[] {
  const type = String(item.type);
  return [
    ...each(item.min, (name, least) =>
      tooLittle(`minimum ${name} usage per ${type} is ${text(least)}`, least, of(asked, name)),
    ),
    ...each(item.max, (name, most) =>
      tooMuch(`maximum ${name} usage per ${type} is ${text(most)}`, most, of(asked, name)),
    ),
    ...each(item.maxLimitRequestRatio, (name, most) =>
      tooFarApart(`${name} max limit to request ratio per ${type} is ${text(most)}`, most, of(asked, name)),
    ),
  ];
}

/** Claims have requests only. */
export function claimMistakes(item: Fields, requests: Amounts): readonly string[] {
  const type = String(item.type);
  const judge = (bound: string, sign: number) => (name: string, limit: Quantity) => {
    const rule = `${bound} ${name} usage per ${type} is ${text(limit)}`;
    const request = requests.get(name);
    if (!request) return `${rule}.  No request is specified`;
    return compareQuantity(request, limit) * sign > 0
      ? `${rule}, but request is ${text(request)}`
      : undefined;
  };
  return [...each(item.min, judge('minimum', -1)), ...each(item.max, judge('maximum', 1))];
}

interface Pair {
  readonly request: Quantity | undefined;
  readonly limit: Quantity | undefined;
}

function of({ requests, limits }: Asked, name: string): Pair {
  return { request: requests.get(name), limit: limits.get(name) };
}

function tooLittle(rule: string, least: Quantity, { request, limit }: Pair): string | undefined {
  if (!request) return `${rule}.  No request is specified`;
  if (compareQuantity(request, least) < 0) return `${rule}, but request is ${text(request)}`;
  return limit && compareQuantity(limit, least) < 0 ? `${rule}, but limit is ${text(limit)}` : undefined;
}

function tooMuch(rule: string, most: Quantity, { request, limit }: Pair): string | undefined {
  if (!limit) return `${rule}.  No limit is specified`;
  if (compareQuantity(limit, most) > 0) return `${rule}, but limit is ${text(limit)}`;
  return request && compareQuantity(request, most) > 0
    ? `${rule}, but request is ${text(request)}`
    : undefined;
}

function tooFarApart(rule: string, most: Quantity, { request, limit }: Pair): string | undefined {
  if (!request || request.nano === 0n) return `${rule}, but no request is specified or request is 0`;
  if (!limit || limit.nano === 0n) return `${rule}, but no limit is specified or limit is 0`;
  const ratio = quantityMilliValue(limit) / quantityMilliValue(request);
  return ratio * 1000 > quantityMilliValue(most)
    ? `${rule}, but provided ratio is ${ratio.toFixed(6)}`
    : undefined;
}

function each(
  bounds: unknown,
  judge: (name: string, bound: Quantity) => string | undefined,
): readonly string[] {
  return [...amountsOf(bounds)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, bound]) => judge(name, bound) ?? []);
}

function text(quantity: Quantity): string {
  return formatQuantity(quantity);
}
