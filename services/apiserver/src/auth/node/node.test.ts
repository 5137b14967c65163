import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccessAttributes, KubeObject, User } from '../../verbs/types.ts';
import { testAuthority } from '../testing/test-authority.ts';
import { type PodEntry, referencesOf } from './node-index.ts';

const agent: User = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };

function podEntry(name: string, nodeName: string | undefined, spec: object = {}): PodEntry {
  const value: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop' },
    spec: { nodeName, serviceAccountName: 'cart', ...spec },
  };
  return { key: { resource: 'pods', namespace: 'shop', name }, uid: name, selectable: { nodeName }, value };
}

const WITH_SECRETS = {
  imagePullSecrets: [{ name: 'registry' }],
  containers: [
    {
      env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'of-env', key: 'a' } } }],
      envFrom: [{ configMapRef: { name: 'settings' } }],
    },
  ],
  volumes: [
    { name: 'a', secret: { secretName: 'mounted' } },
    { name: 'b', projected: { sources: [{ configMap: { name: 'kube-root-ca.crt' } }] } },
    { name: 'c', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'd', csi: { driver: 'x', nodePublishSecretRef: { name: 'of-csi' } } },
  ],
};

function world() {
  const { authorizer, nodes } = testAuthority();
  const own = podEntry('own', 'n1', WITH_SECRETS);
  nodes.put(own, undefined);
  nodes.put(podEntry('other', 'n2', { imagePullSecrets: [{ name: 'of-other' }] }), undefined);
  const ask = (verb: string, what: string, place: string, fieldSelector?: string) => {
    const [resourceText = '', group = ''] = what.split(' ');
    const [resource = '', subresource = ''] = resourceText.split('/');
    const [namespace = '', name = ''] = place.split('/');
    const asked: AccessAttributes = {
      verb,
      group,
      resource,
      subresource,
      namespace,
      name,
      ...(fieldSelector && { fieldSelector }),
    };
    return authorizer.allows(agent, asked) ? 'yes' : authorizer.reasonAgainst(agent, asked);
  };
  return { ask, nodes, own };
}

const UNRELATED = "no relationship found between node 'n1' and this object";

describe('a node agent', () => {
  it('reads the secrets and config maps that its pods name, one by one', () => {
    const { ask } = world();
    for (const name of ['registry', 'of-env', 'mounted', 'of-csi'])
      assert.equal(ask('get', 'secrets', `shop/${name}`), 'yes', name);
    assert.equal(ask('watch', 'configmaps', 'shop/settings'), 'yes');
    assert.equal(ask('get', 'configmaps', 'shop/kube-root-ca.crt'), 'yes');
    assert.equal(ask('get', 'persistentvolumeclaims', 'shop/data'), 'yes');
    assert.equal(ask('get', 'secrets', 'shop/of-other'), UNRELATED);
    assert.equal(ask('get', 'secrets', 'kube-system/mounted'), UNRELATED);
    assert.equal(ask('list', 'secrets', 'shop/'), 'No Object name found');
    assert.equal(ask('list', 'secrets', '/'), 'can only read namespaced object of this type');
    assert.equal(ask('update', 'secrets', 'shop/mounted'), 'can only read resources of this type');
    assert.equal(ask('list', 'persistentvolumeclaims', 'shop/data'), 'can only read resources of this type');
  });

  it('loses what it could read when the pod is gone from its node', () => {
    const { ask, nodes, own } = world();
    nodes.remove(own);
    assert.equal(ask('get', 'secrets', 'shop/mounted'), UNRELATED);
  });

  it('does not read what a pod names before the pod is bound to it', () => {
    const { ask, nodes } = world();
    const waiting = podEntry('waits', undefined, { imagePullSecrets: [{ name: 'later' }] });
    nodes.put(waiting, undefined);
    assert.equal(ask('get', 'secrets', 'shop/later'), UNRELATED);
    nodes.put(podEntry('waits', 'n1', { imagePullSecrets: [{ name: 'later' }] }), waiting);
    assert.equal(ask('get', 'secrets', 'shop/later'), 'yes');
  });

  it('follows its own pods, and no others', () => {
    const { ask } = world();
    assert.equal(ask('watch', 'pods', '/', 'spec.nodeName=n1'), 'yes');
    assert.equal(ask('watch', 'pods', '/', 'status.phase=Running,spec.nodeName=n1'), 'yes');
    const why = 'can only list/watch pods with spec.nodeName field selector';
    assert.equal(ask('watch', 'pods', '/'), why);
    assert.equal(ask('list', 'pods', 'shop/', 'spec.nodeName=n2'), why);
    assert.equal(ask('list', 'pods', 'shop/', 'spec.nodeName!=n1'), why);
    assert.equal(ask('get', 'pods', 'shop/own'), 'yes');
    assert.equal(ask('get', 'pods', 'shop/other'), UNRELATED);
    assert.equal(ask('create', 'pods/exec', 'shop/own'), '');
    assert.equal(ask('update', 'pods', 'shop/own'), '');
  });

  it('gets tokens of the accounts that its pods run as', () => {
    const { ask } = world();
    assert.equal(ask('create', 'serviceaccounts/token', 'shop/cart'), 'yes');
    assert.equal(ask('create', 'serviceaccounts/token', 'kube-system/admin'), UNRELATED);
    assert.equal(ask('update', 'serviceaccounts', 'shop/cart'), 'can only read resources of this type');
  });

  it('looks after its own Node and Lease', () => {
    const { ask } = world();
    assert.equal(ask('create', 'nodes', '/'), 'yes');
    assert.equal(ask('patch', 'nodes/status', '/n1'), 'yes');
    assert.equal(ask('get', 'nodes', '/n1'), 'yes');
    assert.match(ask('get', 'nodes', '/n2'), /only its own Node object/);
    assert.match(ask('patch', 'nodes/status', '/n2'), /only its own Node object/);
    assert.match(ask('list', 'nodes', '/'), /only its own Node object/);
    assert.equal(ask('delete', 'nodes', '/n1'), '');
    const lease = 'leases coordination.k8s.io';
    assert.equal(ask('create', lease, 'kube-node-lease/'), 'yes');
    assert.equal(ask('patch', lease, 'kube-node-lease/n1'), 'yes');
    assert.match(ask('patch', lease, 'kube-node-lease/n2'), /same name as the requesting node/);
    assert.match(ask('get', lease, 'kube-system/n1'), /"kube-node-lease" system namespace/);
    assert.match(ask('list', lease, 'kube-node-lease/'), /can only get, create, update, patch, or delete/);
  });

  it('sees Services and their endpoints, tells events, and nothing else', () => {
    const { ask } = world();
    assert.equal(ask('watch', 'services', '/'), 'yes');
    assert.equal(ask('watch', 'endpointslices discovery.k8s.io', '/'), 'yes');
    assert.equal(ask('create', 'events', 'shop/'), 'yes');
    assert.equal(ask('list', 'deployments apps', '/'), '');
    assert.equal(ask('history', '* *', '/'), '');
  });

  it('must be in the group of nodes', () => {
    const { authorizer } = testAuthority();
    const lone: User = { name: 'system:node:n1', groups: ['system:authenticated'] };
    const asked = {
      verb: 'watch',
      group: '',
      resource: 'services',
      subresource: '',
      namespace: '',
      name: '',
    };
    assert.ok(!authorizer.allows(lone, asked));
    assert.ok(!authorizer.allows({ name: 'n1', groups: ['system:nodes'] }, asked));
  });
});

it('every place in a pod that names something is found', () => {
  assert.deepEqual([...referencesOf(podEntry('own', 'n1', WITH_SECRETS).value)].sort(), [
    'configmaps kube-root-ca.crt',
    'configmaps settings',
    'persistentvolumeclaims data',
    'secrets mounted',
    'secrets of-csi',
    'secrets of-env',
    'secrets registry',
    'serviceaccounts cart',
  ]);
});
