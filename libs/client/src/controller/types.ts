/**
 * The vocabulary of controllers (design §4): a pure plan, an impure shell.
 *
 * A controller says which changes concern which keys (`watches`), gathers what it needs to know about one key from
 * a snapshot of one revision (`observe`), and decides (`plan`). The shell does the rest: queue, retries, backoff,
 * waiting for its own writes to come back, slow start, provenance, events, metrics, leadership.
 *
 * Writing one:
 * - `plan` reads no clock, draws no randomness, awaits nothing and writes nothing: the same input gives the same plan.
 * - Derive names (`derivedName`), so that a plan made twice does nothing twice.
 * - Never count on having seen an event: only the state at hand matters. A key may be planned at any time.
 * - Return the same `wakeAtMs` as long as nothing has happened; never poll.
 * - To judge silence or absence use `Snapshot.silentForMs` and `confirmedForMs`, put into `observed` as numbers.
 */
import type { ApiError } from '@reckon/api';
import type { Change, Snapshot } from '../projection/types.ts';
import type {
  ObjectName,
  Operation,
  Patch,
  Preconditions,
  PropagationPolicy,
  ResourceType,
  Stored,
  WritableObject,
} from '../types.ts';

/** What is queued: usually `namespace/name` (see `keyOf`), but a controller may use any string. */
export type Key = string;

/** Which keys a change of one resource concerns. Made by `watch(resource, keys)`. */
export interface WatchRule {
  readonly resource: ResourceType;
  keys(change: Change, snapshot: Snapshot): Iterable<Key>;
}

export interface Controller<Desired, Observed> {
  /** In logs, metrics, events (`reportingComponent`) and as field manager: `replicaset-controller`. */
  readonly name: string;
  readonly watches: readonly WatchRule[];
  /** All that `plan` may know about a key; undefined if there is nothing to do for it (any more). Pure, synchronous. */
  observe(snapshot: Snapshot, key: Key): Observation<Desired, Observed> | undefined;
  plan(input: PlanInput<Desired, Observed>): Plan;
}

export interface Observation<Desired, Observed> {
  readonly desired: Desired;
  readonly observed: Observed;
}

export interface PlanInput<Desired, Observed> extends Observation<Desired, Observed> {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /**
   * Actions of the previous pass over this key that were refused (conflicts and outages do not count: those are
   * simply planned again). Empty after a pass that went well.
   */
  readonly failures: readonly ActionFailure[];
}

export interface ActionFailure {
  readonly action: Action;
  readonly error: ApiError;
}

export interface Plan {
  /**
   * Carried out in order; neighbours of the same type on the same resource together (creates in a slow start of
   * 1, 2, 4…). After a failure the rest is left for the next pass.
   */
  readonly actions: readonly Action[];
  /** Written after the actions, if it differs from what is there. */
  readonly status?: StatusWrite | undefined;
  /** When (ms since the epoch) this key must be planned again even if nothing changes. */
  readonly wakeAtMs?: number | undefined;
}

/** The status that an object should have. The whole of `.status`: what is missing in it is removed. */
export interface StatusWrite {
  readonly resource: ResourceType;
  /** As observed: the write is conditional on its resourceVersion. */
  readonly object: Stored;
  readonly status: object;
  readonly because: string;
}

/** An Event for people, about one object. */
export interface EventSpec {
  readonly regarding: Stored;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase: `SuccessfulCreate`. */
  readonly reason: string;
  /** What was done or tried, in one word: `Binding`. Without it the reason stands for it. */
  readonly action?: string;
  readonly message: string;
}

interface WriteAction {
  readonly resource: ResourceType;
  /** One sentence for people: why this is done. Kept with the event in the log. */
  readonly because: string;
  /** Recorded once the action has succeeded. */
  readonly event?: EventSpec | undefined;
  /** Recorded if it is refused, with `: ERROR` added to the message. */
  readonly failureEvent?: EventSpec | undefined;
}

/** Precondition: nothing of that name exists (AlreadyExists means: plan again). */
export interface CreateAction extends WriteAction {
  readonly type: 'create';
  readonly object: WritableObject;
  /** For those that are posted: `eviction`, `binding`. */
  readonly subresource?: string | undefined;
}

/** Precondition: the object's `metadata.resourceVersion`. */
export interface UpdateAction extends WriteAction {
  readonly type: 'update';
  readonly object: WritableObject;
  readonly subresource?: string | undefined;
  /**
   * For what a plan cannot hold, as it takes a key (a signature) or somebody's word (a review): makes what is written
   * from `object`; undefined: nothing is to be written after all.
   */
  readonly complete?: ((object: WritableObject) => Promise<WritableObject | undefined>) | undefined;
}

export interface PatchAction extends WriteAction {
  readonly type: 'patch';
  readonly target: ObjectName;
  readonly patch: Patch;
  /** uid at least: a patch must not hit the object's namesake. */
  readonly precondition: Preconditions & { readonly uid: string };
  readonly subresource?: string | undefined;
}

/** One that is gone already counts as deleted. */
export interface DeleteAction extends WriteAction {
  readonly type: 'delete';
  readonly target: ObjectName;
  readonly precondition: Preconditions & { readonly uid: string };
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: PropagationPolicy | undefined;
}

/** Several writes, all or none. */
export interface TransactAction {
  readonly type: 'transact';
  readonly operations: readonly Operation[];
  readonly because: string;
  readonly event?: EventSpec | undefined;
  readonly failureEvent?: EventSpec | undefined;
}

/** Only an Event, for what is worth telling but needs no write. */
export interface EventAction {
  readonly type: 'event';
  readonly event: EventSpec;
}

export type Action = CreateAction | UpdateAction | PatchAction | DeleteAction | TransactAction | EventAction;
