/** get, list and watch over HTTP. */
import { notAcceptable, type ProtobufCodec } from '@reckon/api';
import type { Clock, Random } from '@reckon/service';
import { historyOf, may } from '../doors/log-access.ts';
import type { DoorMetrics } from '../doors/metrics.ts';
import type { Authorizer, ListOptions, Target, Verbs } from '../verbs/types.ts';
import { type Answers, headers } from './answer.ts';
import { exactList, exactly } from './as-of.ts';
import { groupVersion, jsonListBody, listMetadata } from './list-body.ts';
import type { Negotiated, Negotiator } from './negotiate.ts';
import { listOptions, versionOptions, watchOptions } from './options.ts';
import { formOf, type ResourceRequest } from './request.ts';
import { sendBody, sendBytes } from './send-list.ts';
import { sendWatch } from './send-watch.ts';
import { includeObjectOf, type ShapeRequest, shapeList, shapeOne } from './shapes.ts';
import {
  JsonWatchEncoder,
  ProtobufMetadataWatchEncoder,
  ProtobufWatchEncoder,
  ShapedWatchEncoder,
  type WatchEncoder,
} from './watch-encoding.ts';

export interface ReadsParts {
  readonly authorizer: Authorizer;
  readonly verbs: Verbs;
  readonly answers: Answers;
  readonly negotiator: Negotiator;
  readonly protobuf: ProtobufCodec | undefined;
  readonly metrics: DoorMetrics;
  readonly clock: Clock;
  readonly random: Random;
}

/** A watch without timeoutSeconds ends after between one and two of these (Kubernetes: `--min-request-timeout`). */
const MIN_WATCH_TIMEOUT_MS = 30 * 60 * 1_000;

export class ReadRequests {
  readonly #parts: ReadsParts;

  constructor(parts: ReadsParts) {
    this.#parts = parts;
  }

  async get(request: ResourceRequest, target: Target): Promise<void> {
    const { exchange, context, query } = request;
    const negotiated = this.#parts.negotiator.choose(exchange.header('accept'), 'object');
    const version = request.asOf ? exactly(request.asOf) : versionOptions(query);
    const object = await this.#parts.verbs.get(context, target, {
      ...version,
      ...this.#formerNamespaces(request, version),
    });
    if (exchange.gone || exchange.answered) return;
    if (negotiated.as === undefined)
      return this.#parts.answers.object(exchange, context, formOf(request, negotiated), 200, object);
    const shaped = shapeOne(this.#shape(request, negotiated), object);
    return this.#parts.answers.value(exchange, context, formOf(request, negotiated), 200, shaped);
  }

  async list(request: ResourceRequest, target: Target): Promise<void> {
    const { exchange, context, query, resource } = request;
    const { answers, verbs } = this.#parts;
    const negotiated = this.#parts.negotiator.choose(exchange.header('accept'), 'list');
    const asked = listOptions(query);
    const options = request.asOf ? exactList(request.asOf, asked) : asked;
    const result = await verbs.list(context, target, {
      ...options,
      ...this.#formerNamespaces(request, options),
    });
    if (exchange.gone || exchange.answered) return;
    const head = headers(negotiated.media, context);
    if (negotiated.as !== undefined) {
      const shaped = shapeList(this.#shape(request, negotiated), result);
      return sendBytes(exchange, head, answers.encode(formOf(request, negotiated), shaped));
    }
    if (negotiated.media === 'json' && !request.pretty)
      return sendBody(exchange, head, jsonListBody(resource, result), { pace: context });
    const list = {
      kind: resource.listKind,
      apiVersion: groupVersion(resource),
      metadata: listMetadata(result),
      items: result.items.map((item) => item.value),
    };
    return sendBytes(exchange, head, answers.encode(formOf(request, negotiated), list));
  }

  async watch(request: ResourceRequest, target: Target): Promise<void> {
    const { exchange, context, query, resource, info } = request;
    const { verbs, clock, random, metrics } = this.#parts;
    const encoder = this.#watchEncoder(request);
    const timeoutSeconds = query.integer('timeoutSeconds');
    const timeoutMs = timeoutSeconds ? timeoutSeconds * 1_000 : MIN_WATCH_TIMEOUT_MS * (1 + random.next());
    const collection = { ...target, name: '' };
    const stream = await verbs.watch(context, collection, watchOptions(query, info.name));
    if (exchange.gone || exchange.answered) return;
    const head = headers('json', context).slice(2);
    await sendWatch(stream, {
      exchange,
      context,
      headers: ['Content-Type', encoder.contentType, ...head],
      encoder,
      clock,
      timeoutMs,
      sent: (count) => metrics.watchEvents(resource, count),
    });
  }

  /** Asked of the authorizer only where the answer matters: reads of the past. */
  #formerNamespaces(
    { user, info, resource }: ResourceRequest,
    { match, continue: token, limit, resourceVersion }: ListOptions,
  ): { readonly formerNamespaces?: boolean } {
    const past =
      match === 'Exact' || token !== undefined || (limit !== undefined && resourceVersion !== undefined);
    if (!past) return {};
    const { authorizer } = this.#parts;
    const { namespace, name } = info;
    return { formerNamespaces: may(authorizer, user, historyOf(resource.groupResource, namespace, name)) };
  }

  #shape(request: ResourceRequest, negotiated: Negotiated): ShapeRequest {
    const { resource, query } = request;
    const nowMs = request.asOf?.atMs ?? this.#parts.clock.nowMs();
    return { resource, negotiated, includeObject: includeObjectOf(query), nowMs };
  }

  #watchEncoder(request: ResourceRequest): WatchEncoder {
    const { protobuf, answers } = this.#parts;
    const { resource, exchange } = request;
    const negotiated = this.#parts.negotiator.choose(exchange.header('accept'), 'object');
    if (negotiated.as !== undefined && negotiated.media === 'json')
      return new ShapedWatchEncoder(this.#shape(request, negotiated));
    if (negotiated.media === 'json') return new JsonWatchEncoder(resource);
    if (negotiated.as === 'PartialObjectMetadata' && negotiated.media === 'protobuf' && protobuf)
      return new ProtobufMetadataWatchEncoder(this.#shape(request, negotiated), protobuf);
    const known = protobuf?.supports(groupVersion(resource), resource.kind);
    if (negotiated.media === 'protobuf' && negotiated.as === undefined && protobuf && known) {
      const asProtobuf = { media: 'protobuf', pretty: false } as const;
      return new ProtobufWatchEncoder(resource, protobuf, (object) => {
        const bytes = answers.objectBytes(asProtobuf, object);
        return typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      });
    }
    throw notAcceptable([
      'application/json;stream=watch',
      'application/vnd.kubernetes.protobuf;stream=watch',
    ]);
  }
}
