import { jsonEqual, type OwnerReference } from '@reckon/api';
import type { KubeObject, RequestContext } from './types.ts';

/** Owner references that are there twice are kept once, with Kubernetes' warning. */
export function dedupedOwners(object: KubeObject, context: Pick<RequestContext, 'warn'>): KubeObject {
  const references = object.metadata.ownerReferences;
  if (references === undefined || references.length < 2) return object;
  const kept: OwnerReference[] = [];
  const doubled: string[] = [];
  for (const reference of references) {
    if (kept.some((other) => jsonEqual(other, reference))) doubled.push(reference.uid);
    else kept.push(reference);
  }
  if (doubled.length === 0) return object;
  context.warn(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${doubled.join(', ')}`,
  );
  return { ...object, metadata: { ...object.metadata, ownerReferences: kept } };
}
