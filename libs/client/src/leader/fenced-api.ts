import { ApiError, type Head, type Revision } from '@reckon/api';
import { revisionOf } from '../keys.ts';
import { isReview, LEASES } from '../resources.ts';
import type {
  ApiClient,
  ApplyOptions,
  Deleted,
  DeleteOptions,
  KubeObject,
  ListOptions,
  ListResult,
  LogChunk,
  ObjectName,
  Operation,
  Patch,
  ReadLogOptions,
  ReadOptions,
  ResourceType,
  Selection,
  Stored,
  Transacted,
  WatchEvent,
  WatchOptions,
  WritableObject,
  WriteOptions,
  Written,
} from '../types.ts';

/** What holds for as long as a term of leadership does: an object that only the next leader writes. */
export interface Fence {
  readonly target: ObjectName;
  readonly revision: Revision;
}

/**
 * An `ApiClient` whose every write is conditional on a term of leadership, in the commit itself: a leader that was
 * paused and has been replaced can no longer write anything, whatever it believes. Each write becomes a transaction
 * with one more condition. (A collection's deletion is not one commit; there the fence is only checked before.)
 */
export class FencedApi implements ApiClient {
  readonly #api: ApiClient;
  readonly #fence: Fence;
  readonly #lost: (error: ApiError) => void;

  constructor(api: ApiClient, fence: Fence, lost: (error: ApiError) => void) {
    this.#api = api;
    this.#fence = fence;
    this.#lost = lost;
  }

  get<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    options?: ReadOptions,
  ): Promise<Stored<T>> {
    return this.#api.get(resource, target, options);
  }

  list<T extends KubeObject>(resource: ResourceType<T>, options?: ListOptions): Promise<ListResult<T>> {
    return this.#api.list(resource, options);
  }

  watch<T extends KubeObject>(
    resource: ResourceType<T>,
    options?: WatchOptions,
  ): AsyncIterable<readonly WatchEvent<T>[]> {
    return this.#api.watch(resource, options);
  }

  readLog(options: ReadLogOptions): AsyncIterable<LogChunk> {
    return this.#api.readLog(options);
  }

  watchHead(signal?: AbortSignal): AsyncIterable<Head> {
    return this.#api.watchHead(signal);
  }

  create<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    // A question changes nothing, whoever leads.
    if (isReview(resource)) return this.#api.create(resource, object, options);
    const { subresource } = options;
    return this.#write({ verb: 'create', resource, object, subresource }, options);
  }

  update<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    const { subresource } = options;
    return this.#write({ verb: 'update', resource, object, subresource }, options);
  }

  patch<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    const { subresource } = options;
    return this.#write({ verb: 'patch', resource, target, patch, subresource }, options);
  }

  apply<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options: ApplyOptions,
  ): Promise<Written<T>> {
    const { subresource, force } = options;
    return this.#write({ verb: 'apply', resource, object, subresource, force }, options);
  }

  async delete<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    options: DeleteOptions = {},
  ): Promise<Deleted<T>> {
    const { preconditions, gracePeriodSeconds, propagationPolicy } = options;
    const written = await this.#write<T>(
      { verb: 'delete', resource, target, preconditions, gracePeriodSeconds, propagationPolicy },
      options,
    );
    const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = written.object.metadata;
    const kept = deletionTimestamp && (deletionGracePeriodSeconds || finalizers?.length);
    return { ...written, deleted: !kept };
  }

  async deleteCollection(
    resource: ResourceType,
    selection: Selection,
    options: DeleteOptions = {},
  ): Promise<{ readonly count: number }> {
    await this.transact([], options);
    return this.#api.deleteCollection(resource, selection, options);
  }

  async transact(operations: readonly Operation[], options: WriteOptions = {}): Promise<Transacted> {
    const { target, revision } = this.#fence;
    const fence: Operation = { verb: 'require', resource: LEASES, target, revision };
    try {
      const { objects, ...rest } = await this.#api.transact([...operations, fence], options);
      return { objects: objects.slice(0, operations.length), ...rest };
    } catch (error) {
      const failure = ApiError.from(error);
      if (failure.reason !== 'Conflict' || failure.details.name !== target.name) throw failure;
      const lost = new ApiError(
        'ServiceUnavailable',
        'another leader has taken over',
        {},
        { cause: failure },
      );
      this.#lost(lost);
      throw lost;
    }
  }

  async #write<T extends KubeObject>(operation: Operation, options: WriteOptions): Promise<Written<T>> {
    const { objects, revision, warnings } = await this.transact([operation], options);
    const [object] = objects;
    if (!object) throw new ApiError('InternalError', 'a transaction answered without its object');
    // The resource type that was asked for says what the object is.
    return {
      object: object as Stored<T>,
      revision: options.dryRun ? 0 : revision || revisionOf(object),
      warnings,
    };
  }
}
