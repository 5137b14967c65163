import { ApiError, type ProtobufCodec, type Schema, unsupportedMediaType } from '@reckon/api';
import { askReview } from '../auth/ask-review.ts';
import type { Review } from '../auth/reviews.ts';
import type { Answers } from './answer.ts';
import type { Negotiator } from './negotiate.ts';
import { writeOptions } from './options.ts';
import { formOf, type ResourceRequest, type ResourceRoute } from './request.ts';
import { decodeBody } from './request-body.ts';
import { MAX_BODY_BYTES } from './writes.ts';

export interface ReviewParts {
  readonly answers: Answers;
  readonly negotiator: Negotiator;
  readonly protobuf: ProtobufCodec | undefined;
  /** What reviews look like. */
  readonly schema: Schema;
}

/** Posts to kinds that are answered and not stored. */
export function reviewRoute(parts: ReviewParts, review: Review): ResourceRoute {
  const ask = askReview(parts.schema);
  return {
    async handle(request: ResourceRequest) {
      const { exchange, context, resource, info, query } = request;
      if (exchange.method !== 'POST' || info.name !== '')
        throw new ApiError(
          'MethodNotAllowed',
          'the server does not allow this method on the requested resource',
        );
      const negotiated = parts.negotiator.choose(exchange.header('accept'), 'review');
      const media = parts.negotiator.bodyMedia(exchange.header('content-type'));
      if (media === undefined) throw unsupportedMediaType(parts.negotiator.accepted);
      const bytes = await exchange.readBody(MAX_BODY_BYTES);
      const body = decodeBody(bytes, media, resource.kind, parts.protobuf);
      const target = { resource, subresource: '', namespace: info.namespace, name: '' };
      const options = writeOptions(query, 'CreateOptions');
      const value = await ask(review, { context, target, body, options });
      await parts.answers.value(exchange, context, formOf(request, negotiated), 201, value);
    },
  };
}
