import type { ResourceSchema } from '@reckon/api';
import type { DoorContext } from '../doors/context.ts';
import type { User } from '../verbs/types.ts';
import type { AnswerForm } from './answer.ts';
import type { AsOf } from './as-of.ts';
import type { Exchange } from './exchange.ts';
import type { Negotiated } from './negotiate.ts';
import type { Query } from './query.ts';
import type { RequestPath } from './request-path.ts';

/** A request that has been read as far as its head, and whose sender is known. */
export interface RestRequest {
  /** Undefined: the present. */
  readonly asOf?: AsOf | undefined;
  readonly exchange: Exchange;
  readonly context: DoorContext;
  readonly user: User;
  readonly path: string;
  readonly query: Query;
  /** `pretty=true`, or a person with curl or a browser. */
  readonly pretty: boolean;
}

export interface ResourceRequest extends RestRequest {
  readonly info: RequestPath;
  readonly resource: ResourceSchema;
}

/** Answers requests for paths that are not about stored objects. */
export interface Route {
  handle(request: RestRequest): Promise<void> | void;
}

/** Answers a subresource that is a stream of bytes, or a kind that is computed and never stored. */
export interface ResourceRoute {
  handle(request: ResourceRequest): Promise<void> | void;
}

/** Finds the kinds that are served. */
export interface Resources {
  readonly resources: readonly ResourceSchema[];
  resource(group: string, version: string, resource: string): ResourceSchema | undefined;
}

export function formOf(request: RestRequest, negotiated: Negotiated): AnswerForm {
  return { media: negotiated.media, pretty: request.pretty };
}
