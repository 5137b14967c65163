import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, objectOf, updateProblems } from '../testing.ts';

type Fields = Record<string, unknown>;

const ROLES = 'roles.rbac.authorization.k8s.io';
const CLUSTER_ROLES = 'clusterroles.rbac.authorization.k8s.io';
const ROLE_BINDINGS = 'rolebindings.rbac.authorization.k8s.io';
const CLUSTER_ROLE_BINDINGS = 'clusterrolebindings.rbac.authorization.k8s.io';
const GROUP = 'rbac.authorization.k8s.io';

describe('roles', () => {
  const role = (rule: Fields, resource = ROLES) => createProblems({ resource, rules: [rule] });
  const read = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };

  it('may be as the tutorials have them, of names with colons', () => {
    assert.deepEqual(role(read), []);
    assert.deepEqual(createProblems({ resource: CLUSTER_ROLES, metadata: { name: 'system:x' } }), []);
    assert.deepEqual(createProblems({ resource: ROLES, metadata: { name: 'a/b' } }), [
      `metadata.name: Invalid value: "a/b": may not contain '/'`,
    ]);
  });

  it('allow something, to something', () => {
    assert.deepEqual(role({}), [
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ]);
  });

  it('of the cluster may be about paths, and then about nothing else', () => {
    const paths = { verbs: ['get'], nonResourceURLs: ['/healthz'] };
    assert.deepEqual(role(paths, CLUSTER_ROLES), []);
    assert.deepEqual(role(paths), [
      'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
    ]);
    assert.deepEqual(role({ ...read, ...paths }, CLUSTER_ROLES), [
      'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: rules cannot apply to both regular resources and non-resource URLs',
    ]);
    assert.deepEqual(createProblems({ resource: CLUSTER_ROLES, aggregationRule: {} }), [
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ]);
  });
});

describe('bindings', () => {
  const roleRef = { kind: 'ClusterRole', name: 'view' };
  const binding = (rest: Fields, resource = ROLE_BINDINGS) => ({ resource, roleRef, ...rest });
  const problems = (rest: Fields, resource?: string) => createProblems(binding(rest, resource));

  it('get the API groups that are left out', () => {
    const subjects = [
      { kind: 'User', name: 'ann' },
      { kind: 'ServiceAccount', name: 'sa', namespace: 'ns' },
    ];
    const complete = objectOf(binding({ subjects }));
    assert.deepEqual(complete.roleRef, { ...roleRef, apiGroup: GROUP });
    assert.deepEqual(complete.subjects, [{ ...subjects[0], apiGroup: GROUP }, subjects[1]]);
    assert.deepEqual(problems({ subjects }), []);
  });

  it('name a role and somebody', () => {
    assert.deepEqual(problems({ roleRef: { kind: 'Rule' } }), [
      'roleRef.name: Required value',
      'roleRef.kind: Unsupported value: "Rule": supported values: "Role", "ClusterRole"',
    ]);
    assert.deepEqual(problems({ roleRef: { kind: 'Role', name: 'r' } }, CLUSTER_ROLE_BINDINGS), [
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    ]);
    assert.deepEqual(problems({ subjects: [{ kind: 'Robot', name: 'r' }, { kind: 'User' }] }), [
      'subjects[1].name: Required value',
      'subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"',
    ]);
    const nowhere = { subjects: [{ kind: 'ServiceAccount', name: 'sa' }] };
    assert.deepEqual(problems(nowhere, CLUSTER_ROLE_BINDINGS), ['subjects[0].namespace: Required value']);
  });

  it('never change their role', () => {
    const other = binding({ roleRef: { kind: 'ClusterRole', name: 'admin' } });
    assert.deepEqual(updateProblems(binding({}), other), [
      `roleRef: Invalid value: {"kind":"ClusterRole","name":"admin","apiGroup":"${GROUP}"}: cannot change roleRef`,
    ]);
    assert.deepEqual(updateProblems(binding({}), binding({ subjects: [{ kind: 'User', name: 'bo' }] })), []);
  });
});
