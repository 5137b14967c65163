import type { StoredPod, StoredReplicaSet } from '../resources.ts';

export interface ReplicaSetObserved {
  /** Pods that this ReplicaSet manages, finished and terminating ones too. */
  readonly owned: readonly StoredPod[];
  /** Active pods that match the selector and that nobody manages. */
  readonly orphans: readonly StoredPod[];
  /** Of every node that runs one of `owned`: how many active pods of this ReplicaSet's Deployment it runs. */
  readonly siblingsByNode: ReadonlyMap<string, number>;
}

export type ReplicaSetDesired = StoredReplicaSet;
