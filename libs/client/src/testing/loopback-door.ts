/**
 * A gRPC door over any `ApiClient`, in the clear on a loopback port: so that `GrpcApi` can be tried, and the cluster in
 * memory be reached from another process, without an API server. It translates and knows no rules of its own.
 */
import {
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
  type status,
} from '@grpc/grpc-js';
import { ApiError, statusOf } from '@reckon/api';
import {
  ApiService,
  type Operation as OperationMessage,
  PatchType,
  type Resource,
} from '@reckon/proto/reckon/v1/api.ts';
import type { Object as ObjectMessage } from '@reckon/proto/reckon/v1/object.ts';
import { resourceType } from '../resources.ts';
import type {
  ApiClient,
  DeleteOptions,
  Operation,
  Patch,
  ResourceType,
  Stored,
  WatchEvent,
  WritableObject,
  WriteOptions,
} from '../types.ts';

const CLUSTER_SCOPED: ReadonlySet<string> = new Set(['namespaces', 'nodes']);
const EVENT_TYPES = { ADDED: 1, MODIFIED: 2, DELETED: 3, BOOKMARK: 4 } as const;
/** Objects in one message of a list. */
const CHUNK = 100;

export interface LoopbackDoor {
  readonly address: string;
  readonly close: () => Promise<void>;
}

export async function openLoopbackDoor(api: ApiClient): Promise<LoopbackDoor> {
  const server = new Server();
  const unary = <Request, Response>(
    method: MethodDefinition<Request, Response>,
    answer: (request: Request, options: WriteOptions) => Promise<Response>,
  ) =>
    server.register(
      method.path,
      (
        call: ServerUnaryCall<Request, Response>,
        callback: (error: ServiceError | null, value?: Response) => void,
      ) => {
        answer(call.request, optionsOf(call.metadata)).then(
          (value) => callback(null, value),
          (error: unknown) => callback(serviceError(error)),
        );
      },
      method.responseSerialize,
      method.requestDeserialize,
      'unary',
    );
  const streaming = <Request, Response>(
    method: MethodDefinition<Request, Response>,
    answers: (request: Request, signal: AbortSignal) => AsyncIterable<Response>,
  ) =>
    server.register(
      method.path,
      (call: ServerWritableStream<Request, Response>) => {
        const gone = new AbortController();
        call.on('cancelled', () => gone.abort());
        void send(call, answers(call.request, gone.signal));
      },
      method.responseSerialize,
      method.requestDeserialize,
      'serverStream',
    );

  unary(ApiService.get, async ({ resource, namespace = '', name = '' }) => ({
    object: json(await api.get(typeOf(resource), { namespace, name })),
  }));
  unary(ApiService.create, async ({ resource, object, options }, call) => {
    const write = { ...call, ...options, subresource: resource?.subresource || undefined } as WriteOptions;
    return { object: json((await api.create(typeOf(resource), parse(object), write)).object) };
  });
  unary(ApiService.update, async ({ resource, object, options }, call) => {
    const write = { ...call, ...options, subresource: resource?.subresource || undefined } as WriteOptions;
    return { object: json((await api.update(typeOf(resource), parse(object), write)).object) };
  });
  unary(ApiService.patch, async ({ resource, namespace = '', name = '', type, body, options }, call) => {
    const write = { ...call, ...options, subresource: resource?.subresource || undefined } as WriteOptions;
    const target = { namespace, name };
    return { object: json((await api.patch(typeOf(resource), target, patchOf(type, body), write)).object) };
  });
  unary(ApiService.delete, async ({ resource, namespace = '', name = '', options = {} }, call) => {
    const write = { ...call, ...deleteOptionsOf(options) };
    const { object, deleted } = await api.delete(typeOf(resource), { namespace, name }, write);
    return { object: json(object), deleted };
  });
  unary(ApiService.deleteCollection, async ({ resource, options = {}, ...selection }, call) =>
    api.deleteCollection(typeOf(resource), selection, { ...call, ...deleteOptionsOf(options) }),
  );
  unary(ApiService.transact, async ({ operations = [] }, call) => {
    const result = await api.transact(operations.map(operationOf), call);
    return {
      objects: result.objects.map((object) => (object ? json(object) : {})),
      firstRevision: result.firstRevision,
      lastRevision: result.revision,
    };
  });
  streaming(ApiService.list, async function* ({ resource, version = {}, ...options }) {
    const { items, ...list } = await api.list(typeOf(resource), {
      ...options,
      resourceVersion: version.resourceVersion || undefined,
      match: version.match === 'Exact' ? 'Exact' : undefined,
    });
    for (let start = 0; start === 0 || start < items.length; start += CHUNK) {
      yield { ...list, objects: items.slice(start, start + CHUNK).map(json) };
    }
  });
  streaming(ApiService.watch, async function* ({ resource, resourceVersion, ...options }, signal) {
    const after = resourceVersion ? Number(resourceVersion) : undefined;
    for await (const events of api.watch(typeOf(resource), { ...options, after, signal })) {
      yield { events: events.map(eventMessage) };
    }
  });
  streaming(ApiService.readLog, async function* (request, signal) {
    const { from = 0, to, resources, namespace, name, logId } = request;
    const options = {
      after: from,
      through: to || undefined,
      namespace,
      name,
      logId: logId || undefined,
      signal,
    };
    for await (const { records, ...chunk } of api.readLog({
      ...options,
      resources: resources?.length ? resources : undefined,
    })) {
      yield {
        ...chunk,
        records: records.map(({ rev, atMs, key, uid, op, body, prevRev, provenance, schemaVersion }) => ({
          ...key,
          ...provenance,
          revision: rev,
          at: new Date(atMs).toISOString(),
          uid,
          operation: op,
          object: body && Buffer.from(body),
          previousRevision: prevRev,
          schemaVersion,
        })),
      };
    }
  });
  streaming(ApiService.watchHead, async function* (_, signal) {
    for await (const { logId, rev, atMs } of api.watchHead(signal)) {
      yield { logId, revision: rev, at: new Date(atMs).toISOString() };
    }
  });

  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    close: async () => server.forceShutdown(),
  };
}

async function send<Response>(
  call: ServerWritableStream<unknown, Response>,
  answers: AsyncIterable<Response>,
): Promise<void> {
  try {
    for await (const answer of answers) {
      if (call.cancelled) return;
      if (!call.write(answer)) await new Promise<void>((resolve) => call.once('drain', resolve));
    }
    call.end();
  } catch (error) {
    call.emit('error', serviceError(error));
  }
}

function optionsOf(metadata: Metadata): WriteOptions {
  const text = (name: string) => metadata.get(name)[0]?.toString();
  const cause = text('reckon-cause');
  const because = text('reckon-because');
  return {
    cause: cause === undefined ? undefined : Number(cause),
    because: because === undefined ? undefined : decodeURIComponent(because),
    requestId: text('reckon-request-id'),
  };
}

function serviceError(thrown: unknown): ServiceError {
  const error = ApiError.from(thrown);
  const metadata = new Metadata();
  metadata.set('reckon-status-bin', Buffer.from(JSON.stringify(statusOf(error))));
  return Object.assign(new Error(error.message), {
    code: error.grpcCode as status,
    details: error.message,
    metadata,
  });
}

function typeOf(resource: Resource | undefined): ResourceType {
  const { group, version = 'v1', resource: name = '' } = resource ?? {};
  const apiVersion = group ? `${group}/${version}` : version;
  return resourceType(apiVersion, name, '', CLUSTER_SCOPED.has(name) ? 'Cluster' : 'Namespaced');
}

function json(object: Stored): ObjectMessage {
  return { json: Buffer.from(JSON.stringify(object)) };
}

function parse(message: ObjectMessage | undefined): WritableObject {
  const value: WritableObject = JSON.parse(Buffer.from(message?.json ?? []).toString('utf8'));
  return value;
}

function patchOf(type: PatchType | undefined, body: Uint8Array | undefined): Patch {
  const value = JSON.parse(Buffer.from(body ?? []).toString('utf8'));
  return type === PatchType.PATCH_TYPE_JSON ? { type: 'json', operations: value } : { type: 'merge', value };
}

function deleteOptionsOf(options: {
  readonly dryRun?: boolean | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: string | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}): DeleteOptions {
  const { dryRun, gracePeriodSeconds, propagationPolicy, uid, resourceVersion } = options;
  return {
    dryRun,
    gracePeriodSeconds,
    propagationPolicy: (propagationPolicy || undefined) as DeleteOptions['propagationPolicy'],
    preconditions: { uid: uid || undefined, resourceVersion: resourceVersion || undefined },
  };
}

function operationOf(message: OperationMessage): Operation {
  const { create, update, patch, require } = message;
  if (create) return { verb: 'create', resource: typeOf(create.resource), object: parse(create.object) };
  if (update) return { verb: 'update', resource: typeOf(update.resource), object: parse(update.object) };
  if (patch) {
    const { namespace = '', name = '', resource, type, body } = patch;
    return {
      verb: 'patch',
      resource: typeOf(resource),
      target: { namespace, name },
      patch: patchOf(type, body),
    };
  }
  if (require) {
    const { namespace = '', name = '', resource, revision = 0 } = require;
    return { verb: 'require', resource: typeOf(resource), target: { namespace, name }, revision };
  }
  const { namespace = '', name = '', resource, options = {} } = message.delete ?? {};
  const { preconditions, gracePeriodSeconds } = deleteOptionsOf(options);
  return {
    verb: 'delete',
    resource: typeOf(resource),
    target: { namespace, name },
    preconditions,
    gracePeriodSeconds,
  };
}

function eventMessage(event: WatchEvent<object>) {
  const { revision } = event;
  const type = EVENT_TYPES[event.type];
  return event.type === 'BOOKMARK'
    ? { type, revision, initialEventsEnd: event.initialEventsEnd }
    : { type, revision, object: json(event.object) };
}
