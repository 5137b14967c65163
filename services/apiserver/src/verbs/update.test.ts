import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { configMapOf, deploymentOf, podOf, serviceOf, specOf, statusOf } from './testing/objects.ts';
import { refused } from './testing/refused.ts';
import { TestVerbs } from './testing/test-verbs.ts';
import type { KubeObject } from './types.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

function with_(object: KubeObject, changes: Readonly<Record<string, unknown>>): KubeObject {
  return { ...object, ...changes };
}

describe('update', () => {
  it('succeeds only against the version that it names', async () => {
    const first = await api.create('configmaps default', configMapOf('versions', { k: '1' }));
    const second = await api.update('configmaps default/versions', with_(first, { data: { k: '2' } }));
    await refused(
      api.update('configmaps default/versions', with_(first, { data: { k: '3' } })),
      'Conflict',
      'Operation cannot be fulfilled on configmaps "versions": the object has been modified; please apply your changes to the latest version and try again',
    );
    assert.deepEqual(await api.get('configmaps default/versions'), second);
  });

  it('without a version replaces whatever is there, however many do so at once', async () => {
    await api.create('configmaps default', configMapOf('contended'));
    const writers = Array.from({ length: 30 }, (_, i) =>
      api.update('configmaps default/contended', configMapOf('contended', { writer: String(i) })),
    );
    const results = await Promise.all(writers);
    const revisions = new Set(results.map((object) => object.metadata.resourceVersion));
    assert.equal(revisions.size, 30);
  });

  it('of an account needs no version', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'free' } };
    await api.create('serviceaccounts default', account);
    const changed = { ...account, automountServiceAccountToken: false };
    const updated = await api.update('serviceaccounts default/free', changed);
    assert.equal(updated.automountServiceAccountToken, false);
  });

  it('of a kind that asks for a version is refused without one', async () => {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'asks' } };
    await api.create('leases.coordination.k8s.io default', lease);
    await refused(
      api.update('leases.coordination.k8s.io default/asks', lease),
      'Invalid',
      /metadata\.resourceVersion: Invalid value: 0: must be specified for an update/,
    );
  });

  it('that changes nothing takes no revision', async () => {
    const made = await api.create('deployments.apps default', deploymentOf('same'));
    const head = api.running.env.cache.head;
    assert.deepEqual(await api.update('deployments.apps default/same', made), made);
    assert.deepEqual(await api.update('deployments.apps default/same', deploymentOf('same')), made);
    assert.equal(api.running.env.cache.head, head);
  });

  it('cannot change who the object is, when it began, or what the system counts', async () => {
    const made = await api.create('deployments.apps default', deploymentOf('identity'));
    const metadata = {
      ...made.metadata,
      creationTimestamp: '2001-01-01T00:00:00Z',
      generation: 9,
      labels: { a: 'b' },
    };
    const updated = await api.update('deployments.apps default/identity', { ...made, metadata });
    assert.equal(updated.metadata.creationTimestamp, made.metadata.creationTimestamp);
    assert.equal(updated.metadata.generation, 1);
    assert.deepEqual(updated.metadata.labels, { a: 'b' });
    await refused(
      api.update('deployments.apps default/identity', {
        ...updated,
        metadata: { ...updated.metadata, uid: 'other' },
      }),
      'Conflict',
      /Precondition failed: UID in precondition: other, UID in object meta: /,
    );
  });

  it('refuses a name and a namespace that are not those of the request', async () => {
    await api.create('configmaps default', configMapOf('named'));
    await refused(
      api.update('configmaps default/named', configMapOf('renamed')),
      'BadRequest',
      'the name of the object (renamed) does not match the name on the URL (named)',
    );
    await refused(
      api.update('configmaps default/named', configMapOf('named', {}, { namespace: 'x' })),
      'BadRequest',
    );
  });

  it('of what is not there is NotFound, but makes a Lease or Endpoints', async () => {
    await refused(
      api.update('configmaps default/absent', configMapOf('absent')),
      'NotFound',
      'configmaps "absent" not found',
    );
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'made' },
      spec: { holderIdentity: 'me' },
    };
    const made = await api.update('leases.coordination.k8s.io default/made', lease);
    assert.equal(specOf(made).holderIdentity, 'me');
  });

  it('counts generations when what is wanted changes, and only then', async () => {
    const made = await api.create('deployments.apps default', deploymentOf('counted'));
    const scaled = await api.update('deployments.apps default/counted', {
      ...made,
      spec: { ...specOf(made), replicas: 2 },
    });
    assert.equal(scaled.metadata.generation, 2);
    const labelled = await api.update('deployments.apps default/counted', {
      ...scaled,
      metadata: { ...scaled.metadata, labels: { a: 'b' } },
    });
    assert.equal(labelled.metadata.generation, 2);
    const noted = await api.update('deployments.apps default/counted', {
      ...labelled,
      metadata: { ...labelled.metadata, annotations: { a: 'b' } },
    });
    assert.equal(noted.metadata.generation, 3, 'a Deployment hands its annotations on');
  });

  it('ends an object whose last finalizer it takes away', async () => {
    const made = await api.create(
      'configmaps default',
      configMapOf('last', {}, { finalizers: ['example.com/hold'] }),
    );
    const { object, deleted } = await api.delete('configmaps default/last');
    assert.equal(deleted, false);
    assert.ok(object.value.metadata.deletionTimestamp);
    const watch = await api.watch('configmaps default', { resourceVersion: String(object.rev) });
    await api.update('configmaps default/last', {
      ...made,
      metadata: { ...object.value.metadata, finalizers: [] },
    });
    assert.deepEqual(await watch.lines(1), ['DELETED default/last']);
    watch.stop();
    await refused(api.get('configmaps default/last'), 'NotFound');
  });

  it('warns of what nothing acts on yet', async () => {
    await api.create('services default', serviceOf('affine', { sessionAffinity: 'ClientIP' }));
    const told = [...api.warnings];
    assert.equal(
      told.every((warning) =>
        /: accepted and kept, but nothing in this cluster acts on it yet$/.test(warning),
      ),
      true,
    );
  });
});

describe('status', () => {
  it('is written through its own door, and only there', async () => {
    const made = await api.create('deployments.apps default', deploymentOf('two-doors'));
    const reported = await api.update('deployments.apps default/two-doors'.replace('apps ', 'apps/status '), {
      ...made,
      spec: { ...specOf(made), replicas: 9 },
      status: { replicas: 1, observedGeneration: 1 },
    });
    assert.equal(specOf(reported).replicas, 1);
    assert.deepEqual(statusOf(reported), { replicas: 1, observedGeneration: 1 });
    assert.equal(reported.metadata.generation, 1);
    const updated = await api.update('deployments.apps default/two-doors', {
      ...reported,
      spec: { ...specOf(reported), replicas: 2 },
      status: { replicas: 7 },
    });
    assert.deepEqual(statusOf(updated), { replicas: 1, observedGeneration: 1 });
    assert.equal(specOf(updated).replicas, 2);
  });

  it('can bring metadata along, of a Deployment all but its labels', async () => {
    const write = async (resource: string, made: KubeObject) => {
      const metadata = {
        ...made.metadata,
        labels: { new: 'x' },
        annotations: { note: 'y' },
        finalizers: ['a/b'],
      };
      const written = await api.update(`${resource}/status default/noted`, { ...made, metadata });
      const { labels, annotations, finalizers, generation } = written.metadata;
      return { labels, annotations, finalizers, generation };
    };
    const replicaSet = { ...deploymentOf('noted'), kind: 'ReplicaSet' };
    assert.deepEqual(
      await write('replicasets.apps', await api.create('replicasets.apps default', replicaSet)),
      {
        labels: { new: 'x' },
        annotations: { note: 'y' },
        finalizers: ['a/b'],
        generation: 1,
      },
    );
    const deployment = await api.create('deployments.apps default', deploymentOf('noted'));
    assert.deepEqual(await write('deployments.apps', deployment), {
      labels: deployment.metadata.labels,
      annotations: { note: 'y' },
      finalizers: ['a/b'],
      generation: 1,
    });
  });

  it('of a pod leaves its spec and its owners alone', async () => {
    const made = await api.create('pods default', podOf('reporting'));
    const reported = await api.update('pods/status default/reporting', {
      ...made,
      metadata: { ...made.metadata, ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x' }] },
      spec: { ...specOf(made), nodeName: 'n' },
      status: { phase: 'Running', podIP: '10.244.0.5', podIPs: [{ ip: '10.244.0.5' }] },
    });
    assert.equal(reported.metadata.ownerReferences, undefined);
    assert.equal(specOf(reported).nodeName, undefined);
    assert.equal(statusOf(reported).podIP, '10.244.0.5');
    assert.equal(
      reported.metadata.managedFields?.find((entry) => entry.subresource === 'status')?.manager,
      'test',
    );
  });
});

describe('scale', () => {
  it('shows and changes the replicas of what has them', async () => {
    await api.create('deployments.apps default', deploymentOf('scaled', { replicas: 2 }));
    const scale = await api.get('deployments.apps/scale default/scaled');
    assert.equal(scale.kind, 'Scale');
    assert.equal(scale.apiVersion, 'autoscaling/v1');
    assert.deepEqual(scale.spec, { replicas: 2 });
    assert.deepEqual(scale.status, { replicas: 0, selector: 'app=scaled' });
    const changed = await api.update('deployments.apps/scale default/scaled', {
      ...scale,
      spec: { replicas: 5 },
    });
    assert.deepEqual(changed.spec, { replicas: 5 });
    assert.equal(specOf(await api.get('deployments.apps default/scaled')).replicas, 5);
    await refused(
      api.update('deployments.apps/scale default/scaled', { ...scale, spec: { replicas: 6 } }),
      'Conflict',
    );
    const patched = await api.patch('deployments.apps/scale default/scaled', 'merge', {
      spec: { replicas: 3 },
    });
    assert.deepEqual(patched.spec, { replicas: 3 });
    assert.equal((await api.get('deployments.apps default/scaled')).metadata.generation, 3);
  });
});
