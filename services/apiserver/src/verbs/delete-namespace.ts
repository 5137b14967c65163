import { isObject, rfc3339 } from '@reckon/api';
import { contentFinalizers } from '../kinds/namespace.ts';
import { type End, finalizersFor, prepareEnd } from './delete-end.ts';
import type { Preparation } from './env.ts';
import { type Prepared, unchanged, updateOf, written } from './plan.ts';
import type { DeleteResult } from './types.ts';

/**
 * A namespace goes in steps: it is marked as terminating, the namespace controller empties it and takes away
 * `spec.finalizers` through its subresource `finalize`, and it ends with that.
 */
export function prepareNamespaceDelete(preparation: Preparation, end: End): Prepared<DeleteResult> {
  const { current, target, options } = end;
  const namespace = current.value;
  const { metadata } = namespace;
  if (metadata.deletionTimestamp !== undefined) {
    if (contentFinalizers(namespace).length > 0) return unchanged({ object: current, deleted: false });
    return prepareEnd(preparation, end);
  }
  const finalizers = finalizersFor(metadata, options);
  const { finalizers: _, ...rest } = metadata;
  const object = {
    ...namespace,
    metadata: {
      ...rest,
      ...(finalizers.length > 0 && { finalizers }),
      deletionTimestamp: rfc3339(preparation.nowMs),
    },
    status: { ...(isObject(namespace.status) && namespace.status), phase: 'Terminating' },
  };
  return {
    writes: [updateOf({ current, object, traits: target.resource })],
    conditions: [],
    answer: ([marked]) => ({ object: written(marked), deleted: false }),
  };
}
