import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { refused } from '../verbs/testing/refused.ts';
import { TestVerbs } from '../verbs/testing/test-verbs.ts';
import type { User } from '../verbs/types.ts';

const root: User = { name: 'root', groups: ['system:masters'] };
const agent: User = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };

let api: TestVerbs;
const node = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels },
});
const pod = (name: string, nodeName: string, annotations: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations },
  spec: { nodeName, automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] },
});
const tokenRequest = (boundObjectRef?: object) => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenRequest',
  spec: { boundObjectRef },
});

before(async () => {
  api = await TestVerbs.start();
  api.as = { user: root };
  await api.create('nodes', node('n2'));
  await api.create('pods default', pod('own', 'n1'));
  await api.create('pods default', pod('other', 'n2'));
  api.as = { user: agent };
});
after(() => api.stop());

describe('the agent of a node', () => {
  it('registers its own Node, with the labels that agents set', async () => {
    const labels = { 'kubernetes.io/hostname': 'n1', 'node.kubernetes.io/a': 'b', 'example.com/x': 'y' };
    await api.create('nodes', node('n1', labels));
    await refused(
      api.create('nodes', node('n3')),
      'Forbidden',
      /node "n1" is not allowed to modify node "n3"/,
    );
  });

  it('sets no label that says what only administrators say', async () => {
    const modify = (labels: Record<string, string | null>) =>
      api.patch('nodes n1', 'merge', { metadata: { labels } });
    await modify({ 'example.com/x': null, 'kubelet.kubernetes.io/a': 'b' });
    for (const label of [
      'node-restriction.kubernetes.io/a',
      'x.node-restriction.kubernetes.io/a',
      'kubernetes.io/role',
      'a.k8s.io/b',
      'node-role.kubernetes.io/control-plane',
    ])
      await refused(
        modify({ [label]: '' }),
        'Forbidden',
        new RegExp(`is not allowed to modify labels: ${label}`),
      );
    await refused(
      api.create('nodes', node('n1', { 'node-restriction.kubernetes.io/a': '' })),
      'Forbidden',
      /not allowed to set the following labels: node-restriction/,
    );
  });

  it('neither taints nor untaints itself, and writes no other Node', async () => {
    const taints = [{ key: 'a', effect: 'NoSchedule' }];
    await refused(
      api.patch('nodes n1', 'merge', { spec: { taints } }),
      'Forbidden',
      /not allowed to modify taints/,
    );
    await refused(
      api.patch('nodes/status n2', 'merge', { status: { phase: 'Running' } }),
      'Forbidden',
      /node "n1" is not allowed to modify node "n2"/,
    );
  });

  it('says of its own pods how they are', async () => {
    const status = { status: { phase: 'Running' } };
    await api.patch('pods/status default/own', 'merge', status);
    await refused(
      api.patch('pods/status default/other', 'merge', status),
      'Forbidden',
      /node "n1" can only update pod status for pods with spec.nodeName set to itself/,
    );
  });

  it('gets tokens for pods that it runs', async () => {
    const ask = (reference?: object) =>
      api.create('serviceaccounts/token default/default', tokenRequest(reference));
    await ask({ kind: 'Pod', apiVersion: 'v1', name: 'own' });
    await refused(ask(), 'Forbidden', /node requested token not bound to a pod/);
    await refused(ask({ kind: 'Node', apiVersion: 'v1', name: 'n1' }), 'Forbidden', /not bound to a pod/);
    await refused(
      ask({ kind: 'Pod', apiVersion: 'v1', name: 'other' }),
      'Forbidden',
      /node requested token bound to a pod scheduled on a different node/,
    );
  });

  it('deletes and evicts its own pods only, and makes none but mirrors', async () => {
    const why = /node "n1" can only delete pods with spec.nodeName set to itself/;
    await refused(api.delete('pods default/other'), 'Forbidden', why);
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'other' } };
    await refused(api.create('pods/eviction default/other', eviction), 'Forbidden', why);
    await api.delete('pods default/own', { gracePeriodSeconds: 0 });
    await refused(
      api.create('pods default', pod('made', 'n1')),
      'Forbidden',
      /node "n1" can only create mirror pods/,
    );
    const mirror = { 'kubernetes.io/config.mirror': 'x' };
    await refused(
      api.create('pods default', pod('made', 'n2', mirror)),
      'Forbidden',
      /can only create pods with spec.nodeName set to itself/,
    );
  });

  it('renews the Lease of its own name', async () => {
    const lease = (name: string) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name },
    });
    const leases = 'leases.coordination.k8s.io';
    await api.create(`${leases} kube-node-lease`, lease('n1'));
    await refused(
      api.create(`${leases} kube-node-lease`, lease('n2')),
      'Forbidden',
      /same name as the requesting node/,
    );
    await refused(
      api.create(`${leases} default`, lease('n1')),
      'Forbidden',
      /"kube-node-lease" system namespace/,
    );
  });
});

it('nobody else is bound by it', async () => {
  api.as = { user: root };
  await api.patch('nodes n2', 'merge', { metadata: { labels: { 'node-restriction.kubernetes.io/a': 'b' } } });
  const { metadata } = await api.get('nodes n2');
  assert.equal(metadata.labels?.['node-restriction.kubernetes.io/a'], 'b');
});
