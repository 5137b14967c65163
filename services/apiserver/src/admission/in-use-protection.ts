/** Kubernetes' StorageObjectInUseProtection: new storage is held by a finalizer, which a controller takes away. */
import type { KubeObject } from '../verbs/types.ts';

export function heldBy(finalizer: string): (object: KubeObject) => KubeObject {
  return (object) => {
    const { finalizers = [] } = object.metadata;
    if (finalizers.includes(finalizer)) return object;
    return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } };
  };
}
