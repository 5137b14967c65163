/**
 * The REST door's pipeline: who is it, what is asked, may he, then a verb. Everything a request can go wrong with
 * ends here as one Status.
 */
import { ApiError, unknownResource } from '@reckon/api';
import type { Clock, Random } from '@reckon/service';
import type { Authenticator, Identity } from '../auth/authenticator.ts';
import { impersonate } from '../auth/impersonation.ts';
import { DoorContext } from '../doors/context.ts';
import type { InFlight } from '../doors/in-flight.ts';
import type { DoorMetrics, RequestLabels } from '../doors/metrics.ts';
import { becauseOf, causeOf, requestIdOf } from '../doors/stated-cause.ts';
import type { Authorizer } from '../verbs/types.ts';
import type { Answers } from './answer.ts';
import { type AsOf, type FindMoment, refuseWrite, splitAsOf } from './as-of.ts';
import type { Exchange } from './exchange.ts';
import { CONTENT_TYPES, type MediaType } from './negotiate.ts';
import { Query } from './query.ts';
import type { ResourceRequest, Resources, RestRequest, Route } from './request.ts';
import { parseRequestPath, type RequestPath } from './request-path.ts';
import { restVerb } from './rest-verb.ts';

export interface RestDoorParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly resources: Resources;
  readonly answers: Answers;
  readonly metrics: DoorMetrics;
  readonly inFlight: InFlight;
  readonly moments: FindMoment;
  /** Paths that anybody may get: health and version. */
  readonly open: (path: string) => Route | undefined;
  /** All other paths that are not about objects. */
  readonly routes: (path: string) => Route | undefined;
  readonly objects: {
    handle(request: ResourceRequest): Promise<void>;
    isLongRunning(request: ResourceRequest): boolean;
  };
}

const NOBODY = { name: 'system:anonymous', groups: ['system:unauthenticated'] } as const;

const OTHER: RequestLabels = { verb: '', group: '', version: '', resource: '', subresource: '', scope: '' };

export class RestDoor {
  readonly #parts: RestDoorParts;

  constructor(parts: RestDoorParts) {
    this.#parts = parts;
  }

  /** Answers one request. Never rejects. */
  async handle(exchange: Exchange): Promise<void> {
    const { clock, random, metrics } = this.#parts;
    const startedMs = clock.monotonicMs();
    const requestId = requestIdOf(exchange.header('audit-id')) ?? random.uuid();
    let labels = OTHER;
    try {
      const { url } = exchange;
      const question = url.indexOf('?');
      const asked = question < 0 ? url : url.slice(0, question);
      const past = splitAsOf(asked);
      const path = past?.path ?? asked;
      const query = new Query(question < 0 ? '' : url.slice(question + 1));
      const about = path.startsWith('/api') ? parseRequestPath(path) : undefined;
      if (about && about.resource !== '') {
        labels = labelsOf(about, exchange.method, query);
        const request = await this.#request(exchange, path, query, requestId);
        await this.#object(
          past ? { ...request, asOf: await this.#moment(exchange, past.rev) } : request,
          about,
        );
      } else {
        labels = { ...OTHER, verb: exchange.method };
        if (past) refuseWrite(past, exchange.method);
        await this.#other(exchange, path, query, requestId);
      }
    } catch (thrown) {
      this.#refuse(exchange, requestId, thrown);
    }
    metrics.observe(labels, exchange.status, (clock.monotonicMs() - startedMs) / 1_000);
  }

  #moment(exchange: Exchange, rev: number): Promise<AsOf> {
    refuseWrite({ rev }, exchange.method);
    return this.#parts.moments(rev);
  }

  async #other(exchange: Exchange, path: string, query: Query, requestId: string): Promise<void> {
    const { open, routes, authorizer } = this.#parts;
    const free = open(path);
    if (free) return free.handle(this.#asNobody(exchange, path, query, requestId));
    const request = await this.#request(exchange, path, query, requestId);
    authorizer.authorize(request.user, {
      verb: exchange.method.toLowerCase(),
      group: '',
      resource: '',
      subresource: '',
      namespace: '',
      name: '',
      path,
    });
    const route = routes(path);
    if (!route) throw unknownResource();
    await route.handle(request);
  }

  async #object(request: RestRequest, info: RequestPath): Promise<void> {
    const { resources, objects, inFlight, authorizer } = this.#parts;
    const resource = resources.resource(info.group, info.version, info.resource);
    if (!resource) {
      const { group, resource: name, subresource, namespace } = info;
      const verb = restVerb(request.exchange.method, info, request.query);
      authorizer.authorize(request.user, {
        verb,
        group,
        resource: name,
        subresource,
        namespace,
        name: info.name,
      });
      // A document that stands where objects of a kind would be that is not served.
      const route = this.#parts.routes(request.path);
      if (route) return route.handle(request);
      throw unknownResource();
    }
    const whole: ResourceRequest = { ...request, info, resource };
    const { context, exchange } = request;
    if (!objects.isLongRunning(whole)) {
      const kind = isRead(exchange.method) ? 'read' : 'write';
      const expired = (error: ApiError) => this.#refuse(exchange, context.requestId, error);
      return inFlight.run({ context, kind, expired }, () => objects.handle(whole));
    }
    const leave = inFlight.enterLongRunning(context);
    try {
      await objects.handle(whole);
    } finally {
      leave();
    }
  }

  #request(
    exchange: Exchange,
    path: string,
    query: Query,
    requestId: string,
  ): RestRequest | Promise<RestRequest> {
    const identity = this.#parts.authenticator.authenticate({
      certificateUser: exchange.peer.certificateUser,
      authorization: exchange.header('authorization'),
    });
    if (identity instanceof Promise)
      return identity.then((known) => this.#known(exchange, path, query, requestId, known));
    return this.#known(exchange, path, query, requestId, identity);
  }

  #known(exchange: Exchange, path: string, query: Query, requestId: string, identity: Identity): RestRequest {
    const user = impersonate(identity.user, exchange, this.#parts.authorizer);
    const trusted = identity.trusted && user === identity.user;
    const userAgent = exchange.header('user-agent') ?? '';
    const context = new DoorContext(exchange, {
      user,
      requestId,
      userAgent,
      cause: trusted ? causeOf(exchange.header('reckon-cause')) : undefined,
      because: trusted ? becauseOf(exchange.header('reckon-because')) : undefined,
    });
    return { exchange, context, user, path, query, pretty: wantsPretty(query, userAgent) };
  }

  #asNobody(exchange: Exchange, path: string, query: Query, requestId: string): RestRequest {
    const context = new DoorContext(exchange, { user: NOBODY, requestId, userAgent: '' });
    return { exchange, context, user: NOBODY, path, query, pretty: true };
  }

  #refuse(exchange: Exchange, requestId: string, thrown: unknown): void {
    if (exchange.answered || exchange.gone) return;
    const error = ApiError.from(thrown);
    const accept = exchange.header('accept');
    const head = { requestId, warnings: [] };
    this.#parts.answers.error(exchange, head, mediaOfError(accept), error);
  }
}

/** As the answer would have been, where the client asks for one form of it before all others. */
function mediaOfError(accept = ''): MediaType {
  if (accept.startsWith(CONTENT_TYPES.protobuf)) return 'protobuf';
  return accept.startsWith(CONTENT_TYPES.yaml) ? 'yaml' : 'json';
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function labelsOf(info: RequestPath, method: string, query: Query): RequestLabels {
  const scope = info.name !== '' ? 'resource' : info.namespace !== '' ? 'namespace' : 'cluster';
  const verb = restVerb(method, info, query).toUpperCase();
  const { group, version, resource, subresource } = info;
  return { verb, group, version, resource, subresource, scope };
}

function wantsPretty(query: Query, userAgent: string): boolean {
  const asked = query.flag('pretty');
  if (asked !== undefined) return asked;
  return userAgent.startsWith('curl') || userAgent.startsWith('Wget') || userAgent.startsWith('Mozilla');
}
