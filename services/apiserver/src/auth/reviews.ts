/** The answers to reviews. */
import { badRequest, type Cause, invalid, isArray, isObject, type ResourceSchema } from '@reckon/api';
import type { AccessAttributes, User } from '../verbs/types.ts';
import type { TokenAuthenticator } from './authenticator.ts';
import type { Authority } from './authorizer.ts';
import type { PolicyRule } from './rbac/rule.ts';
import {
  LOCAL_SUBJECT_ACCESS,
  SELF_SUBJECT,
  SELF_SUBJECT_ACCESS,
  SELF_SUBJECT_RULES,
  SUBJECT_ACCESS,
  TOKEN,
} from './review-kinds.ts';

type Json = Readonly<Record<string, unknown>>;

export interface ReviewRequest {
  readonly user: User;
  readonly body: Json;
  /** Of the URL; '' for kinds of the cluster scope. */
  readonly namespace: string;
}

export type Review = (request: ReviewRequest) => Json | Promise<Json>;

export interface ReviewParts {
  readonly authority: Pick<Authority, 'allows' | 'reasonAgainst' | 'rulesFor' | 'incompleteFor'>;
  readonly tokens: Pick<TokenAuthenticator, 'reviewToken'>;
  /** Resolves once the authority knows of every right that was given before the call. */
  readonly confirm: () => Promise<void>;
}

type AccessParts = Pick<ReviewParts, 'authority' | 'confirm'>;

/** The answers by `ResourceSchema.groupResource`. */
export function reviews(parts: ReviewParts): ReadonlyMap<string, Review> {
  const { authority, tokens } = parts;
  return new Map<string, Review>([
    [
      SELF_SUBJECT.groupResource,
      ({ user, body }) => answer(SELF_SUBJECT, body, { userInfo: userInfo(user) }),
    ],
    [TOKEN.groupResource, ({ body }) => tokenReview(tokens, body)],
    [
      SELF_SUBJECT_ACCESS.groupResource,
      ({ user, body }) =>
        answer(SELF_SUBJECT_ACCESS, body, access(authority, user, attributesOf(SELF_SUBJECT_ACCESS, body))),
    ],
    [SUBJECT_ACCESS.groupResource, ({ body }) => subjectAccess(parts, SUBJECT_ACCESS, body)],
    [
      LOCAL_SUBJECT_ACCESS.groupResource,
      ({ body, namespace }) => {
        refuseOtherNamespace(body, namespace);
        return subjectAccess(parts, LOCAL_SUBJECT_ACCESS, body);
      },
    ],
    [
      SELF_SUBJECT_RULES.groupResource,
      ({ user, body }) => {
        const { namespace } = record(body.spec);
        if (typeof namespace !== 'string' || namespace === '') throw badRequest('no namespace on request');
        return answer(SELF_SUBJECT_RULES, body, rulesStatus(authority, user, namespace));
      },
    ],
  ]);
}

function answer({ group, version, kind }: ResourceSchema, body: Json, status: Json): Json {
  const { name, namespace } = record(body.metadata);
  const metadata = {
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    creationTimestamp: null,
  };
  const spec = kind === SELF_SUBJECT.kind ? {} : { spec: record(body.spec) };
  return { kind, apiVersion: `${group}/${version}`, metadata, ...spec, status };
}

function userInfo({ name, uid, groups, extra }: User): Json {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

async function tokenReview(tokens: ReviewParts['tokens'], body: Json): Promise<Json> {
  const { token, audiences } = record(body.spec);
  if (typeof token !== 'string' || token === '')
    throw badRequest('token is required for TokenReview in authentication');
  const reviewed = await tokens.reviewToken(token, strings(audiences));
  const status = reviewed
    ? { authenticated: true, user: userInfo(reviewed.user), audiences: reviewed.audiences }
    : { user: {}, error: 'invalid bearer token' };
  return answer(TOKEN, body, status);
}

function access(authority: ReviewParts['authority'], user: User, asked: AccessAttributes): Json {
  const allowed = authority.allows(user, asked);
  const reason = allowed ? '' : authority.reasonAgainst(user, asked);
  return { allowed, ...(reason !== '' && { reason }) };
}

/** Another API server may have given the right a moment ago: a no is said only by who knows them all. */
async function subjectAccess(
  { authority, confirm }: AccessParts,
  kind: ResourceSchema,
  body: Json,
): Promise<Json> {
  const { user, uid, groups, extra } = record(body.spec);
  const named = { name: text(user), groups: strings(groups) };
  if (named.name === '' && named.groups.length === 0)
    throw refused(kind, 'spec.user', 'Invalid value: "": at least one of user or group must be specified');
  const subject: User = {
    ...named,
    ...(typeof uid === 'string' && { uid }),
    ...(isObject(extra) && {
      extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, strings(values)])),
    }),
  };
  const asked = attributesOf(kind, body);
  if (!authority.allows(subject, asked)) await confirm();
  return answer(kind, body, access(authority, subject, asked));
}

function refuseOtherNamespace(body: Json, namespace: string): void {
  const { resourceAttributes, nonResourceAttributes } = record(body.spec);
  if (nonResourceAttributes !== undefined)
    throw refused(
      LOCAL_SUBJECT_ACCESS,
      'spec.nonResourceAttributes',
      'Invalid value: disallowed on this kind of request',
    );
  const asked = text(record(resourceAttributes).namespace);
  if (asked !== namespace) {
    const why = `spec.resourceAttributes.namespace must match namespace: ${namespace}`;
    throw badRequest(why);
  }
}

function attributesOf(kind: ResourceSchema, body: Json): AccessAttributes {
  const { resourceAttributes, nonResourceAttributes } = record(body.spec);
  if ((resourceAttributes === undefined) === (nonResourceAttributes === undefined)) {
    const what =
      resourceAttributes === undefined
        ? 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
        : 'cannot be specified in combination with resourceAttributes';
    const field = resourceAttributes === undefined ? 'spec.resourceAttributes' : 'spec.nonResourceAttributes';
    throw refused(kind, field, `Invalid value: null: ${what}`);
  }
  if (nonResourceAttributes !== undefined) {
    const { verb, path } = record(nonResourceAttributes);
    const none = { group: '', resource: '', subresource: '', namespace: '', name: '' };
    return { ...none, verb: text(verb), path: text(path) };
  }
  const asked = record(resourceAttributes);
  const fieldSelector = text(record(asked.fieldSelector).rawSelector);
  return {
    verb: text(asked.verb),
    group: text(asked.group),
    resource: text(asked.resource),
    subresource: text(asked.subresource),
    namespace: text(asked.namespace),
    name: text(asked.name),
    ...(fieldSelector !== '' && { fieldSelector }),
  };
}

function refused({ group, kind }: ResourceSchema, field: string, message: string) {
  const causes: readonly Cause[] = [{ reason: 'FieldValueInvalid', field, message }];
  return invalid({ group, kind }, '', causes);
}

function rulesStatus(authority: ReviewParts['authority'], user: User, namespace: string): Json {
  const rules = authority.rulesFor(user, namespace);
  const incomplete = authority.incompleteFor(user);
  return {
    resourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs.length === 0).map(resourceRule),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs.length > 0)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete,
    ...(incomplete && { evaluationError: 'node authorizer does not support user rule resolution' }),
  };
}

function resourceRule({ verbs, apiGroups, resources, resourceNames }: PolicyRule): Json {
  return { verbs, apiGroups, resources, ...(resourceNames.length > 0 && { resourceNames }) };
}

function record(value: unknown): Json {
  return isObject(value) ? value : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function strings(value: unknown): readonly string[] {
  return isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
