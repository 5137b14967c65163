/**
 * Whether RBAC lets somebody create a subresource of certificate requests. Kubernetes asks the API server
 * (SubjectAccessReview); the roles lie in our own projection, so the answer is of the revision that is planned for.
 */
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, type Frozen, type Snapshot } from '@reckon/client';
import type { PolicyRule, Subject } from '@reckon/proto/reckon/api/rbac/v1/types.ts';
import type { AutoApproval, StoredRequest } from './types.ts';

const GROUP = 'certificates.k8s.io';
const SUPERUSERS = 'system:masters';

export function mayCreate(snapshot: Snapshot, { spec }: StoredRequest, subresource: AutoApproval): boolean {
  if (spec?.groups?.includes(SUPERUSERS)) return true;
  return snapshot
    .list(CLUSTER_ROLE_BINDINGS)
    .filter(({ roleRef }) => roleRef?.kind === 'ClusterRole')
    .filter(({ subjects }) => subjects?.some((subject) => isMeant(subject, spec)))
    .some(({ roleRef }) =>
      snapshot.get(CLUSTER_ROLES, '', roleRef?.name ?? '')?.rules?.some((rule) => allows(rule, subresource)),
    );
}

function isMeant(subject: Frozen<Subject>, spec: StoredRequest['spec']): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === spec?.username;
    case 'Group':
      return spec?.groups?.includes(subject.name ?? '') ?? false;
    case 'ServiceAccount':
      return spec?.username === `system:serviceaccount:${subject.namespace}:${subject.name}`;
    default:
      return false;
  }
}

function allows(rule: Frozen<PolicyRule>, subresource: AutoApproval): boolean {
  const has = (list: readonly string[] | undefined, ...values: readonly string[]) =>
    list?.some((one) => one === '*' || values.includes(one)) ?? false;
  const resource = `certificatesigningrequests/${subresource}`;
  return (
    has(rule.verbs, 'create') &&
    has(rule.apiGroups, GROUP) &&
    has(rule.resources, resource, `*/${subresource}`) &&
    !rule.resourceNames?.length
  );
}
