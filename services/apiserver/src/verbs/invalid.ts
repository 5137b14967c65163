import { type Cause, invalid } from '@reckon/api';
import type { KubeObject } from './types.ts';

/** Refuses an object that something is wrong with, all of it at once. */
export function refuseInvalid(
  kind: { readonly group: string; readonly kind: string },
  object: KubeObject,
  causes: readonly Cause[],
): void {
  if (causes.length > 0) throw invalid(kind, object.metadata.name ?? '', causes);
}
