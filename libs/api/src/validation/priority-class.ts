import type { PriorityClass } from '@reckon/proto/reckon/api/scheduling/v1/priority_class.ts';
import { subdomainName } from '../names/object-name.ts';
import { forbidden } from './causes.ts';
import type { KindRules } from './types.ts';

const SYSTEM_PREFIX = 'system-';
const MAX_USER_VALUE = 1_000_000_000;

/** The classes that every cluster has, and their values. */
export const SYSTEM_PRIORITIES: ReadonlyMap<string, number> = new Map([
  ['system-cluster-critical', 2_000_000_000],
  ['system-node-critical', 2_000_001_000],
]);

export const PRIORITY_CLASS: KindRules<PriorityClass> = {
  name: subdomainName,
  object: ({ metadata, value = 0 }, causes) => {
    const name = metadata?.name ?? '';
    if (SYSTEM_PRIORITIES.has(name) && SYSTEM_PRIORITIES.get(name) === value) return;
    if (name.startsWith(SYSTEM_PREFIX)) {
      const why = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${name} is not a known system priority class`;
      causes.push(forbidden('metadata.name', why));
    }
    if (value > MAX_USER_VALUE) {
      const why = `maximum allowed value of a user defined priority is ${MAX_USER_VALUE}`;
      causes.push(forbidden('value', why));
    }
  },
  update: (after, before, causes) => {
    if ((after.value ?? 0) !== (before.value ?? 0)) {
      causes.push(forbidden('value', 'may not be changed in an update.'));
    }
  },
};
