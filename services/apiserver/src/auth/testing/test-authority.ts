/** For tests: an authorizer that knows the default roles, and what else it is given. */
import { DEFAULT_RBAC } from '../../bootstrap/default-roles.ts';
import type { KubeObject } from '../../verbs/types.ts';
import { UnionAuthorizer } from '../authorizer.ts';
import { NodeAuthorizer } from '../node/node-authorizer.ts';
import { NodeIndex } from '../node/node-index.ts';
import { RBAC_GROUP, RbacIndex } from '../rbac/rbac-index.ts';

export interface TestAuthority {
  readonly authorizer: UnionAuthorizer;
  readonly rbac: RbacIndex;
  readonly nodes: NodeIndex;
}

/** @param objects Roles, ClusterRoles and their bindings beside the default ones. */
export function testAuthority(...objects: readonly KubeObject[]): TestAuthority {
  const rbac = new RbacIndex();
  const nodes = new NodeIndex();
  for (const [resource, object] of DEFAULT_RBAC) rbac.put(resource, object);
  for (const object of objects) rbac.put(`${object.kind.toLowerCase()}s.${RBAC_GROUP}`, object);
  return { rbac, nodes, authorizer: new UnionAuthorizer({ rbac, node: new NodeAuthorizer(nodes) }) };
}

/** A Role and a RoleBinding of one name that give `rules` to a user in a namespace. */
export function granted(
  namespace: string,
  user: string,
  ...rules: readonly object[]
): readonly [KubeObject, KubeObject] {
  const metadata = { namespace, name: `of-${user}` };
  const apiVersion = `${RBAC_GROUP}/v1`;
  const roleRef = { apiGroup: RBAC_GROUP, kind: 'Role', name: metadata.name };
  const subjects = [{ apiGroup: RBAC_GROUP, kind: 'User', name: user }];
  return [
    { apiVersion, kind: 'Role', metadata, rules },
    { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects },
  ];
}
