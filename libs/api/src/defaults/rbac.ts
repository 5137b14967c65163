import type { Fields } from './types.ts';

/** Users and groups are of the API group of roles; ServiceAccounts are objects of the core group. */
export function subject(value: Fields): Fields {
  const { kind, apiGroup } = value;
  if (apiGroup !== undefined && apiGroup !== '') return value;
  if (kind !== 'User' && kind !== 'Group') return value;
  return { ...value, apiGroup: 'rbac.authorization.k8s.io' };
}
