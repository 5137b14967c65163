import type { Cause } from '../errors/api-error.ts';
import type { KubeObject } from '../meta/types.ts';
import type { NameCheck } from '../names/object-name.ts';
import type { Frozen } from '../print/types.ts';

export type { Frozen };

/** Adds what is wrong to the list. */
export type Check<T> = (object: Frozen<T>, causes: Cause[]) => void;
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
}

/** The rules of some kind; objects have been decoded by its schema before they get here. */
export type AnyKindRules = KindRules<KubeObject>;
