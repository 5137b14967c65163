/** What is special about a kind when it is written: Kubernetes' "strategy" of its registry. */
import type { Preparation } from '../verbs/env.ts';
import type { PlannedWrite } from '../verbs/plan.ts';
import type { DeleteOptions, KubeObject } from '../verbs/types.ts';

export interface Change {
  /** Undefined for a create. */
  readonly before: KubeObject | undefined;
  readonly after: KubeObject;
}

/** Writes of other objects that belong to a write, and the object as it is with them. */
export interface Accompanied {
  readonly object: KubeObject;
  readonly writes: readonly PlannedWrite[];
}

export interface Strategy {
  /** PUT of an object that is not there makes it. */
  readonly createOnUpdate: boolean;
  /** An update without resourceVersion takes whatever is there. */
  readonly unconditionalUpdate: boolean;
  /** The garbage collector looks after its dependents. */
  readonly collectsGarbage: boolean;
  /**
   * Whoever deletes it and says nothing about its dependents leaves them behind, as it was before there was a garbage
   * collector; the warning says so.
   */
  readonly orphansByDefault?: { readonly warning?: string };
  /** Brings what can be written in several ways to one, after defaults and before everything else. */
  normalize?(object: KubeObject): KubeObject;
  /** What a create does to the object: its status is not the client's to say, its generation begins. */
  create(object: KubeObject): KubeObject;
  /** What a write of the object itself leaves of what it brings. */
  update(object: KubeObject, current: KubeObject): KubeObject;
  /** What a write of `status` leaves of what it brings. */
  updateStatus(object: KubeObject, current: KubeObject): KubeObject;
  /** What a write of the subresource `approval` leaves of what it brings. */
  approve?(object: KubeObject, current: KubeObject): KubeObject;
  /** Fills in times after a write of the object or a part of it. */
  stamp?(object: KubeObject, current: KubeObject, nowMs: number): KubeObject;
  /** Seconds of grace that a delete gives it; undefined if the kind knows no grace. */
  graceSeconds?(object: KubeObject, options: DeleteOptions): number;
  /** What a write of the subresource `finalize` leaves of what it brings. */
  finalize?(object: KubeObject, current: KubeObject): KubeObject;
  /** What a write of the subresource `ephemeralcontainers` leaves of what it brings. */
  ephemeralContainers?(object: KubeObject, current: KubeObject): KubeObject;
  /** Fills in what admission decides for a new object; a refusal is thrown. */
  admit?(object: KubeObject, preparation: Preparation): KubeObject;
  /** Claims and companions that are written with a create or update. */
  accompany?(change: Change, preparation: Preparation): Accompanied;
  /** What is written with its end. */
  release?(object: KubeObject, preparation: Preparation): readonly PlannedWrite[];
  /** A further condition for the end of an object whose finalizers an update has emptied. */
  mayEndWithUpdate?(object: KubeObject): boolean;
}
