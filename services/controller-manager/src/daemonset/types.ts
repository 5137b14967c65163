import type { ObservedRevisions } from '../history/history.ts';
import type { StoredDaemonSet, StoredNode, StoredPod } from '../resources.ts';

export interface DaemonSetObserved {
  /** Pods that this DaemonSet manages, finished and terminating ones too. */
  readonly owned: readonly StoredPod[];
  /** Active pods with its labels that nobody manages. */
  readonly orphans: readonly StoredPod[];
  readonly nodes: readonly StoredNode[];
  readonly revisions: ObservedRevisions;
}

export type DaemonSetDesired = StoredDaemonSet;

export const REVISION_LABEL = 'controller-revision-hash';
