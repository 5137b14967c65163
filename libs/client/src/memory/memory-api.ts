import {
  ApiError,
  conflict,
  type Head,
  keyString,
  notFound,
  type Provenance,
  type Revision,
  type Schema,
} from '@reckon/api';
import type { Clock, Random } from '@reckon/service';
import { nameOf, objectKey, revisionOf } from '../keys.ts';
import { resourceType } from '../resources.ts';
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
import { followHead, matcher, readLog, watch } from './follow.ts';
import { MemoryLog, type Staging } from './memory-log.ts';
import { NO_RULES, type Rules, schemaRules } from './rules.ts';
import { apply, create, patch, remove, update, type WriteContext } from './write.ts';

export interface MemoryApiOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Who the writes are said to come from. */
  readonly actor?: string | undefined;
  /** Namespaces that are there from the start. */
  readonly namespaces?: readonly string[] | undefined;
  /** For defaults, validation and strategic merge patches (`loadSchema()` of @reckon/api); absent: none of these. */
  readonly schema?: Schema | undefined;
  /** A log shared with another client of the same cluster: see `as`. */
  readonly log?: MemoryLog | undefined;
  readonly rules?: Rules | undefined;
}

const NAMESPACES = resourceType('v1', 'namespaces', 'Namespace', 'Cluster');
const FIRST_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const DRY_RUN = Symbol('dry run');

/**
 * The cluster's API in memory: the twin of `GrpcApi`, good enough to run controllers, the scheduler and hollow nodes
 * in one process under virtual time. It keeps the log, the revisions, conditional writes, transactions, generations,
 * finalizers, graceful deletion, status, binding and eviction subresources and watches as the API server does; with a
 * schema also its defaults, field validation and strategic merge patches. It does not authorize, does not know what
 * only holds between fields, and has no managed fields.
 */
export class MemoryApi implements ApiClient {
  readonly #options: MemoryApiOptions;
  readonly #log: MemoryLog;
  readonly #rules: Rules;

  constructor(options: MemoryApiOptions) {
    this.#options = options;
    this.#rules = options.rules ?? (options.schema ? schemaRules(options.schema) : NO_RULES);
    this.#log = options.log ?? new MemoryLog(options.clock, options.random.uuid().slice(0, 8));
    for (const name of options.namespaces ?? FIRST_NAMESPACES) {
      const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      if (!this.#log.get(objectKey(NAMESPACES, { namespace: '', name }))) {
        this.#commit(undefined, (context) => create(context, NAMESPACES, object, undefined));
      }
    }
  }

  /** The same cluster, as somebody else. */
  as(actor: string): MemoryApi {
    return new MemoryApi({ ...this.#options, actor, namespaces: [], log: this.#log, rules: this.#rules });
  }

  get head(): Head {
    return this.#log.head;
  }

  async get<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    options?: ReadOptions,
  ): Promise<Stored<T>> {
    options?.signal?.throwIfAborted();
    const object = this.#log.get(objectKey(resource, target));
    if (!object) throw notFound(resource.groupResource, target.name);
    return object as Stored<T>;
  }

  async list<T extends KubeObject>(
    resource: ResourceType<T>,
    options: ListOptions = {},
  ): Promise<ListResult<T>> {
    options.signal?.throwIfAborted();
    const from = options.continue ? decodeContinue(options.continue) : undefined;
    const exact = options.match === 'Exact' ? Number(options.resourceVersion) : undefined;
    const revision = from?.revision ?? exact ?? this.#log.head.rev;
    const all = this.#log.list(resource.groupResource, revision).filter(matcher(resource, options));
    const rest = from ? all.filter((object) => idOf(resource, object) > from.after) : all;
    const items = options.limit ? rest.slice(0, options.limit) : rest;
    const last = items.at(-1);
    return {
      items: items.map((object) => object as Stored<T>),
      revision,
      logId: this.#log.logId,
      continue:
        last && items.length < rest.length
          ? encodeContinue({ revision, after: idOf(resource, last) })
          : undefined,
    };
  }

  watch<T extends KubeObject>(
    resource: ResourceType<T>,
    options: WatchOptions = {},
  ): AsyncIterable<readonly WatchEvent<T>[]> {
    const signal = options.signal ?? new AbortController().signal;
    return watch({ log: this.#log, clock: this.#options.clock }, resource, { ...options, signal });
  }

  async create<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    return written(
      this.#commit(options, (context) => create(context, resource, object, options.subresource)),
      options,
    );
  }

  async update<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    return written(
      this.#commit(options, (context) => update(context, resource, object, options.subresource)),
      options,
    );
  }

  async patch<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    change: Patch,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    const { subresource } = options;
    return written(
      this.#commit(options, (context) => patch(context, resource, target, { patch: change, subresource })),
      options,
    );
  }

  /** Without managed fields: what is applied is merged into what is there. */
  async apply<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options: ApplyOptions,
  ): Promise<Written<T>> {
    return written(
      this.#commit(options, (context) => apply(context, resource, object, options.subresource)),
      options,
    );
  }

  async delete<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    options: DeleteOptions = {},
  ): Promise<Deleted<T>> {
    const result = this.#commit(options, (context) => remove(context, resource, target, options));
    return { ...written<T>(result.object, options), deleted: result.deleted };
  }

  async deleteCollection(
    resource: ResourceType,
    selection: Selection,
    options: DeleteOptions = {},
  ): Promise<{ readonly count: number }> {
    const objects = this.#log.list(resource.groupResource).filter(matcher(resource, selection));
    for (const object of objects) await this.delete(resource, nameOf(object), options);
    return { count: objects.length };
  }

  async transact(operations: readonly Operation[], options: WriteOptions = {}): Promise<Transacted> {
    const firstRevision = this.#log.head.rev + 1;
    const objects = this.#commit(options, (context) =>
      operations.map((operation) => perform(context, operation)),
    );
    return { objects, firstRevision, revision: this.#log.head.rev, warnings: [] };
  }

  async *readLog(options: ReadLogOptions): AsyncIterable<LogChunk> {
    if (options.logId && options.logId !== this.#log.logId) {
      throw new ApiError('Gone', 'the log has been replaced by another one');
    }
    yield* readLog(this.#log, options);
  }

  watchHead(signal: AbortSignal = new AbortController().signal): AsyncIterable<Head> {
    return followHead(this.#log, this.#options.clock, signal);
  }

  #commit<R>(options: WriteOptions | undefined, work: (context: WriteContext) => R): R {
    options?.signal?.throwIfAborted();
    const { clock, random, actor = 'kubernetes-admin' } = this.#options;
    const provenance: Provenance = {
      actor,
      requestId: options?.requestId ?? random.uuid(),
      cause: options?.cause,
      because: options?.because,
    };
    const run = (staging: Staging) => work({ staging, clock, random, rules: this.#rules });
    if (!options?.dryRun) return this.#log.transact(provenance, run);
    let result: { readonly value: R } | undefined;
    try {
      this.#log.transact(provenance, (staging) => {
        result = { value: run(staging) };
        throw DRY_RUN;
      });
    } catch (error) {
      if (error !== DRY_RUN) throw error;
    }
    if (!result) throw new ApiError('InternalError', 'the dry run gave no result');
    return result.value;
  }
}

function perform(context: WriteContext, operation: Operation): Stored | undefined {
  const { resource } = operation;
  switch (operation.verb) {
    case 'create':
      return create(context, resource, operation.object, operation.subresource);
    case 'update':
      return update(context, resource, operation.object, operation.subresource);
    case 'patch': {
      const { subresource } = operation;
      return patch(context, resource, operation.target, { patch: operation.patch, subresource });
    }
    case 'apply':
      return apply(context, resource, operation.object, operation.subresource);
    case 'delete':
      return remove(context, resource, operation.target, operation).object;
    case 'require': {
      const key = objectKey(resource, operation.target);
      const current = context.staging.get(key);
      const revision = current ? revisionOf(current) : 0;
      if (revision !== operation.revision) {
        throw conflict(
          key.resource,
          key.name,
          `required revision ${operation.revision}, it is at ${revision}`,
        );
      }
      return undefined;
    }
  }
}

function written<T extends KubeObject>(object: Stored, options: WriteOptions): Written<T> {
  return { object: object as Stored<T>, revision: options.dryRun ? 0 : revisionOf(object), warnings: [] };
}

function idOf(resource: ResourceType, object: Stored): string {
  return keyString(objectKey(resource, nameOf(object)));
}

interface ContinueToken {
  readonly revision: Revision;
  readonly after: string;
}

function encodeContinue(token: ContinueToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function decodeContinue(token: string): ContinueToken {
  const value: ContinueToken = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  return value;
}
