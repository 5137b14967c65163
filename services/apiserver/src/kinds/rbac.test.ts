import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { reconcileRoles } from '../bootstrap/reconcile-roles.ts';
import { namespaceOf } from '../verbs/testing/objects.ts';
import { refused } from '../verbs/testing/refused.ts';
import { TestVerbs } from '../verbs/testing/test-verbs.ts';
import type { User } from '../verbs/types.ts';

const GROUP = 'rbac.authorization.k8s.io';
const ROLES = `roles.${GROUP}`;
const BINDINGS = `rolebindings.${GROUP}`;
const CLUSTER_ROLES = `clusterroles.${GROUP}`;
const CLUSTER_BINDINGS = `clusterrolebindings.${GROUP}`;

const root: User = { name: 'root', groups: ['system:masters'] };
const jane: User = { name: 'jane', groups: ['system:authenticated'] };
const READS_PODS = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const READS_SECRETS = { verbs: ['get'], apiGroups: [''], resources: ['secrets'] };

const role = (name: string, ...rules: object[]) => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'Role',
  metadata: { name },
  rules,
});
const clusterRole = (name: string, ...rules: object[]) => ({ ...role(name, ...rules), kind: 'ClusterRole' });
const binding = (name: string, roleRef: string, user = 'jane') => {
  const [kind, roleName] = roleRef.split('/');
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: GROUP, kind, name: roleName },
    subjects: [{ kind: 'User', apiGroup: GROUP, name: user }],
  };
};
const clusterBinding = (name: string, roleName: string, user = 'jane') => ({
  ...binding(name, `ClusterRole/${roleName}`, user),
  kind: 'ClusterRoleBinding',
});

/** The door lets an update or an apply through that turns out to make the object. */
const NO_CREATE =
  /User "jane" cannot create resource "roles" in API group "rbac.authorization.k8s.io" in the namespace "shop"$/;

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
  await reconcileRoles(api.running.env);
  api.as = { user: root };
  await api.create('namespaces', namespaceOf('shop'));
  await api.create(`${ROLES} shop`, role('pods', READS_PODS));
  await api.create(`${BINDINGS} shop`, binding('jane-pods', 'Role/pods'));
});
after(() => api.stop());

const asRoot = async (work: () => Promise<unknown>) => {
  api.as = { user: root };
  await work();
  api.as = { user: jane };
};

describe('who writes a role', () => {
  before(() => {
    api.as = { user: jane };
  });

  it('gives away what he has', async () => {
    await api.create(`${ROLES} shop`, role('same', READS_PODS));
    await api.update(`${ROLES} shop/same`, role('same', READS_PODS, READS_PODS));
  });

  it('gives away nothing else, by whatever verb', async () => {
    const why =
      /user "jane" \(groups=\["system:authenticated"\]\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["secrets"\], Verbs:\["get"\]\}$/;
    await refused(api.create(`${ROLES} shop`, role('more', READS_SECRETS)), 'Forbidden', why);
    await refused(api.update(`${ROLES} shop/same`, role('same', READS_SECRETS)), 'Forbidden', why);
    await refused(api.update(`${ROLES} shop/new`, role('new', READS_SECRETS)), 'Forbidden', NO_CREATE);
    await refused(api.patch(`${ROLES} shop/same`, 'merge', { rules: [READS_SECRETS] }), 'Forbidden', why);
    await refused(
      api.apply(`${ROLES} shop/applied`, role('applied', READS_SECRETS), 'x'),
      'Forbidden',
      NO_CREATE,
    );
    await refused(api.create(`${ROLES} default`, role('elsewhere', READS_PODS)), 'Forbidden');
    await refused(api.create(CLUSTER_ROLES, clusterRole('everywhere', READS_PODS)), 'Forbidden');
  });

  it('aggregates only if he may everything', async () => {
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };
    await refused(
      api.create(CLUSTER_ROLES, { ...clusterRole('all'), aggregationRule }),
      'Forbidden',
      /must have cluster-admin privileges to use the aggregationRule/,
    );
  });

  it('may everything in it with the right to escalate', async () => {
    const escalates = {
      verbs: ['escalate'],
      apiGroups: [GROUP],
      resources: ['roles'],
      resourceNames: ['free'],
    };
    await asRoot(async () => {
      await api.create(`${ROLES} shop`, role('escalates', escalates));
      await api.create(`${BINDINGS} shop`, binding('escalates', 'Role/escalates'));
    });
    await api.create(`${ROLES} shop`, role('free', READS_SECRETS));
    await refused(api.create(`${ROLES} shop`, role('not-free', READS_SECRETS)), 'Forbidden');
  });

  it('lets go of one that holds more than he does', async () => {
    await asRoot(() =>
      api.create(`${ROLES} shop`, {
        ...role('ending', READS_SECRETS),
        metadata: { name: 'ending', finalizers: ['example.com/x'] },
      }),
    );
    await api.patch(`${ROLES} shop/ending`, 'merge', { metadata: { finalizers: [] } });
    await refused(
      api.patch(`${ROLES} shop/ending`, 'merge', { metadata: { labels: { a: 'b' } } }),
      'Forbidden',
    );
  });
});

describe('who writes a binding', () => {
  before(async () => {
    await asRoot(() => api.create(`${ROLES} shop`, role('secrets', READS_SECRETS)));
  });

  it('gives roles whose rules he holds', async () => {
    await api.create(`${BINDINGS} shop`, binding('joe', 'Role/pods', 'joe'));
  });

  it('gives no others, and none that is not there', async () => {
    const created = (object: object) => api.create(`${BINDINGS} shop`, object);
    await refused(
      created(binding('x', 'Role/secrets')),
      'Forbidden',
      /rolebindings.*"x" is forbidden: user "jane"/,
    );
    await refused(created(binding('x', 'ClusterRole/cluster-admin')), 'Forbidden');
    await refused(
      created(binding('x', 'Role/ghost')),
      'NotFound',
      /roles.rbac.authorization.k8s.io "ghost" not found/,
    );
    await refused(api.create(CLUSTER_BINDINGS, clusterBinding('x', 'cluster-admin')), 'Forbidden');
  });

  it('gives any that he may bind', async () => {
    const binds = {
      verbs: ['bind'],
      apiGroups: [GROUP],
      resources: ['clusterroles'],
      resourceNames: ['view'],
    };
    await asRoot(async () => {
      await api.create(`${ROLES} shop`, role('binds', binds));
      await api.create(`${BINDINGS} shop`, binding('binds', 'Role/binds'));
    });
    await api.create(`${BINDINGS} shop`, binding('views', 'ClusterRole/view', 'joe'));
    await refused(api.create(`${BINDINGS} shop`, binding('all', 'ClusterRole/cluster-admin')), 'Forbidden');
  });

  it('cannot make a role and bind it in one transaction either', async () => {
    const body = (value: unknown) => ({ value, duplicateFields: [] });
    await refused(
      api.verbs.transact(api.context(), [
        {
          verb: 'create',
          target: api.target(`${ROLES} shop`),
          body: body(role('t', READS_PODS)),
          options: {},
        },
        {
          verb: 'create',
          target: api.target(`${BINDINGS} shop`),
          body: body(binding('t', 'Role/secrets')),
          options: {},
        },
      ]),
      'Forbidden',
    );
  });
});

describe('the default roles', () => {
  before(() => {
    api.as = { user: root };
  });

  it('are left as they are by a second start', async () => {
    const { head } = api.running.env.cache;
    await reconcileRoles(api.running.env);
    assert.equal(api.running.env.cache.head, head);
  });

  it('get back what was taken from them, and keep what was added', async () => {
    const discovery = await api.get(`${CLUSTER_ROLES} system:discovery`);
    const added = { verbs: ['get'], nonResourceURLs: ['/added'] };
    await api.update(`${CLUSTER_ROLES} system:discovery`, { ...discovery, rules: [added] });
    await api.delete(`${CLUSTER_BINDINGS} system:discovery`);
    await reconcileRoles(api.running.env);
    const again = await api.get(`${CLUSTER_ROLES} system:discovery`);
    assert.deepEqual(again.rules, [added, ...(discovery.rules as object[])]);
    await api.get(`${CLUSTER_BINDINGS} system:discovery`);
  });

  it('are left alone where their annotation says so', async () => {
    const metadata = { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } };
    await api.patch(`${CLUSTER_BINDINGS} system:basic-user`, 'merge', { metadata, subjects: null });
    await reconcileRoles(api.running.env);
    assert.equal((await api.get(`${CLUSTER_BINDINGS} system:basic-user`)).subjects, undefined);
  });
});
