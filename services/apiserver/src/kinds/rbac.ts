/**
 * Who writes a role or a binding gives rights away, and only those that he holds himself, unless he may `escalate` or
 * `bind` (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping).
 */
import { forbidden, isObject, notFound, semanticEqual } from '@reckon/api';
import { ALL_POWERFUL, refuseEscalation } from '../auth/authorizer.ts';
import { missingRights } from '../auth/rbac/covers.ts';
import { RBAC_GROUP } from '../auth/rbac/rbac-index.ts';
import { FULL_AUTHORITY, type PolicyRule, policyRules } from '../auth/rbac/rule.ts';
import type { Preparation } from '../verbs/env.ts';
import type { KubeObject } from '../verbs/types.ts';
import { PLAIN_STRATEGY } from './ordinary.ts';
import type { Accompanied, Change, Strategy } from './types.ts';

type Resource = 'roles' | 'clusterroles' | 'rolebindings' | 'clusterrolebindings';

export const RBAC_KINDS: readonly (readonly [string, Strategy])[] = (
  [
    ['roles', refuseRole],
    ['clusterroles', refuseRole],
    ['rolebindings', refuseBinding],
    ['clusterrolebindings', refuseBinding],
  ] as const
).map(([resource, refuse]) => [`${resource}.${RBAC_GROUP}`, checked(resource, refuse)]);

type Refuse = (preparation: Preparation, resource: Resource, object: KubeObject) => void;

function checked(resource: Resource, refuse: Refuse): Strategy {
  return {
    ...PLAIN_STRATEGY,
    createOnUpdate: true,
    accompany(change: Change, preparation: Preparation): Accompanied {
      const { groups } = preparation.context.user;
      if (!groups.includes(ALL_POWERFUL) && !onlyForItsEnd(change))
        refuse(preparation, resource, change.after);
      return { object: change.after, writes: [] };
    },
  };
}

/** Finalizers and owners may be changed by whoever may write it: the end of a role needs no rights of its own. */
function onlyForItsEnd({ before, after }: Change): boolean {
  return before !== undefined && semanticEqual(withoutEnd(before), withoutEnd(after));
}

function withoutEnd({ metadata, ...rest }: KubeObject): unknown {
  const { finalizers: _f, ownerReferences: _o, managedFields: _m, resourceVersion: _r, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

function refuseRole({ env, context: { user } }: Preparation, resource: Resource, role: KubeObject): void {
  const { namespace = '', name = '' } = role.metadata;
  const groupResource = `${resource}.${RBAC_GROUP}`;
  const escalate = { verb: 'escalate', group: RBAC_GROUP, resource, subresource: '', namespace, name };
  if (env.authority.allows(user, escalate)) return;
  // It may come to hold anything.
  if (role.aggregationRule !== undefined) {
    const why = 'must have cluster-admin privileges to use the aggregationRule';
    if (missingRights(env.authority.rulesFor(user, ''), FULL_AUTHORITY).length > 0)
      throw forbidden(groupResource, name, why);
  }
  refuseEscalation(env.authority, user, { groupResource, namespace, name, rules: policyRules(role.rules) });
}

function refuseBinding(
  { env, state, context: { user } }: Preparation,
  resource: Resource,
  binding: KubeObject,
): void {
  const { namespace = '', name = '' } = binding.metadata;
  const roleRef = isObject(binding.roleRef) ? binding.roleRef : {};
  const roleName = String(roleRef.name);
  const roles = roleRef.kind === 'Role' ? 'roles' : 'clusterroles';
  const bind = {
    verb: 'bind',
    group: RBAC_GROUP,
    resource: roles,
    subresource: '',
    namespace,
    name: roleName,
  };
  if (env.authority.allows(user, bind)) return;
  const role = state.get({
    resource: `${roles}.${RBAC_GROUP}`,
    namespace: roles === 'roles' ? namespace : '',
    name: roleName,
  });
  if (!role) throw notFound(`${roles}.${RBAC_GROUP}`, roleName);
  const rules: readonly PolicyRule[] = policyRules(role.value.rules);
  refuseEscalation(env.authority, user, {
    groupResource: `${resource}.${RBAC_GROUP}`,
    namespace,
    name,
    rules,
  });
}
