import type { Cause } from '../errors/api-error.ts';
import type { KubeObject } from '../meta/types.ts';
import type { NameCheck } from '../names/object-name.ts';
import type { Frozen } from '../print/types.ts';

export type { Frozen };

/**
 * Adds what is wrong to the list.
 * @param askedIn the API version of the request, where it is not the one that the object is kept in; else ''.
 */
export type Check<T> = (object: Frozen<T>, causes: Cause[], askedIn: string) => void;
/** Adds what is wrong with `after`, given what was there. */
export type ChangeCheck<T> = (after: Frozen<T>, before: Frozen<T>, causes: Cause[]) => void;

/** What is checked of a kind beside its metadata and what the schema says. */
export interface KindRules<T> {
  readonly name: NameCheck;
  /** At creation and at every update of the object itself. */
  readonly object?: Check<T>;
  /** At creation only. */
  readonly create?: Check<T>;
  /** At an update of the object itself. */
  readonly update?: ChangeCheck<T>;
  /** At an update of the status. */
  readonly status?: ChangeCheck<T>;
  /** At an update of the approval (certificate signing requests). */
  readonly approval?: ChangeCheck<T>;
  /** At an update of `spec.finalizers` (namespaces). */
  readonly finalize?: ChangeCheck<T>;
  /** At an update of `spec.ephemeralContainers` (pods). */
  readonly ephemeralContainers?: ChangeCheck<T>;
  /** By API version: what is asked beside all this of writes that are made in it. */
  readonly versions?: Readonly<Record<string, VersionRules<T>>>;
}

/** The object has been converted to the version that it is kept in. */
export type VersionRules<T> = Required<Pick<KindRules<T>, 'create' | 'update'>>;

/** The rules of some kind; objects have been decoded by its schema before they get here. */
export type AnyKindRules = KindRules<KubeObject>;
