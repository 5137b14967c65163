import type { LimitRange, LimitRangeItem } from '@reckon/proto/reckon/api/core/v1/limit_range.ts';
import type { Cause } from '../errors/api-error.ts';
import { getField } from '../json/build.ts';
import { qualifiedNameErrors } from '../names/label.ts';
import { subdomainName } from '../names/object-name.ts';
import { compareQuantity, parseQuantity } from '../quantity/quantity.ts';
import { duplicate, forbidden, invalidEach, invalidValue, required } from './causes.ts';
import { checkResourceValue } from './pod/resources.ts';
import type { Frozen, KindRules } from './types.ts';

type Item = Frozen<LimitRangeItem>;

const TYPES: ReadonlySet<string> = new Set(['Container', 'Pod', 'PersistentVolumeClaim']);
const BOUNDS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

/** In this order none may be greater than one that comes after it. */
const ASCENDING = [
  ['min', 'min value'],
  ['defaultRequest', 'default request value'],
  ['default', 'default value'],
  ['max', 'max value'],
] as const;

export const LIMIT_RANGE: KindRules<LimitRange> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    const types = new Set<string>();
    for (const [index, item] of (spec.limits ?? []).entries()) {
      const path = `spec.limits[${index}]`;
      const { type = '' } = item;
      checkType(type, `${path}.type`, causes);
      if (types.has(type)) causes.push(duplicate(`${path}.type`, type));
      types.add(type);
      checkItem(item, path, causes);
    }
  },
};

function checkType(type: string, path: string, causes: Cause[]): void {
  if (type === '') return;
  const problems = qualifiedNameErrors(type);
  invalidEach(causes, path, type, problems);
  if (problems.length === 0 && !type.includes('/') && !TYPES.has(type)) {
    causes.push(invalidValue(path, type, 'must be a standard limit type or fully qualified'));
  }
}

function checkItem(item: Item, path: string, causes: Cause[]): void {
  const names = new Set<string>();
  for (const bound of BOUNDS) {
    for (const [name, value] of Object.entries(item[bound] ?? {})) {
      names.add(name);
      const field = `${path}.${bound}[${name}]`;
      invalidEach(causes, field, name, qualifiedNameErrors(name));
      checkResourceValue(name, value, field, causes);
    }
  }
  if (item.type === 'Pod') {
    for (const bound of ['default', 'defaultRequest'] as const) {
      if (Object.keys(item[bound] ?? {}).length === 0) continue;
      causes.push(forbidden(`${path}.${bound}`, "may not be specified when `type` is 'Pod'"));
    }
  }
  if (item.type === 'PersistentVolumeClaim' && !item.min?.storage && !item.max?.storage) {
    causes.push(
      required(
        `${path}.limits`,
        'either minimum or maximum storage value is required, but neither was provided',
      ),
    );
  }
  for (const name of [...names].sort()) {
    checkOrder(item, name, path, causes);
    checkRatio(item, name, path, causes);
  }
}

function checkOrder(item: Item, name: string, path: string, causes: Cause[]): void {
  for (const [at, [low, lowWord]] of ASCENDING.entries()) {
    for (const [high, highWord] of ASCENDING.slice(at + 1)) {
      const small = getField(item[low], name);
      const great = getField(item[high], name);
      if (small === undefined || great === undefined) continue;
      if (compareQuantity(parseQuantity(small), parseQuantity(great)) <= 0) continue;
      const why = `${lowWord} ${small} is greater than ${highWord} ${great}`;
      causes.push(invalidValue(`${path}.${low}[${name}]`, small, why));
    }
  }
}

/** A limit is never less than its request, nor can it be more than the bounds let it be. */
function checkRatio(item: Item, name: string, path: string, causes: Cause[]): void {
  const text = getField(item.maxLimitRequestRatio, name);
  if (text === undefined) return;
  const ratio = parseQuantity(text);
  const field = `${path}.maxLimitRequestRatio[${name}]`;
  if (compareQuantity(ratio, parseQuantity('1')) < 0) {
    causes.push(invalidValue(field, text, `ratio ${text} is less than 1`));
  }
  const min = getField(item.min, name);
  const max = getField(item.max, name);
  if (min === undefined || max === undefined) return;
  const low = parseQuantity(min).nano;
  if (low > 0n && ratio.nano * low > parseQuantity(max).nano * 10n ** 9n) {
    const bound = Number(parseQuantity(max).nano) / Number(low);
    causes.push(invalidValue(field, text, `ratio ${text} is greater than max/min = ${bound.toFixed(6)}`));
  }
}
