import type { Fields } from './types.ts';

/** The strategy of a Deployment: its parameters are only there for the one that has any. */
export function deployment(value: Fields): Fields {
  if (value.type !== 'RollingUpdate' || value.rollingUpdate !== undefined) return value;
  return { ...value, rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } };
}
