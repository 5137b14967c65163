/** Kinds that are asked and never stored: who is this, and what may he do (authentication.k8s.io, authorization.k8s.io). */
import type { ResourceSchema } from '@reckon/api';

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
export const REVIEW_KINDS: readonly ResourceSchema[] = [
  ...NEWEST,
  ...NEWEST.map((kind) => ({ ...kind, version: 'v1beta1', keptAs: kind.version })),
];
