import { isArray } from '../json/types.ts';
import type { Fields } from './types.ts';

/** What a policy is about follows from what it has rules for; it is always about what comes in. */
export function networkPolicySpec(value: Fields): Fields {
  const { policyTypes, egress } = value;
  if (isArray(policyTypes) && policyTypes.length > 0) return value;
  const outward = isArray(egress) && egress.length > 0 ? ['Egress'] : [];
  return { ...value, policyTypes: ['Ingress', ...outward] };
}
