import { ApiError } from '@reckon/api/errors/api-error.ts';
import { causesOf, ownRecords } from '@reckon/client/grpc/causes.ts';
import type { GrpcApi } from '@reckon/client/grpc/grpc-api.ts';
import { objectKey } from '@reckon/client/keys.ts';
import type {
  CallOptions,
  Deleted,
  KubeObject,
  Operation as LibraryOperation,
  ListResult,
  Moment,
  ObjectName,
  Patch,
  ResolvedMoment,
  ResourceType,
  Selection,
  Stored,
  Transacted,
  WatchEvent,
  WritableObject,
  Written,
} from '@reckon/client/types.ts';
import type { Clock } from '@reckon/service/clock.ts';
import { byRevision, recordOf } from './records.ts';
import type {
  AnyObject,
  ApplyOptions,
  DeleteOptions,
  HistoryOptions,
  ListOptions,
  LogRecord,
  ObjectWriteOptions,
  Operation,
  Past,
  ReadLogOptions,
  SubresourceOptions,
  Target,
  Trace,
  TraceOptions,
  TransactOptions,
  WatchOptions,
  WhyOptions,
  Writable,
  WriteOptions,
} from './types.ts';
import { resumingWatch } from './watch.ts';

interface Parts {
  readonly api: GrpcApi;
  readonly clock: Clock;
  readonly namespace: string;
  readonly fieldManager: string;
}

/**
 * A cluster's API. Made by `connect`.
 *
 * Calls reject with an `ApiError` (Timeout once `timeoutMs` have passed; ServiceUnavailable at once if no API server
 * can be reached), or with the reason of their `signal` once that is aborted. Objects that are read are frozen.
 */
export class Client {
  /** Of objects that name none. */
  readonly namespace: string;
  readonly #parts: Parts;

  /** @internal */
  constructor(parts: Parts) {
    this.#parts = parts;
    this.namespace = parts.namespace;
  }

  /** Calls that are under way fail with ServiceUnavailable. */
  close(): void {
    this.#parts.api.close();
  }

  /** NotFound if it is not there. */
  get<T extends KubeObject>(
    kind: ResourceType<T>,
    target: Target,
    options: CallOptions = {},
  ): Promise<Stored<T>> {
    return this.#parts.api.get(kind, this.#nameOf(kind, target), limitsOf(options));
  }

  /** All objects at one revision, of all namespaces unless one is named. */
  list<T extends KubeObject>(kind: ResourceType<T>, options: ListOptions = {}): Promise<ListResult<T>> {
    return this.#parts.api.list(kind, { ...selectionOf(options), ...pageOf(options), ...limitsOf(options) });
  }

  /**
   * Every change that matches, in order, once each. A connection that is lost is resumed after the last event that was
   * given. Ends quietly once its signal is aborted; else with an ApiError: Expired if the history to resume from is
   * gone, Gone if the cluster was restored (after either begin again without `after`), Timeout once `timeoutMs` have
   * passed, Forbidden, Unauthorized.
   */
  watch<T extends KubeObject>(
    kind: ResourceType<T>,
    options: WatchOptions = {},
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    return resumingWatch(this.#parts, kind, options);
  }

  /** AlreadyExists if one of that name is there; Invalid, with `details.causes`, if fields are wrong. */
  create<T extends KubeObject>(
    kind: ResourceType<T>,
    object: Writable<T>,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    return this.#parts.api.create(kind, this.#placed(kind, object), this.#writeOptions(options));
  }

  /**
   * What is posted to a part of an object: `eviction` and `binding` of a pod, `token` of a service account. It names its
   * own apiVersion and kind. TooManyRequests if an eviction would break a disruption budget.
   * Resolves with what is answered: a Status, or for a token the request with its status.
   */
  createSubresource<T extends KubeObject = AnyObject>(
    kind: ResourceType,
    target: Target,
    { subresource, object, ...options }: SubresourceOptions,
  ): Promise<Written<T>> {
    const posted = { ...object, metadata: { ...object.metadata, ...this.#nameOf(kind, target) } };
    // What is answered is of another kind than what it is posted to.
    const answering: ResourceType<T> = { ...kind, object: undefined };
    return this.#parts.api.create(answering, posted, { ...this.#writeOptions(options), subresource });
  }

  /** Conflict if metadata.resourceVersion is given and is not the present one: read again, then decide again. */
  update<T extends KubeObject>(
    kind: ResourceType<T>,
    object: Writable<T>,
    options: ObjectWriteOptions = {},
  ): Promise<Written<T>> {
    return this.#parts.api.update(kind, this.#placed(kind, object), this.#writeOptions(options));
  }

  /** Server-side apply of what the caller wants, be the object there or not. Conflict if others own a field of it. */
  apply<T extends KubeObject>(
    kind: ResourceType<T>,
    object: Writable<T>,
    options: ApplyOptions = {},
  ): Promise<Written<T>> {
    const { force } = options;
    return this.#parts.api.apply(kind, this.#placed(kind, object), { ...this.#writeOptions(options), force });
  }

  /** NotFound if it is not there. */
  patch<T extends KubeObject>(
    kind: ResourceType<T>,
    target: Target,
    { patch, ...options }: { readonly patch: Patch } & ObjectWriteOptions,
  ): Promise<Written<T>> {
    return this.#parts.api.patch(kind, this.#nameOf(kind, target), patch, this.#writeOptions(options));
  }

  /** `deleted` is false while grace or finalizers keep it. NotFound if it is not there. */
  delete<T extends KubeObject>(
    kind: ResourceType<T>,
    target: Target,
    options: DeleteOptions = {},
  ): Promise<Deleted<T>> {
    return this.#parts.api.delete(kind, this.#nameOf(kind, target), this.#deleteOptions(options));
  }

  /** All that match, of all namespaces unless one is named. */
  deleteCollection(
    kind: ResourceType,
    { selection, ...options }: { readonly selection: Selection } & DeleteOptions,
  ): Promise<{ readonly count: number }> {
    return this.#parts.api.deleteCollection(kind, selection, this.#deleteOptions(options));
  }

  /** All of the operations in one commit, at consecutive revisions, or none of them: then the error of the first. */
  transact(operations: readonly Operation[], options: TransactOptions = {}): Promise<Transacted> {
    const { because } = options;
    return this.#parts.api.transact(
      operations.map((each) => this.#operation(each)),
      { ...this.#writeOptions(options), because },
    );
  }

  /**
   * The cluster as it was at a revision or a time. BadRequest for a moment that never was, Expired for one that is no
   * longer kept; either names the range that is there.
   */
  async at(moment: Moment, options: CallOptions = {}): Promise<Past> {
    const { revision, at } = await this.#parts.api.resolveRevision(moment, limitsOf(options));
    const then = { resourceVersion: String(revision), match: 'Exact' } as const;
    const { api } = this.#parts;
    return {
      revision,
      at,
      get: (kind, target, limits = {}) =>
        api.get(kind, this.#nameOf(kind, target), { ...then, ...limitsOf(limits) }),
      list: (kind, list = {}) =>
        api.list(kind, { ...then, ...selectionOf(list), ...pageOf(list), ...limitsOf(list) }),
    };
  }

  /** The newest revision of the log, and the oldest that can still be read. */
  head(options: CallOptions = {}): Promise<ResolvedMoment> {
    return this.#parts.api.resolveRevision({}, limitsOf(options));
  }

  /** Every event of an object, of all that ever had its name. Needs the verb `history` on it. */
  async *history(
    kind: ResourceType,
    target: Target,
    options: HistoryOptions = {},
  ): AsyncGenerator<LogRecord, void, undefined> {
    const { after, before, limit, order } = options;
    const key = objectKey(kind, this.#nameOf(kind, target));
    const asked = { after, before, limit, order, ...limitsOf(options) };
    for await (const record of this.#parts.api.history(key, asked)) yield recordOf(record);
    options.signal?.throwIfAborted();
  }

  /** What led to an event, or what came of it. No records: the log has no such revision (any more). */
  async trace(revision: number, options: TraceOptions = {}): Promise<Trace> {
    const { effects, limit } = options;
    const found = await this.#parts.api.trace(revision, { effects, limit, ...limitsOf(options) });
    return { records: byRevision(found.records), truncated: found.truncated };
  }

  /**
   * Why an object is as it is: its creation, its last changes, and all that led to them, up to the requests that
   * asked. NotFound if there never was one of that name, or the revision is no longer kept.
   */
  async why(kind: ResourceType, target: Target, options: WhyOptions = {}): Promise<Trace> {
    const { api } = this.#parts;
    const { signal } = options;
    const key = objectKey(kind, this.#nameOf(kind, target));
    const own = options.revision === undefined ? await ownRecords(api, key, limitsOf(options)) : [];
    const revisions = options.revision === undefined ? own.map(({ rev }) => rev) : [options.revision];
    signal?.throwIfAborted();
    const { records, truncated } = await causesOf(api, revisions, limitsOf(options));
    if (records.length === 0)
      throw new ApiError(
        'NotFound',
        `there never was ${kind.groupResource} ${key.name}, or not at that revision`,
        {
          name: key.name,
          group: kind.group,
          kind: kind.resource,
        },
      );
    return { records: byRevision(records), truncated };
  }

  /** The log itself, oldest first. Needs the verb `history` on all that is asked for. */
  async *readLog(options: ReadLogOptions): AsyncGenerator<LogRecord, void, undefined> {
    for await (const { records } of this.#parts.api.readLog(options))
      for (const record of records) yield recordOf(record);
    options.signal?.throwIfAborted();
  }

  #nameOf(kind: ResourceType, target: Target): ObjectName {
    const { name, namespace = this.namespace } = typeof target === 'string' ? { name: target } : target;
    return { name, namespace: kind.namespaced ? namespace : '' };
  }

  /** In the client's namespace, if it belongs into one and names none. */
  #placed(kind: ResourceType, object: KubeObject): WritableObject {
    const { namespace = this.namespace } = object.metadata ?? {};
    return kind.namespaced ? { ...object, metadata: { ...object.metadata, namespace } } : object;
  }

  #operation(asked: Operation): LibraryOperation {
    const { kind: resource } = asked;
    switch (asked.verb) {
      case 'create':
      case 'update':
        return { verb: asked.verb, resource, object: this.#placed(resource, asked.object) };
      case 'apply':
        return { verb: 'apply', resource, object: this.#placed(resource, asked.object), force: asked.force };
      case 'patch':
      case 'delete':
      case 'require': {
        const { kind: _, ...rest } = asked;
        return { ...rest, resource, target: this.#nameOf(resource, asked.target) };
      }
    }
  }

  #writeOptions(options: ObjectWriteOptions) {
    const { dryRun, fieldValidation, requestId, subresource } = options;
    const { fieldManager = this.#parts.fieldManager } = options;
    return { dryRun, fieldManager, fieldValidation, requestId, subresource, ...limitsOf(options) };
  }

  #deleteOptions(options: DeleteOptions) {
    const { gracePeriodSeconds, propagationPolicy, preconditions } = options;
    return { ...this.#writeOptions(options), gracePeriodSeconds, propagationPolicy, preconditions };
  }
}

/** Nothing that was not asked for by its name is passed on: what the library can do more is not promised. */
function limitsOf({ signal, timeoutMs }: CallOptions): CallOptions {
  return { signal, timeoutMs };
}

function selectionOf({ namespace, labelSelector, fieldSelector }: Selection): Selection {
  return { namespace, labelSelector, fieldSelector };
}

function pageOf(options: ListOptions) {
  return { limit: options.limit, continue: options.continue };
}
