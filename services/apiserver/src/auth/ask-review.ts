import { isObject, type Schema } from '@reckon/api';
import { decodeBody } from '../verbs/decode.ts';
import { createRules, type ObjectRules } from '../verbs/rules.ts';
import type { Body, RequestContext, Target, WriteOptions } from '../verbs/types.ts';
import { reviewFromNewest, reviewToNewest } from './review-kinds.ts';
import type { Review } from './reviews.ts';

export type ReviewAnswer = Readonly<Record<string, unknown>> & {
  readonly apiVersion: string;
  readonly kind: string;
};

export interface ReviewQuestion {
  readonly context: RequestContext;
  readonly target: Target;
  readonly body: Body;
  readonly options: Pick<WriteOptions, 'fieldValidation'>;
}

/**
 * How either door asks a review: what is sent is held against the schema as an object to be stored would be, and the
 * answer is of the version that was asked.
 *
 * @param schema that of the reviews, too.
 */
export function askReview(
  schema: Schema,
): (review: Review, question: ReviewQuestion) => Promise<ReviewAnswer> {
  const env = { schema, rules: rulesOf(schema) };
  return async (review, { context, target, body: sent, options }) => {
    const { resource, namespace } = target;
    const body = decodeBody(
      { env, context, target, options },
      { ...sent, value: isObject(sent.value) ? reviewToNewest(resource, sent.value) : sent.value },
    );
    const { group, version, kind } = resource;
    const answer = await review({ user: context.user, body, namespace });
    return { ...reviewFromNewest(resource, answer), apiVersion: `${group}/${version}`, kind };
  };
}

const made = new WeakMap<Schema, ObjectRules>();

/** Both doors ask by the same schema, whose rules are made once. */
function rulesOf(schema: Schema): ObjectRules {
  const rules = made.get(schema) ?? createRules(schema);
  made.set(schema, rules);
  return rules;
}
