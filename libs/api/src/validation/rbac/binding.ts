import type { ClusterRoleBinding } from '@reckon/proto/reckon/api/rbac/v1/cluster_role_binding.ts';
import type { RoleBinding } from '@reckon/proto/reckon/api/rbac/v1/role_binding.ts';
import type { RoleRef, Subject } from '@reckon/proto/reckon/api/rbac/v1/types.ts';
import type { Cause } from '../../errors/api-error.ts';
import { semanticEqual } from '../../json/equal.ts';
import { pathSegmentName, subdomainName } from '../../names/object-name.ts';
import { invalidEach, invalidValue, notSupported, required } from '../causes.ts';
import type { ChangeCheck, Frozen, KindRules } from '../types.ts';

const GROUP = 'rbac.authorization.k8s.io';

export const ROLE_BINDING: KindRules<RoleBinding> = {
  name: pathSegmentName,
  object: ({ roleRef, subjects }, causes) => {
    checkRoleRef(roleRef, ['Role', 'ClusterRole'], causes);
    checkSubjects(subjects, true, causes);
  },
  update: checkSameRole,
};

export const CLUSTER_ROLE_BINDING: KindRules<ClusterRoleBinding> = {
  name: pathSegmentName,
  object: ({ roleRef, subjects }, causes) => {
    checkRoleRef(roleRef, ['ClusterRole'], causes);
    checkSubjects(subjects, false, causes);
  },
  update: checkSameRole,
};

function checkRoleRef(roleRef: Frozen<RoleRef> = {}, kinds: readonly string[], causes: Cause[]): void {
  const { apiGroup = '', kind = '', name = '' } = roleRef;
  if (apiGroup !== GROUP) causes.push(notSupported('roleRef.apiGroup', apiGroup, [GROUP]));
  if (kind !== '' && !kinds.includes(kind)) causes.push(notSupported('roleRef.kind', kind, kinds));
  if (name !== '') invalidEach(causes, 'roleRef.name', name, pathSegmentName(name, false));
}

function checkSubjects(
  subjects: readonly Frozen<Subject>[] | undefined,
  namespaced: boolean,
  causes: Cause[],
): void {
  for (const [index, subject] of (subjects ?? []).entries()) {
    checkSubject(subject, namespaced, `subjects[${index}]`, causes);
  }
}

function checkSubject(subject: Frozen<Subject>, namespaced: boolean, path: string, causes: Cause[]): void {
  const { kind = '', apiGroup = '', name = '', namespace = '' } = subject;
  const inGroup = (group: string) => {
    if (apiGroup !== group) causes.push(notSupported(`${path}.apiGroup`, apiGroup, [group]));
  };
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') invalidEach(causes, `${path}.name`, name, subdomainName(name, false));
      inGroup('');
      if (!namespaced && namespace === '') causes.push(required(`${path}.namespace`));
      break;
    case 'User':
    case 'Group':
      inGroup(GROUP);
      break;
    case '':
      break;
    default:
      causes.push(notSupported(`${path}.kind`, kind, ['Group', 'ServiceAccount', 'User']));
  }
}

interface Binding {
  readonly roleRef?: Frozen<RoleRef> | undefined;
}

/** Who may bind one role may not thereby bind another. */
function checkSameRole(...[after, before, causes]: Parameters<ChangeCheck<Binding>>): void {
  if (semanticEqual(after.roleRef, before.roleRef)) return;
  causes.push(invalidValue('roleRef', after.roleRef, 'cannot change roleRef'));
}
