/**
 * Putting objects back as they were. `plan.ts` decides from two snapshots what to write; it reads nothing and writes
 * nothing. `snapshot.ts` reads, `operations.ts` says what is sent, `plan-text.ts` shows it.
 */
import type { Cause } from '@reckon/api';
import type { ResourceType, StoredObject } from '@reckon/client';

export type Fields = Readonly<Record<string, unknown>>;
/** An object as it was read at a revision. */
export type AnObject = StoredObject & Fields;

export interface Snapped {
  readonly resource: ResourceType;
  readonly object: AnObject;
}

/** What to put back: a namespace with all that is in it, or one object. */
export type Scope =
  | { readonly kind: 'namespace'; readonly namespace: string }
  | {
      readonly kind: 'object';
      readonly resource: ResourceType;
      readonly namespace: string;
      readonly name: string;
    };

/** An address or a node port, and the Service that has it now. */
export interface Claim {
  /** `10.96.0.17`, or `port 30080`. */
  readonly what: string;
  readonly namespace: string;
  readonly name: string;
}

export interface PlanInput {
  readonly scope: Scope;
  /** Of a namespace, the Namespace itself is among them. */
  readonly then: readonly Snapped[];
  readonly now: readonly Snapped[];
  /** Of all Services of the cluster, as of now. */
  readonly claims: readonly Claim[];
  /** What an update from one to the other would be refused for because it cannot change once the object is there. */
  unchangeable(resource: ResourceType, now: AnObject, wanted: Wanted): readonly Cause[];
}

/** An object as it is to be written: no status, nothing that the server decides. */
export type Wanted = Fields & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Fields & { readonly name: string };
};

export type Action =
  | { readonly kind: 'create'; readonly resource: ResourceType; readonly wanted: Wanted }
  | {
      readonly kind: 'update';
      readonly resource: ResourceType;
      readonly now: AnObject;
      readonly wanted: Wanted;
    }
  /** Deleted and made anew: something of it cannot change in place. */
  | {
      readonly kind: 'remake';
      readonly resource: ResourceType;
      readonly now: AnObject;
      readonly wanted: Wanted;
      readonly because: string;
    }
  | { readonly kind: 'delete'; readonly resource: ResourceType; readonly now: AnObject };

/** Something that will not be as it was, or that one should know. */
export interface Note {
  /** `service/web`. */
  readonly object: string;
  readonly sentence: string;
}

export interface Plan {
  /** In the order in which they are written. */
  readonly actions: readonly Action[];
  readonly notes: readonly Note[];
  /** Why nothing can be written at all. */
  readonly obstacles: readonly Note[];
}
