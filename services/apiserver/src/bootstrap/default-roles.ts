import type { KubeObject } from '../verbs/types.ts';
import { DEFAULT_BINDINGS } from './roles/bindings.ts';
import { FOR_PEOPLE } from './roles/for-people.ts';
import { FOR_SERVICES } from './roles/for-services.ts';

/** By resource, roles before what binds them. */
export const DEFAULT_RBAC: readonly (readonly [string, KubeObject])[] = [
  ...[...FOR_PEOPLE, ...FOR_SERVICES].map(
    (role) => ['clusterroles.rbac.authorization.k8s.io', role] as const,
  ),
  ...DEFAULT_BINDINGS.map((binding) => ['clusterrolebindings.rbac.authorization.k8s.io', binding] as const),
];
