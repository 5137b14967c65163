import { isObject } from '../json/types.ts';
import type { Fields } from './types.ts';

/** A container that states no limit has the greatest that is allowed; no request: its limit, else the least. */
export function limitRangeItem(value: Fields): Fields {
  if (value.type !== 'Container') return value;
  const limits = { ...entriesOf(value.max), ...entriesOf(value.default) };
  const requests = { ...entriesOf(value.min), ...limits, ...entriesOf(value.defaultRequest) };
  return {
    ...value,
    ...(Object.keys(limits).length > 0 && { default: limits }),
    ...(Object.keys(requests).length > 0 && { defaultRequest: requests }),
  };
}

function entriesOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}
