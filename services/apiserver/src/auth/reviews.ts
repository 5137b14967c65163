/** Kinds that are asked and never stored: who am I, and what may I do (authentication.k8s.io, authorization.k8s.io). */
import { badRequest, type ResourceSchema } from '@reckon/api';
import type { AccessAttributes, User } from '../verbs/types.ts';
import type { Rule } from './authorizer.ts';

/** What reviews need of an authorizer. */
export interface AccessReviewer {
  allows(user: User, attributes: AccessAttributes): boolean;
  rulesFor(user: User, namespace: string): readonly Rule[];
}

type Json = Readonly<Record<string, unknown>>;
type Review = (user: User, body: Json) => Json;

function reviewKind(group: string, resource: string, kind: string): ResourceSchema {
  return {
    group,
    version: 'v1',
    resource,
    groupResource: `${resource}.${group}`,
    kind,
    listKind: '',
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: false,
    verbs: ['create'],
    subresources: new Map(),
    message: '',
    confidential: false,
    heartbeat: false,
  };
}

const SUBJECT = reviewKind('authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview');
const ACCESS = reviewKind('authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview');
const RULES = reviewKind('authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview');

export const REVIEW_KINDS: readonly ResourceSchema[] = [SUBJECT, ACCESS, RULES];

/** The answers by `ResourceSchema.groupResource`. */
export function reviews(reviewer: AccessReviewer): ReadonlyMap<string, Review> {
  return new Map<string, Review>([
    [SUBJECT.groupResource, (user) => answer(SUBJECT, {}, { userInfo: userInfo(user) })],
    [
      ACCESS.groupResource,
      (user, body) => {
        const spec = record(body.spec);
        const attributes = attributesOf(spec);
        const allowed = reviewer.allows(user, attributes);
        return answer(ACCESS, spec, allowed ? { allowed } : { allowed, reason: 'no rule allows it' });
      },
    ],
    [
      RULES.groupResource,
      (user, body) => {
        const spec = record(body.spec);
        const rules = reviewer.rulesFor(user, text(spec.namespace));
        const resourceRules = rules.filter(({ resources }) => resources).map(resourceRule);
        const nonResourceRules = rules
          .filter(({ paths }) => paths)
          .map(({ verbs, paths }) => ({ verbs, nonResourceURLs: paths }));
        return answer(RULES, spec, { resourceRules, nonResourceRules, incomplete: false });
      },
    ],
  ]);
}

function answer({ group, version, kind }: ResourceSchema, spec: Json, status: Json): Json {
  return {
    kind,
    apiVersion: `${group}/${version}`,
    metadata: { creationTimestamp: null },
    ...(kind === SUBJECT.kind ? {} : { spec }),
    status,
  };
}

function userInfo({ name, uid, groups, extra }: User): Json {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

function resourceRule({ verbs, groups, resources, name }: Rule): Json {
  return { verbs, apiGroups: groups, resources, ...(name ? { resourceNames: [name] } : {}) };
}

function attributesOf(spec: Json): AccessAttributes {
  if (spec.nonResourceAttributes) {
    const { path, verb } = record(spec.nonResourceAttributes);
    const nothing = { group: '', resource: '', subresource: '', namespace: '', name: '' };
    return { ...nothing, verb: text(verb), path: text(path) };
  }
  if (!spec.resourceAttributes)
    throw badRequest('spec: exactly one of nonResourceAttributes or resourceAttributes must be specified');
  const { verb, group, resource, subresource, namespace, name } = record(spec.resourceAttributes);
  return {
    verb: text(verb),
    group: text(group),
    resource: text(resource),
    subresource: text(subresource),
    namespace: text(namespace),
    name: text(name),
  };
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
