import type { KubeMetadata, ResourceType, Stored } from '@reckon/client';

type OwnerReference = NonNullable<KubeMetadata['ownerReferences']>[number];

/** What is known of one of an object's owners. */
export interface Owner {
  readonly reference: OwnerReference;
  /**
   * `present`: it is there. `waiting`: it is being deleted and waits for its dependents. `absent`: it does not exist.
   * `elsewhere`: it would have to be in another namespace, where no owner can be. A kind that is not known here counts
   * as present: nothing is deleted on a guess.
   */
  readonly state: 'present' | 'waiting' | 'absent' | 'elsewhere';
}

export interface Dependent {
  readonly resource: ResourceType;
  readonly object: Stored;
  /** It is part of a circle: itself deleted in the foreground, it waits, over whatever lies between, for its owner. */
  readonly waitsForOwner: boolean;
}

export interface GarbageObserved {
  readonly resource: ResourceType;
  readonly owners: readonly Owner[];
  readonly dependents: readonly Dependent[];
}

export type GarbageDesired = Stored;
