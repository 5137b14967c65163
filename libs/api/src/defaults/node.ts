import type { Fields } from './types.ts';

/** Everything a node has can be given to pods unless it says otherwise. */
export function nodeStatus(value: Fields): Fields {
  const { allocatable, capacity } = value;
  return allocatable === undefined && capacity !== undefined ? { ...value, allocatable: capacity } : value;
}
