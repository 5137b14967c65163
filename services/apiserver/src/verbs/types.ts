/**
 * The contract between the two doors and the verbs. Doors translate (HTTP, gRPC) and know nothing of meaning; verbs
 * know nothing of transport. Every verb throws `ApiError` and nothing else on purpose.
 */
import type { KubeObject, ObjectKey, ObjectMeta, ResourceSchema, Revision } from '@reckon/api';

export type { KubeObject };
export type KubeMetadata = ObjectMeta;

export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Who asks, why, and until when. Made by a door for each request. */
export interface RequestContext {
  readonly user: User;
  readonly requestId: string;
  readonly userAgent: string;
  /** Only from the cluster's own services. */
  readonly cause?: Revision;
  readonly because?: string;
  /** Aborted when the client goes away or its deadline passes. */
  readonly signal: AbortSignal;
  /** Adds a warning to the answer (HTTP `Warning: 299`, gRPC `warnings`). */
  warn(message: string): void;
}

/** What a request is about. Cluster-scoped: namespace ''. Whole collections: name ''. All namespaces: namespace ''. */
export interface Target {
  readonly resource: ResourceSchema;
  /** '' for the object itself. */
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** The API version that a write is recorded under, where it is not the one that the object is kept in. */
  readonly writtenAs?: string;
  /** The API version of the request, where it is not the one that the object is kept in. */
  readonly askedIn?: string;
}

/** One object at one revision in its one encoding, shared by everyone who reads it. */
export interface ObjectAt {
  readonly key: ObjectKey;
  /** 0 for what is not stored (dry run, Scale, Status, TokenRequest, Binding answers). */
  readonly rev: Revision;
  /** UTF-8 JSON with metadata.resourceVersion spliced in. */
  readonly json: Uint8Array;
  /** The same, parsed at first use and deep-frozen. */
  readonly value: KubeObject;
}

/** `resourceVersion` and `resourceVersionMatch` as the Kubernetes API documents them. */
export interface VersionOptions {
  readonly resourceVersion?: string;
  readonly match?: 'NotOlderThan' | 'Exact';
  /** The reader may see what lay in namespaces that have since been deleted (the right to `history`). */
  readonly formerNamespaces?: boolean;
}

export interface ListOptions extends VersionOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Undefined or 0: no limit. */
  readonly limit?: number;
  readonly continue?: string;
}

export interface ListResult {
  readonly items: readonly ObjectAt[];
  /** The revision of the whole list, over all its pages. */
  readonly rev: Revision;
  readonly logId: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export interface WatchOptions extends VersionOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly allowBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';

export interface WatchEvent {
  readonly type: WatchEventType;
  /** A bookmark has none. A DELETED object carries the revision of its deletion. */
  readonly object?: ObjectAt;
  readonly rev: Revision;
  /** Set on the bookmark that ends sendInitialEvents. */
  readonly initialEventsEnd?: boolean;
}

/** Batches as they come; ends with an ApiError (Expired, Gone, TooManyRequests for a slow reader) or when aborted. */
export type WatchStream = AsyncIterable<readonly WatchEvent[]>;

export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  readonly force?: boolean;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface PatchRequest {
  readonly type: PatchType;
  /** JSON for json, merge and strategic; JSON or YAML for apply. */
  readonly body: Uint8Array;
}

export interface DeleteOptions {
  readonly dryRun?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  /** The policy was asked for as `orphanDependents: false`, as clients did before there were policies. */
  readonly byOrphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface WriteResult {
  readonly object: ObjectAt;
  /** Patch and update that made the object (apply; update of kinds that allow it). */
  readonly created: boolean;
}

export interface DeleteResult {
  readonly object: ObjectAt;
  /** False while finalizers or grace keep it. */
  readonly deleted: boolean;
}

/** A decoded request body: the raw text is kept for strict decoding (duplicate fields) and error messages. */
export interface Body {
  readonly value: unknown;
  /** Fields that appear twice, as reported by the decoder; empty for protobuf. */
  readonly duplicateFields: readonly string[];
}

export type TransactOperation =
  | { readonly verb: 'create'; readonly target: Target; readonly body: Body; readonly options: WriteOptions }
  | { readonly verb: 'update'; readonly target: Target; readonly body: Body; readonly options: WriteOptions }
  | {
      readonly verb: 'patch';
      readonly target: Target;
      readonly patch: PatchRequest;
      readonly options: WriteOptions;
    }
  | { readonly verb: 'delete'; readonly target: Target; readonly options: DeleteOptions }
  | { readonly verb: 'require'; readonly target: Target; readonly revision: Revision };

export interface TransactResult {
  /** One for each operation in order; undefined for `require`. */
  readonly objects: readonly (ObjectAt | undefined)[];
  readonly firstRevision: Revision;
  readonly lastRevision: Revision;
}

export interface Verbs {
  get(context: RequestContext, target: Target, options: VersionOptions): Promise<ObjectAt>;
  list(context: RequestContext, target: Target, options: ListOptions): Promise<ListResult>;
  /** Resolves once the watch stands (its errors before that are thrown), so that a door can still answer with a Status. */
  watch(context: RequestContext, target: Target, options: WatchOptions): Promise<WatchStream>;
  /** Also the subresources that are posted: binding, eviction, token. */
  create(context: RequestContext, target: Target, body: Body, options: WriteOptions): Promise<WriteResult>;
  /** Also status, scale, finalize. */
  update(context: RequestContext, target: Target, body: Body, options: WriteOptions): Promise<WriteResult>;
  patch(
    context: RequestContext,
    target: Target,
    patch: PatchRequest,
    options: WriteOptions,
  ): Promise<WriteResult>;
  delete(context: RequestContext, target: Target, options: DeleteOptions): Promise<DeleteResult>;
  deleteCollection(
    context: RequestContext,
    target: Target,
    list: ListOptions,
    options: DeleteOptions,
  ): Promise<ListResult>;
  transact(context: RequestContext, operations: readonly TransactOperation[]): Promise<TransactResult>;
}

/** May this user do this? Asked by the doors' shared pipeline before a verb runs; refuses with Forbidden. */
export interface Authorizer {
  authorize(user: User, attributes: AccessAttributes): void;
}

export interface AccessAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** For non-resource requests: `/version`, `/openapi/v2`. */
  readonly path?: string;
  /** Of list, watch and deletecollection, as it was asked. */
  readonly fieldSelector?: string;
}

/** Signs and checks ServiceAccount tokens. */
export interface TokenIssuer {
  issue(claims: TokenClaims): Promise<{ token: string; expirationTimestamp: string }>;
}

export interface TokenClaims {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly serviceAccountUid: string;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly boundPod?: {
    readonly name: string;
    readonly uid: string;
    readonly nodeName?: string;
    readonly nodeUid?: string;
  };
  readonly boundSecret?: { readonly name: string; readonly uid: string };
  readonly boundNode?: { readonly name: string; readonly uid: string };
}
