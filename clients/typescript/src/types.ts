/** What is asked of a cluster, and what it answers. */
import type { Revision } from '@reckon/api/log/record.ts';
import type {
  CallOptions,
  Frozen,
  KubeObject,
  ListResult,
  Patch,
  Preconditions,
  PropagationPolicy,
  ResourceType,
  Selection,
  Stored,
} from '@reckon/client/types.ts';

export type { HistoryOptions, ReadLogOptions, TraceOptions } from '@reckon/client/types.ts';

/** An object of a kind that this package has no type for. */
export interface AnyObject extends KubeObject {
  readonly [field: string]: unknown;
}

/** An object to be written. What names its kind may be left out, and so may its namespace: it is then the client's. */
export type Writable<T extends KubeObject> = Frozen<T>;

/** Which object: a name alone means the one of that name in the client's namespace. */
export type Target = string | { readonly name: string; readonly namespace?: string | undefined };

export interface ListOptions extends CallOptions, Selection {
  /** At most so many objects; absent: all of them. */
  readonly limit?: number | undefined;
  /** Where the list before this one was cut off. Expired if that is too long ago. */
  readonly continue?: string | undefined;
}

export interface WatchOptions extends CallOptions, Selection {
  /** Events after this revision; absent: first the objects that are there as ADDED, then a BOOKMARK, then what follows. */
  readonly after?: Revision | undefined;
  /** The log that `after` is of (`ListResult.logId`): Gone if the cluster's is another one. */
  readonly logId?: string | undefined;
  /** Told each time the connection was lost, before the watch resumes by itself. */
  readonly onInterrupted?: ((error: Error) => void) | undefined;
}

export interface WriteOptions extends CallOptions {
  /** Everything but the commit. */
  readonly dryRun?: boolean | undefined;
  /** Who owns the fields; absent: as the client was told. */
  readonly fieldManager?: string | undefined;
  /** What becomes of fields that are not known; absent: `Warn`. */
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict' | undefined;
  /** Kept with each event that the request makes; absent: one is made. */
  readonly requestId?: string | undefined;
}

export interface ObjectWriteOptions extends WriteOptions {
  /** `status`, `scale`… */
  readonly subresource?: string | undefined;
}

export interface SubresourceOptions extends WriteOptions {
  readonly subresource: string;
  /** With its apiVersion and kind, which are not those of the object it is posted to. */
  readonly object: AnyObject & { readonly apiVersion: string; readonly kind: string };
}

export interface ApplyOptions extends ObjectWriteOptions {
  /** Take fields from other managers, where that would be a Conflict. */
  readonly force?: boolean | undefined;
}

export interface DeleteOptions extends WriteOptions {
  /** How long it may take to end; 0: at once. Absent: what the object says. */
  readonly gracePeriodSeconds?: number | undefined;
  /** What becomes of what it owns; absent: the kind's default. */
  readonly propagationPolicy?: PropagationPolicy | undefined;
  /** Conflict if the object is another one by now. */
  readonly preconditions?: Preconditions | undefined;
}

export interface TransactOptions extends WriteOptions {
  /** One sentence for people, kept with each write. */
  readonly because?: string | undefined;
}

/** One part of a transaction: made by the functions of `operation`. */
export type Operation =
  | { readonly verb: 'create' | 'update'; readonly kind: ResourceType; readonly object: object }
  | {
      readonly verb: 'apply';
      readonly kind: ResourceType;
      readonly object: object;
      readonly force?: boolean | undefined;
    }
  | { readonly verb: 'patch'; readonly kind: ResourceType; readonly target: Target; readonly patch: Patch }
  | ({ readonly verb: 'delete'; readonly kind: ResourceType; readonly target: Target } & Pick<
      DeleteOptions,
      'gracePeriodSeconds' | 'propagationPolicy' | 'preconditions'
    >)
  | {
      readonly verb: 'require';
      readonly kind: ResourceType;
      readonly target: Target;
      readonly revision: Revision;
    };

/** One event of the cluster's log. */
export interface LogRecord {
  readonly revision: Revision;
  /** Milliseconds since the epoch, with a fraction down to microseconds: `new Date(record.atMs)`. */
  readonly atMs: number;
  /** `pods`, `deployments.apps`. */
  readonly resource: string;
  /** Empty for what is cluster-scoped. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly operation: 'create' | 'update' | 'delete';
  /**
   * The object after the change; of a delete, the last object. Absent where the caller may not read it, and of
   * heartbeats that have been followed by others.
   */
  readonly object?: AnyObject | undefined;
  /** The revision that this one replaced; 0: none. */
  readonly previousRevision: Revision;
  /** The user who did it. */
  readonly actor: string;
  readonly requestId: string;
  /** The revision that made the actor act; absent for a request of its own. */
  readonly cause?: Revision | undefined;
  /** Why, as a sentence for people. */
  readonly because?: string | undefined;
  /** The verb of the API by which it was asked for, with the subresource: `patch`, `apply`, `update/status`. */
  readonly via?: string | undefined;
}

export interface WhyOptions extends CallOptions {
  /** The change to explain; absent: the creation of the object and its last changes. */
  readonly revision?: Revision | undefined;
}

export interface Trace {
  /** By revision: each one's `cause` is the revision of another, unless that is no longer kept. */
  readonly records: readonly LogRecord[];
  /** There is more than the limit. */
  readonly truncated: boolean;
}

/** The cluster as of a revision, for reading. */
export interface Past {
  readonly revision: Revision;
  /** When that revision was written; RFC 3339 with microseconds. */
  readonly at: string;
  /** As `Client.get`. */
  get<T extends KubeObject>(kind: ResourceType<T>, target: Target, options?: CallOptions): Promise<Stored<T>>;
  /** As `Client.list`. */
  list<T extends KubeObject>(kind: ResourceType<T>, options?: ListOptions): Promise<ListResult<T>>;
}
