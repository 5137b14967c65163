import type { Head, Revision } from '@reckon/api';
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

export interface WriteCall {
  readonly verb: 'create' | 'update' | 'patch' | 'apply' | 'delete' | 'deleteCollection' | 'transact';
  /** `pods`, `deployments.apps`; empty for a transaction. */
  readonly resource: string;
  readonly name: string;
  readonly options: WriteOptions;
}

export interface WriteHooks {
  /** Throwing (an ApiError) keeps the write from happening. If it is synchronous, nothing comes between it and the write. */
  readonly before?: (call: WriteCall) => void | Promise<void>;
  /** Throwing loses the answer of a write that has happened; `revision` is what it answered (0: it names none). */
  readonly after?: (call: WriteCall, revision: Revision) => void | Promise<void>;
}

/** Another client with hooks around every write: for faults, crashes and counting in tests and simulation. */
export class InterceptedApi implements ApiClient {
  readonly #api: ApiClient;
  readonly #hooks: WriteHooks;

  constructor(api: ApiClient, hooks: WriteHooks) {
    this.#api = api;
    this.#hooks = hooks;
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
    const call = { verb: 'create', resource: resource.groupResource, name: nameIn(object), options } as const;
    return this.#around(call, () => this.#api.create(resource, object, options));
  }

  update<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    const call = { verb: 'update', resource: resource.groupResource, name: nameIn(object), options } as const;
    return this.#around(call, () => this.#api.update(resource, object, options));
  }

  patch<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    const call = { verb: 'patch', resource: resource.groupResource, name: target.name, options } as const;
    return this.#around(call, () => this.#api.patch(resource, target, patch, options));
  }

  apply<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options: ApplyOptions,
  ): Promise<Written<T>> {
    const call = { verb: 'apply', resource: resource.groupResource, name: nameIn(object), options } as const;
    return this.#around(call, () => this.#api.apply(resource, object, options));
  }

  delete<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    options: DeleteOptions = {},
  ): Promise<Deleted<T>> {
    const call = { verb: 'delete', resource: resource.groupResource, name: target.name, options } as const;
    return this.#around(call, () => this.#api.delete(resource, target, options));
  }

  deleteCollection(
    resource: ResourceType,
    selection: Selection,
    options: DeleteOptions = {},
  ): Promise<{ readonly count: number }> {
    const call = { verb: 'deleteCollection', resource: resource.groupResource, name: '', options } as const;
    return this.#around(call, () => this.#api.deleteCollection(resource, selection, options));
  }

  transact(operations: readonly Operation[], options: WriteOptions = {}): Promise<Transacted> {
    const call = { verb: 'transact', resource: '', name: '', options } as const;
    return this.#around(call, () => this.#api.transact(operations, options));
  }

  async #around<R extends object>(call: WriteCall, write: () => Promise<R>): Promise<R> {
    const pending = this.#hooks.before?.(call);
    if (pending) await pending;
    const result = await write();
    await this.#hooks.after?.(call, revisionIn(result));
    return result;
  }
}

function nameIn(object: WritableObject): string {
  return object.metadata?.name ?? object.metadata?.generateName ?? '';
}

function revisionIn(answer: object): Revision {
  return 'revision' in answer && typeof answer.revision === 'number' ? answer.revision : 0;
}
