/** Puts the REST door together from what the API server gives it. */
import type { ProtobufCodec, Schema } from '@reckon/api';
import type { Clock, Random } from '@reckon/service';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Authority } from '../auth/authorizer.ts';
import { withReviewKinds } from '../auth/review-kinds.ts';
import type { Review } from '../auth/reviews.ts';
import { DiscoveryRoutes } from '../discovery/routes.ts';
import type { InFlight } from '../doors/in-flight.ts';
import type { DoorMetrics } from '../doors/metrics.ts';
import type { Verbs } from '../verbs/types.ts';
import { Answers } from './answer.ts';
import type { FindMoment } from './as-of.ts';
import { RestDoor } from './door.ts';
import { Negotiator } from './negotiate.ts';
import { ObjectRequests } from './objects.ts';
import type { ResourceRoute, Route } from './request.ts';
import { reviewRoute } from './review-route.ts';
import { checkRoutes, closedRoutes, indexRoute, openRoutes, type WellKnownParts } from './well-known.ts';

export interface RestParts extends WellKnownParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly verbs: Verbs;
  readonly authenticator: Authenticator;
  readonly authorizer: Authority;
  /** The answers to kinds that are asked and never stored, by `ResourceSchema.groupResource`. */
  readonly reviews: ReadonlyMap<string, Review>;
  /** The kinds that are stored. */
  readonly resources: Schema;
  readonly protobuf: ProtobufCodec | undefined;
  readonly doorMetrics: DoorMetrics;
  readonly inFlight: InFlight;
  /** Which moments of the past can be read. */
  readonly moments: FindMoment;
  /** `/openapi/…` */
  readonly openapi: (path: string) => Route | undefined;
  /** `pods/log`, `pods/exec`… */
  readonly streams: ReadonlyMap<string, ResourceRoute>;
  /** host:port that clients reach this server by. */
  readonly serverAddress: string;
}

export function createRestDoor(parts: RestParts): RestDoor {
  const { clock, random, verbs, authenticator, authorizer, protobuf, inFlight, streams } = parts;
  const metrics = parts.doorMetrics;
  const negotiator = new Negotiator({ protobuf: protobuf !== undefined });
  const answers = new Answers(protobuf);
  const resources = withReviewKinds(parts.resources);
  const special = new Map<string, ResourceRoute>(streams);
  for (const [kind, review] of parts.reviews)
    special.set(kind, reviewRoute({ answers, negotiator, protobuf, schema: resources }, review));
  const objects = new ObjectRequests({
    verbs,
    authorizer,
    answers,
    negotiator,
    protobuf,
    metrics,
    clock,
    random,
    special,
  });
  const discovery = new DiscoveryRoutes(resources, parts.serverAddress);
  const closed = closedRoutes(parts);
  const checks = checkRoutes(parts.probes);
  const health = ['/healthz', '/livez', '/readyz', '/version', '/openapi/v2', '/openapi/v3'];
  const index = indexRoute([...discovery.paths(), ...closed.keys(), ...health]);
  return new RestDoor({
    clock,
    random,
    authenticator,
    authorizer,
    resources,
    answers,
    metrics,
    inFlight,
    moments: parts.moments,
    objects,
    open: openRoutes(parts.probes),
    routes: (path) =>
      path === '/'
        ? index
        : (discovery.find(path) ?? closed.get(path) ?? checks(path) ?? parts.openapi(path)),
  });
}
