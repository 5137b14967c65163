import { ApiError, type ProtobufCodec, unsupportedMediaType } from '@reckon/api';
import type { Review } from '../auth/reviews.ts';
import type { Answers } from './answer.ts';
import { groupVersion } from './list-body.ts';
import type { Negotiator } from './negotiate.ts';
import { formOf, type ResourceRequest, type ResourceRoute } from './request.ts';
import { decodeBody } from './request-body.ts';
import { MAX_BODY_BYTES } from './writes.ts';

type Json = Readonly<Record<string, unknown>>;

export interface ReviewParts {
  readonly answers: Answers;
  readonly negotiator: Negotiator;
  readonly protobuf: ProtobufCodec | undefined;
}

/** Posts to kinds that are answered and not stored. */
export function reviewRoute(parts: ReviewParts, review: Review): ResourceRoute {
  return {
    async handle(request: ResourceRequest) {
      const { exchange, context, user, resource, info } = request;
      if (exchange.method !== 'POST' || info.name !== '')
        throw new ApiError(
          'MethodNotAllowed',
          'the server does not allow this method on the requested resource',
        );
      const negotiated = parts.negotiator.choose(exchange.header('accept'), 'review');
      const media = parts.negotiator.bodyMedia(exchange.header('content-type'));
      if (media === undefined) throw unsupportedMediaType(parts.negotiator.accepted);
      const bytes = await exchange.readBody(MAX_BODY_BYTES);
      const body = decodeBody(bytes, media, resource.kind, parts.protobuf).value as Json;
      const reviewed = await review({ user, body, namespace: info.namespace });
      const value = { ...reviewed, apiVersion: groupVersion(resource), kind: resource.kind };
      await parts.answers.value(exchange, context, formOf(request, negotiated), 201, value);
    },
  };
}
