import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { User } from '../verbs/types.ts';
import { impersonate } from './impersonation.ts';
import { RBAC_GROUP } from './rbac/rbac-index.ts';
import { testAuthority } from './testing/test-authority.ts';

const proxy: User = { name: 'proxy', groups: ['system:authenticated'] };

function act(headers: Record<string, string>, ...rules: readonly object[]): User {
  const apiVersion = `${RBAC_GROUP}/v1`;
  const metadata = { name: 'impersonator' };
  const roleRef = { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: 'impersonator' };
  const subjects = [{ kind: 'User', name: 'proxy' }];
  const { authorizer } = testAuthority(
    { apiVersion, kind: 'ClusterRole', metadata, rules },
    { apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef, subjects },
  );
  return impersonate(
    proxy,
    { header: (name) => headers[name], headerNames: () => Object.keys(headers) },
    authorizer,
  );
}

function right(resource: string, apiGroup = '', ...resourceNames: string[]): object {
  return { verbs: ['impersonate'], apiGroups: [apiGroup], resources: [resource], resourceNames };
}

const AUTHENTICATION = 'authentication.k8s.io';

it('without a header everybody is himself', () => {
  assert.equal(act({}), proxy);
});

it('each part of whom one acts as needs its right', () => {
  const headers = {
    'impersonate-user': 'jane',
    'impersonate-group': 'dev, ops',
    'impersonate-uid': '7',
    'impersonate-extra-scopes%2fa': 'view, edit',
  };
  const rights = [
    right('users', '', 'jane'),
    right('groups', '', 'dev', 'ops'),
    right('uids', AUTHENTICATION),
    right('userextras/scopes/a', AUTHENTICATION, 'view', 'edit'),
  ];
  assert.deepEqual(act(headers, ...rights), {
    name: 'jane',
    uid: '7',
    groups: ['dev', 'ops', 'system:authenticated'],
    extra: { 'scopes/a': ['view', 'edit'] },
  });
  const refusals = [
    /users "jane" is forbidden: User "proxy" cannot impersonate resource "users" in API group ""/,
    /groups "dev" is forbidden: User "proxy" cannot impersonate resource "groups"/,
    /uids.authentication.k8s.io "7" is forbidden/,
    /userextras.authentication.k8s.io "view" is forbidden: User "proxy" cannot impersonate resource "userextras\/scopes\/a"/,
  ];
  for (const [at, message] of refusals.entries())
    assert.throws(() => act(headers, ...rights.toSpliced(at, 1)), { reason: 'Forbidden', message });
});

it('a right to one name is none to another, or to a group', () => {
  const users = right('users', '', 'jane');
  assert.throws(() => act({ 'impersonate-user': 'joe' }, users), { reason: 'Forbidden' });
  const masters = { 'impersonate-user': 'jane', 'impersonate-group': 'system:masters' };
  assert.throws(() => act(masters, users, right('groups', '', 'dev')), { reason: 'Forbidden' });
});

it('a ServiceAccount is impersonated with a right to it in its namespace, and has its groups', () => {
  const headers = { 'impersonate-user': 'system:serviceaccount:shop:cart' };
  assert.throws(() => act(headers, right('users')), { reason: 'Forbidden' });
  assert.deepEqual(act(headers, right('serviceaccounts', '', 'cart')).groups, [
    'system:serviceaccounts',
    'system:serviceaccounts:shop',
    'system:authenticated',
  ]);
});

it('a part of nobody is a bad request, and so is a header that cannot be read', () => {
  assert.throws(() => act({ 'impersonate-group': 'dev' }, right('groups')), { reason: 'BadRequest' });
  const headers = { 'impersonate-user': 'jane', 'impersonate-extra-%e0': 'x' };
  assert.throws(() => act(headers, right('users')), { reason: 'BadRequest' });
});

it('nobody in particular is not authenticated', () => {
  const headers = { 'impersonate-user': 'system:anonymous' };
  assert.deepEqual(act(headers, right('users')).groups, ['system:unauthenticated']);
});
