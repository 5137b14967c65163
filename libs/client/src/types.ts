/**
 * How a program talks to the cluster: the verbs of the API over plain Kubernetes-shaped JSON values. `GrpcApi` speaks
 * to an API server's gRPC door, `MemoryApi` is its twin in one process. Both throw `ApiError` and nothing else.
 */
import type { Head, LogRecord, Revision } from '@reckon/api/log/record.ts';
import type { OwnerReference } from '@reckon/api/meta/types.ts';

/** What every object has. Generated types (`Pod`, `Deployment`…) fit it as they are. */
export interface KubeObject {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?: KubeMetadata | undefined;
}

export interface KubeMetadata {
  readonly name?: string | undefined;
  readonly generateName?: string | undefined;
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly generation?: number | undefined;
  readonly creationTimestamp?: string | undefined;
  readonly deletionTimestamp?: string | undefined;
  readonly deletionGracePeriodSeconds?: number | undefined;
  readonly labels?: { readonly [key: string]: string } | undefined;
  readonly annotations?: { readonly [key: string]: string } | undefined;
  readonly finalizers?: readonly string[] | undefined;
  readonly ownerReferences?: readonly Loose<OwnerReference>[] | undefined;
}

/** Any field may be missing or undefined, also for who compiles with `exactOptionalPropertyTypes`. */
type Loose<T> = { readonly [Field in keyof T]?: T[Field] | undefined };

/** The same value, never to be changed: shared by everyone who reads it. */
export type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]: Frozen<T[Field]> }
    : T;

/** What the server fills in, so that whoever reads an object need not doubt it. */
export type StoredObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMetadata;
};

export type StoredMetadata = Omit<KubeMetadata, 'ownerReferences'> & {
  readonly name: string;
  readonly uid: string;
  /** Decimal; `revisionOf` gives it as a number. */
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly ownerReferences?: readonly OwnerReference[] | undefined;
};

/** An object as it was read from the cluster. */
export type Stored<T extends KubeObject = KubeObject> = Omit<Frozen<T>, keyof StoredObject> & StoredObject;

/** An object to be written: any generated type, or a literal with whatever fields its kind has. */
export type WritableObject =
  | Frozen<KubeObject>
  | (Frozen<KubeObject> & { readonly [field: string]: unknown });

/** A kind of object, with the type of its objects. `resources.ts` has the built-in ones. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** Empty for core. */
  readonly group: string;
  readonly version: string;
  /** Plural: `deployments`. */
  readonly resource: string;
  /** As in `ObjectKey.resource` and `LogRecord`: `pods`, `deployments.apps`. */
  readonly groupResource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Carries T for the compiler; never there at run time. */
  readonly object?: T;
}

/** Which object. Cluster-scoped: namespace ''. */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * For the whole call; absent: 10 s, for what reads or writes many objects a minute, for reading the log none. A write
   * that ends so (Timeout) may or may not have happened.
   */
  readonly timeoutMs?: number | undefined;
}

export interface ReadOptions extends CallOptions {
  /** As in the Kubernetes API. Absent: the most recent. */
  readonly resourceVersion?: string | undefined;
  readonly match?: 'NotOlderThan' | 'Exact' | undefined;
}

export interface Selection {
  /** Absent or empty: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListOptions extends ReadOptions, Selection {
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
}

export interface ListResult<T extends KubeObject> {
  readonly items: readonly Stored<T>[];
  /** Of the whole list. */
  readonly revision: Revision;
  readonly logId: string;
  readonly continue?: string | undefined;
}

export interface WatchOptions extends Selection {
  readonly signal?: AbortSignal | undefined;
  /** Events after this revision; absent: first the present objects as ADDED, then a bookmark with `initialEventsEnd`. */
  readonly after?: Revision | undefined;
  readonly allowBookmarks?: boolean | undefined;
}

export type WatchEvent<T extends KubeObject> =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
      /** Of a DELETED event: the last object, at the revision of its deletion. */
      readonly object: Stored<T>;
      readonly revision: Revision;
    }
  | { readonly type: 'BOOKMARK'; readonly revision: Revision; readonly initialEventsEnd: boolean };

export interface WriteOptions extends CallOptions {
  /** The revision that made the caller act; absent for a person's own doing. */
  readonly cause?: Revision | undefined;
  /** One sentence for people. */
  readonly because?: string | undefined;
  readonly requestId?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly fieldManager?: string | undefined;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict' | undefined;
  /** `status`, `scale`, `binding`, `eviction`… */
  readonly subresource?: string | undefined;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Take fields from other managers. */
  readonly force?: boolean | undefined;
}

export interface Preconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

export type PropagationPolicy = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions extends WriteOptions {
  readonly gracePeriodSeconds?: number | undefined;
  /** Absent: the kind's default. */
  readonly propagationPolicy?: PropagationPolicy | undefined;
  readonly preconditions?: Preconditions | undefined;
}

export interface Written<T extends KubeObject> {
  readonly object: Stored<T>;
  /** The revision that this write made, or the object's present one if it changed nothing; 0 after a dry run. */
  readonly revision: Revision;
  readonly warnings: readonly string[];
}

export interface Deleted<T extends KubeObject> extends Written<T> {
  /** False while finalizers or grace keep it. */
  readonly deleted: boolean;
}

/** RFC 6902. */
export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

export type Patch =
  | { readonly type: 'json'; readonly operations: readonly JsonPatchOperation[] }
  /** RFC 7386. `metadata.resourceVersion` or `metadata.uid` in it are preconditions. */
  | { readonly type: 'merge'; readonly value: object }
  | { readonly type: 'strategic'; readonly value: object };

/** One write of a transaction. */
export type Operation =
  | {
      readonly verb: 'create';
      readonly resource: ResourceType;
      readonly object: WritableObject;
      /** For subresources that are posted (`binding`). */
      readonly subresource?: string | undefined;
    }
  | {
      readonly verb: 'update';
      readonly resource: ResourceType;
      /** With metadata.resourceVersion it is conditional on it. */
      readonly object: WritableObject;
      readonly subresource?: string | undefined;
    }
  | {
      readonly verb: 'patch';
      readonly resource: ResourceType;
      readonly target: ObjectName;
      readonly patch: Patch;
      readonly subresource?: string | undefined;
    }
  | {
      readonly verb: 'delete';
      readonly resource: ResourceType;
      readonly target: ObjectName;
      readonly preconditions?: Preconditions | undefined;
      readonly gracePeriodSeconds?: number | undefined;
      readonly propagationPolicy?: PropagationPolicy | undefined;
    }
  | {
      readonly verb: 'apply';
      readonly resource: ResourceType;
      readonly object: WritableObject;
      readonly subresource?: string | undefined;
      readonly force?: boolean | undefined;
    }
  /** Writes nothing: the object must be at this revision; 0: it must not exist. */
  | {
      readonly verb: 'require';
      readonly resource: ResourceType;
      readonly target: ObjectName;
      readonly revision: Revision;
    };

export interface Transacted {
  /** One for each operation in order; undefined for `require`. */
  readonly objects: readonly (Stored | undefined)[];
  /** Of the first and the last write: all of them are at consecutive revisions. */
  readonly firstRevision: Revision;
  readonly revision: Revision;
  readonly warnings: readonly string[];
}

export interface ReadLogOptions extends CallOptions {
  /** Records with after < rev <= through. */
  readonly after: Revision;
  /** Absent: the present head. */
  readonly through?: Revision | undefined;
  /** `pods`, `deployments.apps`; absent: all. */
  readonly resources?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** Only what this user did. */
  readonly actor?: string | undefined;
  /** Gone if the server's log is another one. */
  readonly logId?: string | undefined;
}

/** A moment of the log: the head, a revision, or what was the head at a time (RFC 3339). */
export type Moment =
  | { readonly revision?: undefined; readonly at?: undefined }
  | { readonly revision: Revision; readonly at?: undefined }
  | { readonly at: string; readonly revision?: undefined };

export interface ResolvedMoment {
  readonly revision: Revision;
  /** When it was written; RFC 3339 with microseconds. */
  readonly at: string;
  /** The oldest revision that can be read, and the newest. */
  readonly oldest: Revision;
  readonly head: Revision;
  readonly logId: string;
}

export interface HistoryOptions extends CallOptions {
  /** Only events with after < rev < before. */
  readonly after?: Revision | undefined;
  readonly before?: Revision | undefined;
  /** Absent: all of them. */
  readonly limit?: number | undefined;
  /** Default newest first. */
  readonly order?: 'newest' | 'oldest' | undefined;
}

export interface TraceOptions extends CallOptions {
  /** What it caused, instead of what caused it. */
  readonly effects?: boolean | undefined;
  /** Default 1,000. */
  readonly limit?: number | undefined;
}

export interface Trace {
  /** The event itself first; then causes newest first, or effects by revision. */
  readonly records: readonly LogRecord[];
  readonly truncated: boolean;
}

export interface LogChunk {
  readonly records: readonly LogRecord[];
  readonly logId: string;
  /** Every matching record up to here has now been given. */
  readonly through: Revision;
}

export interface ApiClient {
  /** NotFound if it is not there. */
  get<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    options?: ReadOptions,
  ): Promise<Stored<T>>;
  list<T extends KubeObject>(resource: ResourceType<T>, options?: ListOptions): Promise<ListResult<T>>;
  /**
   * Exactly the log after a revision that matches, in order, once each, in batches as they come. Ends only with an
   * ApiError (Expired: list again; ServiceUnavailable: watch again) or quietly when its signal is aborted.
   */
  watch<T extends KubeObject>(
    resource: ResourceType<T>,
    options?: WatchOptions,
  ): AsyncIterable<readonly WatchEvent<T>[]>;
  /**
   * AlreadyExists if one of that name is there. Subresources that are posted (binding, eviction) name their object
   * by the metadata of what is posted.
   */
  create<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options?: WriteOptions,
  ): Promise<Written<T>>;
  /** Conflict if metadata.resourceVersion is given and is not the present one. */
  update<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options?: WriteOptions,
  ): Promise<Written<T>>;
  patch<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<Written<T>>;
  /** Server-side apply of a partial object. */
  apply<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options: ApplyOptions,
  ): Promise<Written<T>>;
  delete<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    options?: DeleteOptions,
  ): Promise<Deleted<T>>;
  /** How many objects it concerned. */
  deleteCollection(
    resource: ResourceType,
    selection: Selection,
    options?: DeleteOptions,
  ): Promise<{ readonly count: number }>;
  /** All of the operations in one commit, or none. */
  transact(operations: readonly Operation[], options?: WriteOptions): Promise<Transacted>;
  readLog(options: ReadLogOptions): AsyncIterable<LogChunk>;
  /** The head of the log at once, at every change (coalesced) and at least every second. */
  watchHead(signal?: AbortSignal): AsyncIterable<Head>;
}
