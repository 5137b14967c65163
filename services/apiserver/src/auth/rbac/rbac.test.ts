import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccessAttributes, KubeObject, User } from '../../verbs/types.ts';
import { refuseEscalation } from '../authorizer.ts';
import { granted, testAuthority } from '../testing/test-authority.ts';
import { describeMissing, missingRights } from './covers.ts';
import { RBAC_GROUP } from './rbac-index.ts';
import { policyRules } from './rule.ts';

const jane: User = { name: 'jane', groups: ['system:authenticated', 'dev'] };

function asked(verb: string, what: string, place = 'shop/'): AccessAttributes {
  const [resourceText = '', group = ''] = what.split(' ');
  const [resource = '', subresource = ''] = resourceText.split('/');
  const [namespace = '', name = ''] = place.split('/');
  return { verb, group, resource, subresource, namespace, name };
}

const path = (text: string): AccessAttributes => ({ ...asked('get', '', ''), path: text });

function clusterRole(name: string, ...rules: readonly object[]): KubeObject {
  return { apiVersion: `${RBAC_GROUP}/v1`, kind: 'ClusterRole', metadata: { name }, rules };
}

function clusterBinding(role: string, ...subjects: readonly object[]): KubeObject {
  const roleRef = { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: role };
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: role },
    roleRef,
    subjects,
  };
}

function denied(user: User, attributes: AccessAttributes, authority = testAuthority()): string {
  try {
    authority.authorizer.authorize(user, attributes);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'allowed';
}

describe('without a binding', () => {
  it('nothing is allowed, and it is said in Kubernetes’ words', () => {
    assert.equal(
      denied(jane, asked('list', 'pods', 'default/')),
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    assert.equal(
      denied(jane, asked('get', 'deployments/scale apps', 'shop/web')),
      'deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments/scale" in API group "apps" in the namespace "shop"',
    );
    assert.equal(
      denied(jane, asked('delete', 'nodes', '/n1')),
      'nodes "n1" is forbidden: User "jane" cannot delete resource "nodes" in API group "" at the cluster scope',
    );
    assert.equal(denied(jane, path('/metrics')), 'forbidden: User "jane" cannot get path "/metrics"');
  });

  it('everybody finds his way and asks what he may; nobody else does', () => {
    const nobody: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
    const review = asked('create', 'selfsubjectaccessreviews authorization.k8s.io', '/');
    for (const text of ['/api', '/apis/apps/v1', '/openapi/v3', '/version']) {
      assert.equal(denied(jane, path(text)), 'allowed', text);
    }
    assert.equal(denied(jane, review), 'allowed');
    assert.match(denied(nobody, review), /cannot create/);
    assert.match(denied(nobody, path('/api')), /cannot get path/);
    assert.equal(denied(nobody, path('/version')), 'allowed');
  });

  it('system:masters may everything', () => {
    const master: User = { name: 'root', groups: ['system:masters'] };
    assert.equal(denied(master, asked('history', '* *', '')), 'allowed');
  });

  it('a binding to a role that is not there says so', () => {
    const authority = testAuthority(clusterBinding('ghost', { kind: 'User', name: 'jane' }));
    assert.equal(
      denied(jane, asked('list', 'pods', 'default/'), authority),
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default": RBAC: clusterrole.rbac.authorization.k8s.io "ghost" not found',
    );
  });
});

describe('a rule', () => {
  const may = (rule: object, attributes: AccessAttributes) =>
    testAuthority(...granted('shop', 'jane', rule)).authorizer.allows(jane, attributes);
  const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };

  it('of a Role counts in its namespace only, and never for paths or the cluster', () => {
    assert.ok(may(all, asked('get', 'pods')));
    assert.ok(!may(all, asked('get', 'pods', 'other/')));
    assert.ok(!may(all, asked('list', 'nodes', '/')));
    assert.ok(!may({ verbs: ['*'], nonResourceURLs: ['*'] }, path('/metrics')));
  });

  it('matches verb, group and resource, all three', () => {
    const rule = { verbs: ['get'], apiGroups: ['apps'], resources: ['deployments'] };
    assert.ok(may(rule, asked('get', 'deployments apps')));
    assert.ok(!may(rule, asked('list', 'deployments apps')));
    assert.ok(!may(rule, asked('get', 'deployments extensions')));
    assert.ok(!may(rule, asked('get', 'replicasets apps')));
  });

  it('for a resource is not one for its subresources', () => {
    const pods = { verbs: ['*'], apiGroups: [''], resources: ['pods'] };
    assert.ok(!may(pods, asked('get', 'pods/log', 'shop/a')));
    assert.ok(may({ ...pods, resources: ['pods/log'] }, asked('get', 'pods/log', 'shop/a')));
    assert.ok(!may({ ...pods, resources: ['pods/log'] }, asked('get', 'pods', 'shop/a')));
    const scales = { verbs: ['get'], apiGroups: ['*'], resources: ['*/scale'] };
    assert.ok(may(scales, asked('get', 'deployments/scale apps', 'shop/web')));
    assert.ok(!may(scales, asked('get', 'deployments/status apps', 'shop/web')));
    assert.ok(!may(scales, asked('get', 'scale', 'shop/web')));
  });

  it('with names is for those objects, and for lists that ask for one of them', () => {
    const rule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['a'] };
    assert.ok(may(rule, asked('get', 'configmaps', 'shop/a')));
    assert.ok(may(rule, asked('list', 'configmaps', 'shop/a')));
    assert.ok(!may(rule, asked('get', 'configmaps', 'shop/b')));
    assert.ok(!may(rule, asked('list', 'configmaps')));
  });

  it('for paths matches them whole, or what they begin with', () => {
    const role = clusterRole('paths', { verbs: ['get'], nonResourceURLs: ['/logs/*', '/one'] });
    const authority = testAuthority(role, clusterBinding('paths', { kind: 'Group', name: 'dev' }));
    const allowed = (text: string) => authority.authorizer.allows(jane, path(text));
    assert.deepEqual(['/logs/a/b', '/one', '/one/two', '/logs', '/other'].map(allowed), [
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('a binding', () => {
  const read = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };

  it('is for the user, the group or the ServiceAccount that it names', () => {
    const binding = clusterBinding(
      'reads',
      { kind: 'Group', name: 'dev' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'shop' },
    );
    const { authorizer } = testAuthority(clusterRole('reads', read), binding);
    const allowed = (name: string, ...groups: string[]) =>
      authorizer.allows({ name, groups }, asked('get', 'pods'));
    assert.ok(allowed('anybody', 'dev'));
    assert.ok(allowed('system:serviceaccount:shop:robot'));
    assert.ok(!allowed('system:serviceaccount:other:robot'));
    assert.ok(!allowed('dev'), 'a user with the name of a group is not in it');
    assert.ok(!allowed('robot', 'system:serviceaccount:shop:robot'));
  });

  it('of a namespace gives a ClusterRole there only', () => {
    const [, binding] = granted('shop', 'jane');
    const roleRef = { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: 'reads' };
    const { authorizer } = testAuthority(clusterRole('reads', read), { ...binding, roleRef });
    assert.ok(authorizer.allows(jane, asked('get', 'pods')));
    assert.ok(!authorizer.allows(jane, asked('get', 'pods', 'other/')));
  });

  it('counts as it is now: roles and bindings that change or go take their rights along', () => {
    const role = clusterRole('reads', read);
    const binding = clusterBinding('reads', { kind: 'User', name: 'jane' });
    const { authorizer, rbac } = testAuthority(role, binding);
    const allowed = () => authorizer.allows(jane, asked('get', 'pods'));
    rbac.put(`clusterroles.${RBAC_GROUP}`, clusterRole('reads'));
    assert.ok(!allowed(), 'the role lost its rule');
    rbac.put(`clusterroles.${RBAC_GROUP}`, role);
    assert.ok(allowed());
    rbac.put(`clusterrolebindings.${RBAC_GROUP}`, clusterBinding('reads', { kind: 'User', name: 'joe' }));
    assert.ok(!allowed(), 'the binding names somebody else');
    rbac.put(`clusterrolebindings.${RBAC_GROUP}`, binding);
    rbac.remove(`clusterroles.${RBAC_GROUP}`, '', 'reads');
    assert.ok(!allowed(), 'the role is gone');
    rbac.put(`clusterroles.${RBAC_GROUP}`, role);
    assert.ok(allowed());
    rbac.remove(`clusterrolebindings.${RBAC_GROUP}`, '', 'reads');
    assert.ok(!allowed(), 'the binding is gone');
  });

  it('that is one of two leaves the right of the other when it goes', () => {
    const binding = clusterBinding('reads', { kind: 'User', name: 'jane' });
    const second = { ...binding, metadata: { name: 'second' } };
    const { authorizer, rbac } = testAuthority(clusterRole('reads', read), binding, second);
    rbac.remove(`clusterrolebindings.${RBAC_GROUP}`, '', 'reads');
    assert.ok(authorizer.allows(jane, asked('get', 'pods')));
    rbac.remove(`clusterrolebindings.${RBAC_GROUP}`, '', 'second');
    assert.ok(!authorizer.allows(jane, asked('get', 'pods')));
  });
});

describe('giving rights away', () => {
  const rules = (...given: readonly object[]) => policyRules(given);
  const missing = (held: readonly object[], wanted: readonly object[]) =>
    describeMissing(missingRights(rules(...held), rules(...wanted)));

  it('needs each of them, whatever rules they are spread over', () => {
    const held = [
      { verbs: ['get'], apiGroups: [''], resources: ['pods', 'services'] },
      { verbs: ['list'], apiGroups: [''], resources: ['pods'] },
    ];
    const wanted = [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'services'] }];
    assert.deepEqual(missing(held, wanted), ['{APIGroups:[""], Resources:["services"], Verbs:["list"]}']);
    assert.deepEqual(missing(held, held), []);
  });

  it('of all names is not covered by some names, nor all verbs by many', () => {
    const named = { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'] };
    assert.deepEqual(missing([named], [{ ...named, resourceNames: [] }]), [
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    ]);
    assert.deepEqual(missing([named], [{ ...named, resourceNames: ['b'] }]), []);
    assert.deepEqual(missing([{ ...named, resourceNames: [] }], [{ ...named, verbs: ['*'] }]).length, 2);
  });

  it('of a subresource is covered by that of all resources', () => {
    const scale = { verbs: ['update'], apiGroups: ['apps'], resources: ['deployments/scale'] };
    assert.deepEqual(missing([{ ...scale, resources: ['*/scale'] }], [scale]), []);
    assert.deepEqual(missing([{ ...scale, resources: ['deployments'] }], [scale]).length, 1);
  });

  it('of paths is covered by what they begin with', () => {
    const wanted = [{ verbs: ['get'], nonResourceURLs: ['/metrics/a', '/other'] }];
    assert.deepEqual(missing([{ verbs: ['get'], nonResourceURLs: ['/metrics/*'] }], wanted), [
      '{NonResourceURLs:["/other"], Verbs:["get"]}',
    ]);
  });

  it('is refused in Kubernetes’ words', () => {
    const { authorizer } = testAuthority();
    const wanted = {
      groupResource: `roles.${RBAC_GROUP}`,
      namespace: 'shop',
      name: 'x',
      rules: rules({ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }),
    };
    assert.throws(() => refuseEscalation(authorizer, jane, wanted), {
      message:
        'roles.rbac.authorization.k8s.io "x" is forbidden: user "jane" (groups=["system:authenticated" "dev"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    });
  });
});
