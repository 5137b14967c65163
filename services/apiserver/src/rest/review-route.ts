import { ApiError, isObject, type ProtobufCodec, type Schema, unsupportedMediaType } from '@reckon/api';
import { reviewFromNewest, reviewToNewest } from '../auth/review-kinds.ts';
import type { Review } from '../auth/reviews.ts';
import { decodeBody as decodeObject } from '../verbs/decode.ts';
import { createRules } from '../verbs/rules.ts';
import type { Answers } from './answer.ts';
import { groupVersion } from './list-body.ts';
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
  const { schema } = parts;
  const env = { schema, rules: createRules(schema) };
  return {
    async handle(request: ResourceRequest) {
      const { exchange, context, user, resource, info, query } = request;
      if (exchange.method !== 'POST' || info.name !== '')
        throw new ApiError(
          'MethodNotAllowed',
          'the server does not allow this method on the requested resource',
        );
      const negotiated = parts.negotiator.choose(exchange.header('accept'), 'review');
      const media = parts.negotiator.bodyMedia(exchange.header('content-type'));
      if (media === undefined) throw unsupportedMediaType(parts.negotiator.accepted);
      const bytes = await exchange.readBody(MAX_BODY_BYTES);
      const sent = decodeBody(bytes, media, resource.kind, parts.protobuf);
      const target = { resource, subresource: '', namespace: info.namespace, name: '' };
      const body = decodeObject(
        { env, context, target, options: writeOptions(query, 'CreateOptions') },
        { ...sent, value: isObject(sent.value) ? reviewToNewest(resource, sent.value) : sent.value },
      );
      const reviewed = await review({ user, body, namespace: info.namespace });
      const answer = { ...reviewed, apiVersion: groupVersion(resource), kind: resource.kind };
      const value = { ...answer, ...reviewFromNewest(resource, answer) };
      await parts.answers.value(exchange, context, formOf(request, negotiated), 201, value);
    },
  };
}
