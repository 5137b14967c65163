import { Metadata } from '@grpc/grpc-js';
import { ApiError } from '@reckon/api/errors/api-error.ts';
import type { Head, LogRecord, ObjectKey } from '@reckon/api/log/record.ts';
import { splitGroupResource } from '@reckon/api/meta/names.ts';
import { ApiService, Form, type PatchType } from '@reckon/proto/reckon/v1/api.ts';
import type { Clock } from '@reckon/service/clock.ts';
import type {
  ApiClient,
  ApplyOptions,
  CallOptions,
  Deleted,
  DeleteOptions,
  HistoryOptions,
  KubeObject,
  ListOptions,
  ListResult,
  LogChunk,
  Moment,
  ObjectName,
  Operation,
  Patch,
  ReadLogOptions,
  ReadOptions,
  ResolvedMoment,
  ResourceType,
  Selection,
  Stored,
  Trace,
  TraceOptions,
  Transacted,
  WatchEvent,
  WatchOptions,
  WritableObject,
  WriteOptions,
  Written,
} from '../types.ts';
import { headOf, logChunkOf, logRecordOf, objectOf, watchEventOf, writtenOf } from './answers.ts';
import { type CallSettings, streaming, unary } from './calls.ts';
import { type ChannelOptions, openChannel } from './channel.ts';
import {
  applyMessage,
  deleteOptions,
  listRequest,
  objectRequest,
  operationMessage,
  patchMessage,
  provenance,
  resourceMessage,
  watchRequest,
  writeOptions,
} from './requests.ts';

export interface GrpcApiOptions extends ChannelOptions {
  readonly clock: Clock;
  /** Bearer token of callers without a client certificate; asked for at every call, so that it may change. */
  readonly token?: (() => string | Promise<string>) | undefined;
  /** Told of a token that the server does not take (any more). */
  readonly refused?: ((token: string) => void) | undefined;
}

/** Of one call, if the caller says nothing else. */
const DEFAULT_TIMEOUT_MS = 10_000;
/** A collection may be large on both sides. */
const COLLECTION_TIMEOUT_MS = 60_000;

/**
 * The cluster's API through an API server's gRPC door. Connects when first used, and again by itself; a call that
 * finds no connection fails at once with ServiceUnavailable, so that the caller decides how long to wait.
 */
export class GrpcApi implements ApiClient {
  readonly #settings: CallSettings;

  constructor(options: GrpcApiOptions) {
    const { clock, token, refused } = options;
    this.#settings = { client: openChannel(options), clock, token, refused };
  }

  /** Calls that are under way fail. */
  close(): void {
    this.#settings.client.close();
  }

  async get<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    options: ReadOptions = {},
  ): Promise<Stored<T>> {
    const { resourceVersion, match, signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const answer = await unary(this.#settings, ApiService.get, {
      request: {
        resource: resourceMessage(resource),
        ...target,
        version: { resourceVersion, match },
        form: Form.FORM_JSON,
      },
      metadata: new Metadata(),
      signal,
      timeoutMs,
    });
    return objectOf<T>(answer.object);
  }

  async list<T extends KubeObject>(
    resource: ResourceType<T>,
    options: ListOptions = {},
  ): Promise<ListResult<T>> {
    const { signal, timeoutMs = COLLECTION_TIMEOUT_MS } = options;
    const items: Stored<T>[] = [];
    let last:
      | { readonly revision: number; readonly logId: string; readonly continue: string | undefined }
      | undefined;
    for await (const chunk of streaming(this.#settings, ApiService.list, {
      request: listRequest(resource, options),
      metadata: new Metadata(),
      signal,
      timeoutMs,
    })) {
      for (const object of chunk.objects ?? []) items.push(objectOf<T>(object));
      last = {
        revision: chunk.revision ?? 0,
        logId: chunk.logId ?? '',
        continue: chunk.continue || undefined,
      };
    }
    signal?.throwIfAborted();
    // A stream that ends without a chunk is a broken one, not an empty list.
    if (!last) throw new ApiError('ServiceUnavailable', 'the API server ended the list before it began');
    return { items, ...last };
  }

  async *watch<T extends KubeObject>(
    resource: ResourceType<T>,
    options: WatchOptions = {},
  ): AsyncGenerator<readonly WatchEvent<T>[]> {
    const { signal } = options;
    for await (const { events = [] } of streaming(this.#settings, ApiService.watch, {
      request: watchRequest(resource, options),
      metadata: new Metadata(),
      signal,
      timeoutMs: undefined,
    })) {
      yield events.map((event) => watchEventOf<T>(event));
    }
    if (!signal?.aborted) throw new ApiError('ServiceUnavailable', 'the API server ended the watch');
  }

  async create<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    const request = objectRequest('create', resource, { object, subresource: options.subresource });
    const answer = await unary(this.#settings, ApiService.create, {
      request: { ...request, options: writeOptions(options) },
      ...callOf(options),
    });
    return writtenOf<T>(answer, options.dryRun);
  }

  async update<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    const request = objectRequest('update', resource, { object, subresource: options.subresource });
    const answer = await unary(this.#settings, ApiService.update, {
      request: { ...request, options: writeOptions(options) },
      ...callOf(options),
    });
    return writtenOf<T>(answer, options.dryRun);
  }

  patch<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<Written<T>> {
    return this.#patch<T>(resource, target, patchMessage(patch), options);
  }

  apply<T extends KubeObject>(
    resource: ResourceType<T>,
    object: WritableObject,
    options: ApplyOptions,
  ): Promise<Written<T>> {
    const { name = '', namespace = '' } = object.metadata ?? {};
    return this.#patch<T>(resource, { name, namespace }, applyMessage(resource, object), options);
  }

  async delete<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    options: DeleteOptions = {},
  ): Promise<Deleted<T>> {
    const answer = await unary(this.#settings, ApiService.delete, {
      request: {
        resource: resourceMessage(resource),
        ...target,
        options: deleteOptions(options),
        form: Form.FORM_JSON,
      },
      ...callOf(options),
    });
    return { ...writtenOf<T>({ object: answer.object }, options.dryRun), deleted: answer.deleted ?? false };
  }

  async deleteCollection(
    resource: ResourceType,
    selection: Selection,
    options: DeleteOptions = {},
  ): Promise<{ readonly count: number }> {
    const { namespace, labelSelector, fieldSelector } = selection;
    const answer = await unary(this.#settings, ApiService.deleteCollection, {
      request: {
        resource: resourceMessage(resource),
        namespace,
        labelSelector,
        fieldSelector,
        options: deleteOptions(options),
      },
      ...callOf({ ...options, timeoutMs: options.timeoutMs ?? COLLECTION_TIMEOUT_MS }),
    });
    return { count: answer.count ?? 0 };
  }

  async transact(operations: readonly Operation[], options: WriteOptions = {}): Promise<Transacted> {
    const answer = await unary(this.#settings, ApiService.transact, {
      request: {
        operations: operations.map((operation) => operationMessage(operation, options)),
        form: Form.FORM_JSON,
        because: options.because,
      },
      ...callOf({ ...options, timeoutMs: options.timeoutMs ?? COLLECTION_TIMEOUT_MS }),
    });
    const objects = answer.objects ?? [];
    return {
      objects: operations.map((operation, at) =>
        operation.verb === 'require' ? undefined : objectOf(objects[at]),
      ),
      firstRevision: answer.firstRevision ?? 0,
      revision: answer.lastRevision ?? 0,
      warnings: answer.warnings ?? [],
    };
  }

  async *readLog(options: ReadLogOptions): AsyncGenerator<LogChunk> {
    const { after, through, resources, namespace, name, actor, logId, signal, timeoutMs } = options;
    for await (const answer of streaming(this.#settings, ApiService.readLog, {
      request: {
        from: after,
        to: through,
        resources: resources && [...resources],
        namespace,
        name,
        actor,
        logId,
      },
      metadata: new Metadata(),
      signal,
      timeoutMs,
    })) {
      yield logChunkOf(answer);
    }
  }

  /** BadRequest for a moment that never was, Expired for one that is no longer kept; either names the range. */
  async resolveRevision(
    moment: Moment = {},
    { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: CallOptions = {},
  ): Promise<ResolvedMoment> {
    const answer = await unary(this.#settings, ApiService.resolveRevision, {
      request: moment,
      metadata: new Metadata(),
      signal,
      timeoutMs,
    });
    const { revision = 0, at = '', oldest = 0, head = 0, logId = '' } = answer;
    return { revision, at, oldest, head, logId };
  }

  /** The events of one name, of all its incarnations. */
  async *history(key: ObjectKey, options: HistoryOptions = {}): AsyncGenerator<LogRecord> {
    const { after, before, limit, order, signal, timeoutMs = COLLECTION_TIMEOUT_MS } = options;
    const { group, resource } = splitGroupResource(key.resource);
    const { namespace, name } = key;
    const oldestFirst = order === 'oldest';
    for await (const { records = [] } of streaming(this.#settings, ApiService.history, {
      request: { resource: { group, resource }, namespace, name, after, before, limit, oldestFirst },
      metadata: new Metadata(),
      signal,
      timeoutMs,
    })) {
      for (const record of records) yield logRecordOf(record);
    }
  }

  /** What led to an event, or what came of it. No records: the log has no such revision (any more). */
  async trace(revision: number, options: TraceOptions = {}): Promise<Trace> {
    const { effects, limit, signal, timeoutMs = COLLECTION_TIMEOUT_MS } = options;
    const found: LogRecord[] = [];
    let cut = false;
    for await (const { records = [], truncated } of streaming(this.#settings, ApiService.trace, {
      request: { revision, effects, limit },
      metadata: new Metadata(),
      signal,
      timeoutMs,
    })) {
      found.push(...records.map(logRecordOf));
      cut ||= truncated ?? false;
    }
    signal?.throwIfAborted();
    return { records: found, truncated: cut };
  }

  async *watchHead(signal?: AbortSignal): AsyncGenerator<Head> {
    for await (const answer of streaming(this.#settings, ApiService.watchHead, {
      request: {},
      metadata: new Metadata(),
      signal,
      timeoutMs: undefined,
    })) {
      yield headOf(answer);
    }
  }

  async #patch<T extends KubeObject>(
    resource: ResourceType<T>,
    target: ObjectName,
    patch: { readonly type: PatchType; readonly body: Uint8Array },
    options: WriteOptions & { readonly force?: boolean | undefined },
  ): Promise<Written<T>> {
    const answer = await unary(this.#settings, ApiService.patch, {
      request: {
        resource: resourceMessage(resource, options.subresource),
        ...target,
        ...patch,
        options: writeOptions(options),
        form: Form.FORM_JSON,
      },
      ...callOf(options),
    });
    return writtenOf<T>(answer, options.dryRun);
  }
}

function callOf(options: WriteOptions) {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  return { metadata: provenance(options), signal, timeoutMs };
}
