/** create, update, patch and delete over HTTP. */
import { type ProtobufCodec, unsupportedMediaType } from '@reckon/api';
import type { Clock } from '@reckon/service';
import type { Body, PatchType, Target, Verbs, WriteResult } from '../verbs/types.ts';
import { type Answers, headers } from './answer.ts';
import { deleteOptions } from './delete-options.ts';
import { answerDeleted, readDeleteBody } from './deletes.ts';
import { groupVersion, jsonListBody, listMetadata } from './list-body.ts';
import type { Negotiated, Negotiator } from './negotiate.ts';
import { listOptions, patchOptions, writeOptions } from './options.ts';
import { formOf, type ResourceRequest } from './request.ts';
import { decodeBody } from './request-body.ts';
import { sendBody, sendBytes } from './send-list.ts';
import { includeObjectOf, shapeOne } from './shapes.ts';

export interface WritesParts {
  readonly verbs: Verbs;
  readonly answers: Answers;
  readonly negotiator: Negotiator;
  readonly protobuf: ProtobufCodec | undefined;
  readonly clock: Clock;
}

/** Kubernetes' limit of a request's body. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** About how long it takes to decode, check and encode a body. */
const WRITE_MS = 0.2;
const WRITE_MS_A_MEBIBYTE = 30;

const PATCH_TYPES: ReadonlyMap<string, PatchType> = new Map([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
  ['application/apply-patch+yaml', 'apply'],
]);

export class WriteRequests {
  readonly #parts: WritesParts;

  constructor(parts: WritesParts) {
    this.#parts = parts;
  }

  async create(request: ResourceRequest, target: Target): Promise<void> {
    const negotiated = this.#negotiate(request);
    const options = writeOptions(request.query, 'CreateOptions');
    const body = await this.#body(request);
    const result = await this.#parts.verbs.create(request.context, target, body, options);
    return this.#written(request, negotiated, { ...result, created: true });
  }

  async update(request: ResourceRequest, target: Target): Promise<void> {
    const negotiated = this.#negotiate(request);
    const options = writeOptions(request.query, 'UpdateOptions');
    const body = await this.#body(request);
    const result = await this.#parts.verbs.update(request.context, target, body, options);
    return this.#written(request, negotiated, result);
  }

  async patch(request: ResourceRequest, target: Target): Promise<void> {
    const { exchange, query, context } = request;
    const negotiated = this.#negotiate(request);
    const contentType = (exchange.header('content-type') ?? '').split(';', 1)[0] ?? '';
    const type = PATCH_TYPES.get(contentType.trim().toLowerCase());
    if (type === undefined) throw unsupportedMediaType([...PATCH_TYPES.keys()]);
    const options = patchOptions(query, type === 'apply');
    const body = await this.#read(request);
    const result = await this.#parts.verbs.patch(context, target, { type, body }, options);
    return this.#written(request, negotiated, result);
  }

  async delete(request: ResourceRequest, target: Target): Promise<void> {
    const { exchange, context, query } = request;
    const negotiated = this.#negotiate(request);
    const raw = await readDeleteBody(exchange, this.#parts.negotiator, this.#parts.protobuf);
    const options = deleteOptions(query, raw);
    const result = await this.#parts.verbs.delete(context, target, options);
    if (exchange.gone || exchange.answered) return;
    return answerDeleted(request, this.#parts.answers, formOf(request, negotiated), options, result);
  }

  async deleteCollection(request: ResourceRequest, target: Target): Promise<void> {
    const { exchange, context, query, resource } = request;
    const negotiated = this.#parts.negotiator.choose(exchange.header('accept'), 'list');
    const raw = await readDeleteBody(exchange, this.#parts.negotiator, this.#parts.protobuf);
    const result = await this.#parts.verbs.deleteCollection(
      context,
      target,
      listOptions(query),
      // The query's resourceVersion says which list is meant: it is no precondition on each that is in it.
      { ...deleteOptions(query, raw), ...(raw === undefined && { preconditions: undefined }) },
    );
    if (exchange.gone || exchange.answered) return;
    const head = headers(negotiated.media, context);
    if (negotiated.media === 'json')
      return sendBody(exchange, head, jsonListBody(resource, result), { pace: context });
    const items = result.items.map((item) => item.value);
    const list = {
      kind: resource.listKind,
      apiVersion: groupVersion(resource),
      metadata: listMetadata(result),
      items,
    };
    return sendBytes(exchange, head, this.#parts.answers.encode(formOf(request, negotiated), list));
  }

  async #written(request: ResourceRequest, negotiated: Negotiated, result: WriteResult): Promise<void> {
    const { exchange, context, query, resource } = request;
    if (exchange.gone || exchange.answered) return;
    const { answers } = this.#parts;
    const status = result.created ? 201 : 200;
    if (negotiated.as === undefined)
      return answers.object(exchange, context, formOf(request, negotiated), status, result.object);
    const includeObject = includeObjectOf(query);
    const nowMs = this.#parts.clock.nowMs();
    const shaped = shapeOne({ resource, negotiated, includeObject, nowMs }, result.object);
    return answers.value(exchange, context, formOf(request, negotiated), status, shaped);
  }

  /** What follows the body is most of the work of a write: it takes a turn of its own. */
  async #read({ exchange, context }: ResourceRequest): Promise<Uint8Array> {
    const body = await exchange.readBody(MAX_BODY_BYTES);
    await context.turn(WRITE_MS + (body.length / 2 ** 20) * WRITE_MS_A_MEBIBYTE);
    return body;
  }

  async #body(request: ResourceRequest): Promise<Body> {
    const { negotiator, protobuf } = this.#parts;
    const media = negotiator.bodyMedia(request.exchange.header('content-type'));
    if (media === undefined) throw unsupportedMediaType(negotiator.accepted);
    const bytes = await this.#read(request);
    const { resource, info } = request;
    const kind = resource.subresources.get(info.subresource)?.kind ?? resource.kind;
    return decodeBody(bytes, media, kind, protobuf);
  }

  #negotiate(request: ResourceRequest): Negotiated {
    return this.#parts.negotiator.choose(request.exchange.header('accept'), 'object');
  }
}
