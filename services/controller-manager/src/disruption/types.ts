import type { StoredPod, StoredPodDisruptionBudget } from '../resources.ts';

export interface DisruptionObserved {
  /** Pods that the budget's selector matches. */
  readonly pods: readonly StoredPod[];
  /** How many pods the managers of those pods ask for together. */
  readonly scale: number;
  /** Matched pods whose manager says nothing about how many there shall be. */
  readonly unmanaged: readonly string[];
  /** A manager that is not there or has no scale: nothing can be said. */
  readonly unknown: string | undefined;
}

export type DisruptionDesired = StoredPodDisruptionBudget;
