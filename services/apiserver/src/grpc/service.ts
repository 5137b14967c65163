/** The API's verbs over gRPC: each handler translates, asks whether the caller may, and calls the verb. */
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ApiError, badRequest, type Schema } from '@reckon/api';
import {
  ApiService,
  type CreateRequest,
  type DeleteCollectionRequest,
  type DeleteRequest,
  Form,
  type GetRequest,
  type ListRequest,
  type PatchRequest,
  type TransactRequest,
  type UpdateRequest,
  type WatchRequest,
} from '@reckon/proto/reckon/v1/api.ts';
import type { Clock } from '@reckon/service';
import { askReview } from '../auth/ask-review.ts';
import { withReviewKinds } from '../auth/review-kinds.ts';
import type { Review } from '../auth/reviews.ts';
import { accessTo } from '../doors/access.ts';
import type { DoorContext } from '../doors/context.ts';
import type { InFlight } from '../doors/in-flight.ts';
import { historyOf, may } from '../doors/log-access.ts';
import type { DoorMetrics, RequestLabels } from '../doors/metrics.ts';
import type { Resources } from '../rest/request.ts';
import { CATCHING_UP } from '../rest/send-watch.ts';
import { OperationErrors } from '../verbs/operation-errors.ts';
import type {
  AccessAttributes,
  Authorizer,
  RequestContext,
  Target,
  TransactOperation,
  Verbs,
} from '../verbs/types.ts';
import { type CallParts, contextOf, grpcError } from './call.ts';
import { decodeObject } from './object-form.ts';
import {
  deleteOptions,
  kindOf,
  objectTarget,
  operationOf,
  patchOf,
  targetOf,
  versionOptions,
  writeOptions,
} from './requests.ts';
import {
  countResponse,
  deleteResponse,
  getResponse,
  listResponses,
  reviewResponse,
  transactResponse,
  watchResponses,
  writeResponse,
} from './responses.ts';
import { sendChunks } from './send.ts';

export interface ServiceParts extends CallParts {
  readonly verbs: Verbs;
  readonly authorizer: Authorizer;
  readonly resources: Schema;
  readonly clock: Clock;
  readonly metrics: DoorMetrics;
  readonly inFlight: InFlight;
  /** The answers to kinds that are asked and never stored, by `ResourceSchema.groupResource`. */
  readonly reviews: ReadonlyMap<string, Review>;
}

export type Unary = ServerUnaryCall<unknown, Buffer>;
export type Streaming = ServerWritableStream<unknown, Buffer>;

/** The service with answers that are bytes already. */
export const rawApiService: ServiceDefinition = Object.fromEntries(
  Object.entries(ApiService).map(([name, method]) => [
    name,
    { ...method, responseSerialize: (bytes: Buffer) => bytes, originalName: name },
  ]),
);

export class ApiHandlers {
  readonly #parts: ServiceParts;
  /** What can be created, though it is not kept. */
  readonly #creatable: Resources;
  readonly #askReview: ReturnType<typeof askReview>;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    const schema = withReviewKinds(parts.resources);
    this.#creatable = schema;
    this.#askReview = askReview(schema);
  }

  implementation(): UntypedServiceImplementation {
    return {
      get: this.unary('get', (context, request: GetRequest) => this.#get(context, request)),
      list: this.streaming('list', (context, request: ListRequest, call) =>
        this.#list(context, request, call),
      ),
      watch: this.streaming('watch', (context, request: WatchRequest, call) =>
        this.#watch(context, request, call),
      ),
      create: this.unary('create', (context, request: CreateRequest) => this.#create(context, request)),
      update: this.unary('update', (context, request: UpdateRequest) => this.#update(context, request)),
      patch: this.unary('patch', (context, request: PatchRequest) => this.#patch(context, request)),
      delete: this.unary('delete', (context, request: DeleteRequest) => this.#delete(context, request)),
      deleteCollection: this.unary('deletecollection', (context, request: DeleteCollectionRequest) =>
        this.#deleteCollection(context, request),
      ),
      transact: this.unary('transact', (context, request: TransactRequest) =>
        this.#transact(context, request),
      ),
    };
  }

  /** A call with one answer. */
  unary<Request>(
    verb: string,
    handle: (context: DoorContext, request: Request) => Promise<Buffer>,
  ): handleUnaryCall<Request, Buffer> {
    const { inFlight, clock, metrics } = this.#parts;
    return async (call: ServerUnaryCall<Request, Buffer>, answer: sendUnaryData<Buffer>) => {
      const startedMs = clock.monotonicMs();
      let answered = false;
      const reply = (error: unknown, bytes: Buffer | null) => {
        if (answered) return;
        answered = true;
        answer(error === undefined ? null : grpcError(error), bytes);
        const code = error === undefined ? 200 : ApiError.from(error).httpStatus;
        metrics.observe(labelsOf(verb, call.request), code, (clock.monotonicMs() - startedMs) / 1_000);
      };
      try {
        const context = await contextOf(this.#parts, call);
        const kind = verb === 'get' || verb === 'resolverevision' ? 'read' : 'write';
        const expired = (error: ApiError) => reply(error, null);
        const work = () => handle(context, call.request);
        reply(undefined, await inFlight.run({ context, kind, expired }, work));
      } catch (thrown) {
        reply(thrown, null);
      }
    };
  }

  /** A call whose answers flow; `handle` writes them and returns when all is written. */
  streaming<Request>(
    verb: string,
    handle: (context: DoorContext, request: Request, call: Streaming) => Promise<void>,
  ): handleServerStreamingCall<Request, Buffer> {
    const { inFlight, clock, metrics } = this.#parts;
    return async (call: ServerWritableStream<Request, Buffer>) => {
      const startedMs = clock.monotonicMs();
      let leave: (() => void) | undefined;
      let code = 200;
      let failed = false;
      const fail = (error: unknown) => {
        if (failed || call.cancelled) return;
        failed = true;
        call.emit('error', grpcError(error));
      };
      try {
        const context = await contextOf(this.#parts, call);
        const work = () => handle(context, call.request, call);
        if (verb === 'list') {
          await inFlight.run({ context, kind: 'read', expired: fail }, work);
        } else {
          leave = inFlight.enterLongRunning(context);
          await work();
        }
        if (context.abortedWith && !call.cancelled) throw context.abortedWith;
        call.end();
      } catch (thrown) {
        code = ApiError.from(thrown).httpStatus;
        fail(thrown);
      } finally {
        leave?.();
        metrics.observe(labelsOf(verb, call.request), code, (clock.monotonicMs() - startedMs) / 1_000);
      }
    };
  }

  authorize(context: DoorContext, attributes: AccessAttributes): void {
    this.#parts.authorizer.authorize(context.user, attributes);
  }

  async #get(context: DoorContext, request: GetRequest): Promise<Buffer> {
    const target = objectTarget(this.#parts.resources, request);
    this.authorize(context, accessTo('get', target));
    const version = versionOptions(request.version);
    const object = await this.#parts.verbs.get(context, target, {
      ...version,
      ...(version.match === 'Exact' && this.#formerNamespaces(context, target)),
    });
    return getResponse(object, request.form ?? Form.FORM_UNSPECIFIED);
  }

  /** Reads of the past see into namespaces that are gone only with the right to. */
  #formerNamespaces({ user }: DoorContext, { resource, namespace, name }: Target) {
    const asked = historyOf(resource.groupResource, namespace, name);
    return { formerNamespaces: may(this.#parts.authorizer, user, asked) };
  }

  async #list(context: DoorContext, request: ListRequest, call: Streaming): Promise<void> {
    const target = targetOf(this.#parts.resources, request);
    this.authorize(context, accessTo('list', target, request.fieldSelector || undefined));
    const result = await this.#parts.verbs.list(context, target, {
      ...versionOptions(request.version),
      ...((request.version?.resourceVersion || request.continue) && this.#formerNamespaces(context, target)),
      labelSelector: request.labelSelector || undefined,
      fieldSelector: request.fieldSelector || undefined,
      limit: request.limit || undefined,
      continue: request.continue || undefined,
    });
    await sendChunks(call, listResponses(result, request.form ?? Form.FORM_UNSPECIFIED), context);
  }

  async #watch(context: DoorContext, request: WatchRequest, call: Streaming): Promise<void> {
    const target = targetOf(this.#parts.resources, request);
    this.authorize(context, accessTo('watch', target, request.fieldSelector || undefined));
    const form = request.form ?? Form.FORM_UNSPECIFIED;
    const stream = await this.#parts.verbs.watch(context, target, {
      resourceVersion: request.resourceVersion || undefined,
      match: request.sendInitialEvents ? 'NotOlderThan' : undefined,
      labelSelector: request.labelSelector || undefined,
      fieldSelector: request.fieldSelector || undefined,
      allowBookmarks: request.allowBookmarks,
      sendInitialEvents: request.sendInitialEvents || undefined,
    });
    // The head of the answer tells the client that the watch stands.
    call.sendMetadata(new Metadata());
    for await (const batch of stream) {
      if (context.aborted) return;
      await sendChunks(call, watchResponses(batch, form), batch.length >= CATCHING_UP ? context : undefined);
      this.#parts.metrics.watchEvents(target.resource, batch.length);
    }
  }

  async #create(context: DoorContext, request: CreateRequest): Promise<Buffer> {
    const target = targetOf(this.#creatable, request);
    if (target.subresource === '' && target.name !== '')
      throw badRequest('the name of a new object is in its metadata');
    this.authorize(context, accessTo('create', target));
    const body = decodeObject(request.object, kindOf(target));
    const options = writeOptions(request.options);
    const review = this.#parts.reviews.get(target.resource.groupResource);
    if (review) {
      const answer = await this.#askReview(review, { context, target, body, options });
      return reviewResponse(answer, context.warnings);
    }
    const { object } = await this.#parts.verbs.create(context, target, body, options);
    return writeResponse(object, request.form ?? Form.FORM_UNSPECIFIED, { warnings: context.warnings });
  }

  async #update(context: DoorContext, request: UpdateRequest): Promise<Buffer> {
    const target = objectTarget(this.#parts.resources, request);
    this.authorize(context, accessTo('update', target));
    const body = decodeObject(request.object, kindOf(target));
    const { object } = await this.#parts.verbs.update(context, target, body, writeOptions(request.options));
    return writeResponse(object, request.form ?? Form.FORM_UNSPECIFIED, { warnings: context.warnings });
  }

  async #patch(context: DoorContext, request: PatchRequest): Promise<Buffer> {
    const target = objectTarget(this.#parts.resources, request);
    this.authorize(context, accessTo('patch', target));
    const options = writeOptions(request.options);
    const { object, created } = await this.#parts.verbs.patch(context, target, patchOf(request), options);
    return writeResponse(object, request.form ?? Form.FORM_UNSPECIFIED, {
      warnings: context.warnings,
      created,
    });
  }

  async #delete(context: DoorContext, request: DeleteRequest): Promise<Buffer> {
    const target = objectTarget(this.#parts.resources, request);
    this.authorize(context, accessTo('delete', target));
    const result = await this.#parts.verbs.delete(context, target, deleteOptions(request.options));
    return deleteResponse(result, request.form ?? Form.FORM_UNSPECIFIED);
  }

  async #deleteCollection(context: DoorContext, request: DeleteCollectionRequest): Promise<Buffer> {
    const target = targetOf(this.#parts.resources, request);
    this.authorize(context, accessTo('deletecollection', target, request.fieldSelector || undefined));
    const selection = {
      labelSelector: request.labelSelector || undefined,
      fieldSelector: request.fieldSelector || undefined,
    };
    const options = deleteOptions(request.options);
    const result = await this.#parts.verbs.deleteCollection(context, target, selection, options);
    return countResponse(result.items.length);
  }

  async #transact(context: DoorContext, request: TransactRequest): Promise<Buffer> {
    const operations = this.#operations(context, request);
    const result = await this.#parts.verbs.transact(stating(context, request.because), operations);
    return transactResponse(result, request.form ?? Form.FORM_UNSPECIFIED, context.warnings);
  }

  /** Those that cannot be read, and then those that the caller may not do, are told all at once. */
  #operations(context: DoorContext, { operations = [] }: TransactRequest): readonly TransactOperation[] {
    const unreadable = new OperationErrors([]);
    const read = operations.flatMap(
      (operation, i) => unreadable.collect(i, () => operationOf(this.#parts.resources, operation)) ?? [],
    );
    unreadable.throwIfAny();
    const forbidden = new OperationErrors(read);
    read.forEach((operation, i) => {
      forbidden.collect(i, () =>
        this.authorize(context, accessTo(accessVerb(operation), nameless(operation))),
      );
    });
    forbidden.throwIfAny();
    return read;
  }
}

const MAX_BECAUSE_CHARACTERS = 500;

/** A person may say why, too. A service has said so already, with its cause. */
function stating(context: DoorContext, because: string | undefined): RequestContext {
  if (!because || context.because !== undefined) return context;
  if (because.length > MAX_BECAUSE_CHARACTERS || /\p{Cc}/u.test(because))
    throw badRequest(
      `because is one sentence of at most ${MAX_BECAUSE_CHARACTERS} characters, without control characters`,
    );
  const { user, requestId, userAgent, signal } = context;
  return { user, requestId, userAgent, signal, because, warn: (message) => context.warn(message) };
}

/** To demand something of an object is to learn about it. */
function accessVerb({ verb }: TransactOperation): string {
  return verb === 'require' ? 'get' : verb;
}

function nameless({ verb, target }: TransactOperation): Target {
  return verb === 'create' && target.subresource === '' ? { ...target, name: '' } : target;
}

function labelsOf(verb: string, request: unknown): RequestLabels {
  const { resource, namespace, name } = request as {
    readonly resource?: {
      readonly group?: string;
      readonly version?: string;
      readonly resource?: string;
      readonly subresource?: string;
    };
    readonly namespace?: string;
    readonly name?: string;
  };
  return {
    verb: verb.toUpperCase(),
    group: resource?.group ?? '',
    version: resource?.version ?? '',
    resource: resource?.resource ?? '',
    subresource: resource?.subresource ?? '',
    scope: name ? 'resource' : namespace ? 'namespace' : 'cluster',
  };
}
