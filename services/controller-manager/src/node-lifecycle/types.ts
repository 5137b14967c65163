import type { StoredNode, StoredPod } from '../resources.ts';

export interface NodeObserved {
  /** For how long something should have been heard of the node, and verifiably was not. */
  readonly silentForMs: number;
  /** Pods bound to it that still say they are ready. */
  readonly readyPods: readonly StoredPod[];
}

export type NodeDesired = StoredNode;

export interface NodeLifecycleSettings {
  /** A node that is silent for longer is not ready. */
  readonly graceMs: number;
}
