/** Kinds that are asked and never stored: who is this, and what may he do (authentication.k8s.io, authorization.k8s.io). */
import { isObject, type ResourceSchema, type Schema } from '@reckon/api';

function reviewKind(kind: string, namespaced = false): ResourceSchema {
  const group = kind === 'TokenReview' || kind === 'SelfSubjectReview' ? AUTHENTICATION : AUTHORIZATION;
  const resource = `${kind.toLowerCase()}s`;
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
    namespaced,
    verbs: ['create'],
    subresources: new Map(),
    message: '',
    confidential: false,
    heartbeat: false,
  };
}

const AUTHENTICATION = 'authentication.k8s.io';
const AUTHORIZATION = 'authorization.k8s.io';

export const SELF_SUBJECT = reviewKind('SelfSubjectReview');
export const TOKEN = reviewKind('TokenReview');
export const SUBJECT_ACCESS = reviewKind('SubjectAccessReview');
export const LOCAL_SUBJECT_ACCESS = reviewKind('LocalSubjectAccessReview', true);
export const SELF_SUBJECT_ACCESS = reviewKind('SelfSubjectAccessReview');
export const SELF_SUBJECT_RULES = reviewKind('SelfSubjectRulesReview');

const NEWEST: readonly ResourceSchema[] = [
  SELF_SUBJECT,
  TOKEN,
  SUBJECT_ACCESS,
  LOCAL_SUBJECT_ACCESS,
  SELF_SUBJECT_ACCESS,
  SELF_SUBJECT_RULES,
];

/** Also as clients from before v1 ask. */
const REVIEW_KINDS: readonly ResourceSchema[] = [
  ...NEWEST,
  ...NEWEST.map((kind) => ({ ...kind, version: 'v1beta1', keptAs: kind.version })),
];

const extended = new WeakMap<Schema, Schema>();

/** The schema of all that is served: also of the reviews. The same one for everybody who asks. */
export function withReviewKinds(schema: Schema): Schema {
  const known = extended.get(schema) ?? extendedBy(schema);
  extended.set(schema, known);
  return known;
}

function extendedBy(schema: Schema): Schema {
  const kinds = REVIEW_KINDS.map((kind) => {
    const message = schema.kindMessage(kind.group, kind.version, kind.kind);
    return message ? { ...kind, message: message.name } : kind;
  });
  const extra = new Map(kinds.map((kind) => [`${kind.group}/${kind.version}/${kind.resource}`, kind]));
  return {
    ...schema,
    resources: [...schema.resources, ...kinds],
    resource: (group, version, resource) =>
      schema.resource(group, version, resource) ?? extra.get(`${group}/${version}/${resource}`),
  };
}

type Json = Readonly<Record<string, unknown>>;

/** What is asked with the names of v1: the groups of an access review were called `group` before. */
export function reviewToNewest({ version, kind }: ResourceSchema, body: Json): Json {
  return hasOldGroups(version, kind) ? renamed(body, 'group', 'groups') : body;
}

/** The answer with the names of the version that was asked. */
export function reviewFromNewest({ version, kind }: ResourceSchema, body: Json): Json {
  return hasOldGroups(version, kind) ? renamed(body, 'groups', 'group') : body;
}

function hasOldGroups(version: string, kind: string): boolean {
  return version === 'v1beta1' && (kind === SUBJECT_ACCESS.kind || kind === LOCAL_SUBJECT_ACCESS.kind);
}

function renamed(body: Json, from: string, to: string): Json {
  if (!isObject(body.spec)) return body;
  const { [from]: value, ...rest } = body.spec;
  return value === undefined ? body : { ...body, spec: { ...rest, [to]: value } };
}
