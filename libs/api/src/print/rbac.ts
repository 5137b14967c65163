import type { ClusterRoleBinding } from '@reckon/proto/reckon/api/rbac/v1/cluster_role_binding.ts';
import type { RoleBinding } from '@reckon/proto/reckon/api/rbac/v1/role_binding.ts';
import type { Subject } from '@reckon/proto/reckon/api/rbac/v1/types.ts';
import { ageOf } from '../names/duration.ts';
import { AGE, NAME, printer, text, wide } from './columns.ts';
import type { Frozen } from './types.ts';

export const bindingPrinter = printer<RoleBinding | ClusterRoleBinding>(
  [
    NAME,
    text('Role', 'The role that is given.'),
    AGE,
    wide(text('Users', 'Users that it is given to.')),
    wide(text('Groups', 'Groups that it is given to.')),
    wide(text('ServiceAccounts', 'ServiceAccounts that it is given to.')),
  ],
  ({ metadata, roleRef, subjects = [] }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`,
      ageOf(metadata.creationTimestamp, nowMs),
      named(subjects, 'User'),
      named(subjects, 'Group'),
      named(subjects, 'ServiceAccount'),
    ],
  }),
);

function named(subjects: readonly Frozen<Subject>[], wanted: string): string {
  return subjects
    .filter(({ kind }) => kind === wanted)
    .map(({ namespace, name = '' }) => (wanted === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');
}
