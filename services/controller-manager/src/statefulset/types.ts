import type { ObservedRevisions } from '../history/history.ts';
import type { StoredPersistentVolumeClaim, StoredPod, StoredStatefulSet } from '../resources.ts';

export interface StatefulSetObserved {
  /** Pods that this StatefulSet manages, finished and terminating ones too. */
  readonly owned: readonly StoredPod[];
  /** Active pods with its labels and a name of its own that nobody manages. */
  readonly orphans: readonly StoredPod[];
  /** Claims of the namespace, by name, as far as its pods may use them. */
  readonly claims: ReadonlyMap<string, StoredPersistentVolumeClaim>;
  /** Ordinals whose pod's name belongs to a pod that is not the StatefulSet's. */
  readonly taken: ReadonlySet<number>;
  readonly revisions: ObservedRevisions;
}

export type StatefulSetDesired = StoredStatefulSet;

export const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
export const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';
export const REVISION_LABEL = 'controller-revision-hash';

/** The ordinal in a pod's name; undefined if the pod is none of the StatefulSet's. */
export function ordinalOf(set: StoredStatefulSet, pod: StoredPod): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const { name } = pod.metadata;
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^(?:0|[1-9][0-9]*)$/.test(digits) ? Number(digits) : undefined;
}
