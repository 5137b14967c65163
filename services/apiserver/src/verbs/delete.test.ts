import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { configMapOf, namespaceOf, podOf, specOf, statusOf } from './testing/objects.ts';
import { refused } from './testing/refused.ts';
import { TestVerbs } from './testing/test-verbs.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

async function runningPod(name: string, spec: object = {}): Promise<void> {
  await api.create('pods default', podOf(name, { nodeName: 'n1', ...spec }));
}

describe('delete', () => {
  it('ends an object, once', async () => {
    const made = await api.create('configmaps default', configMapOf('gone'));
    const { object, deleted } = await api.delete('configmaps default/gone');
    assert.equal(deleted, true);
    assert.equal(object.value.metadata.uid, made.metadata.uid);
    await refused(api.get('configmaps default/gone'), 'NotFound');
    await refused(api.delete('configmaps default/gone'), 'NotFound', 'configmaps "gone" not found');
  });

  it('leaves the pods of a Job and of a ReplicationController where they are, unless somebody says otherwise', async () => {
    const template = {
      metadata: { labels: { app: 'a' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
    };
    const job = { apiVersion: 'batch/v1', kind: 'Job', spec: { template } };
    for (const name of ['plain', 'asked'])
      await api.create('jobs.batch default', { ...job, metadata: { name } });
    const { object, deleted } = await api.delete('jobs.batch default/plain');
    assert.deepEqual([deleted, object.value.metadata.finalizers], [false, ['orphan']]);
    assert.match(api.warnings.join(), /^child pods are preserved by default when jobs are deleted/);
    const asked = await api.delete('jobs.batch default/asked', { propagationPolicy: 'Background' });
    assert.equal(asked.deleted, true);
    assert.deepEqual(api.warnings, []);
    const always = { ...template, spec: { containers: template.spec.containers } };
    await api.create('replicationcontrollers default', {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'plain' },
      spec: { selector: { app: 'a' }, template: always },
    });
    const rc = await api.delete('replicationcontrollers default/plain');
    assert.deepEqual(rc.object.value.metadata.finalizers, ['orphan']);
  });

  it('keeps to its preconditions', async () => {
    const made = await api.create('configmaps default', configMapOf('exactly'));
    const uid = made.metadata.uid ?? '';
    await refused(
      api.delete('configmaps default/exactly', { preconditions: { uid: 'other' } }),
      'Conflict',
      /the UID in the precondition \(other\) does not match the UID in record/,
    );
    await refused(
      api.delete('configmaps default/exactly', { preconditions: { uid, resourceVersion: '1' } }),
      'Conflict',
      /the ResourceVersion in the precondition \(1\) does not match/,
    );
    const resourceVersion = made.metadata.resourceVersion ?? '';
    assert.equal(
      (await api.delete('configmaps default/exactly', { preconditions: { uid, resourceVersion } })).deleted,
      true,
    );
  });

  it('only shows what would happen in a dry run', async () => {
    await api.create('configmaps default', configMapOf('spared'));
    assert.equal((await api.delete('configmaps default/spared', { dryRun: true })).deleted, true);
    await api.get('configmaps default/spared');
  });

  it('waits for finalizers, and marks the object once', async () => {
    await api.create('configmaps default', configMapOf('held', {}, { finalizers: ['example.com/hold'] }));
    const first = await api.delete('configmaps default/held');
    assert.equal(first.deleted, false);
    assert.equal(first.object.value.metadata.deletionGracePeriodSeconds, 0);
    const second = await api.delete('configmaps default/held');
    assert.equal(second.object.rev, first.object.rev);
  });

  it('leaves a finalizer for the garbage collector if dependents are to be waited for or let go', async () => {
    for (const [propagationPolicy, finalizer] of [
      ['Foreground', 'foregroundDeletion'],
      ['Orphan', 'orphan'],
    ] as const) {
      await api.create('configmaps default', configMapOf(`owner-${finalizer.toLowerCase()}`));
      const { object, deleted } = await api.delete(`configmaps default/owner-${finalizer.toLowerCase()}`, {
        propagationPolicy,
      });
      assert.equal(deleted, false);
      assert.deepEqual(object.value.metadata.finalizers, [finalizer]);
      // Somebody is in more of a hurry.
      const again = await api.delete(`configmaps default/owner-${finalizer.toLowerCase()}`, {
        propagationPolicy: 'Background',
      });
      assert.equal(again.deleted, true);
    }
  });
});

describe('delete of a pod', () => {
  it('that runs gives it the grace that it asked for, and tells that its wish has changed', async () => {
    await runningPod('graceful', { terminationGracePeriodSeconds: 45 });
    const { object, deleted } = await api.delete('pods default/graceful');
    const { metadata } = object.value;
    assert.equal(deleted, false);
    assert.equal(metadata.deletionGracePeriodSeconds, 45);
    assert.equal(metadata.generation, 2);
    const graceMs = Date.parse(metadata.deletionTimestamp ?? '') - api.clock.nowMs();
    assert.ok(graceMs > 43_000 && graceMs <= 45_000, `${graceMs}`);
    const again = await api.delete('pods default/graceful', { gracePeriodSeconds: 60 });
    assert.equal(again.object.rev, object.rev, 'grace is never lengthened');
    const shorter = await api.delete('pods default/graceful', { gracePeriodSeconds: 5 });
    assert.equal(shorter.object.value.metadata.deletionGracePeriodSeconds, 5);
    assert.equal(
      Date.parse(shorter.object.value.metadata.deletionTimestamp ?? ''),
      Date.parse(metadata.deletionTimestamp ?? '') - 40_000,
    );
    const final = await api.delete('pods default/graceful', { gracePeriodSeconds: 0 });
    assert.equal(final.deleted, true);
  });

  it('with no grace ends it at once', async () => {
    await runningPod('abrupt');
    const { object, deleted } = await api.delete('pods default/abrupt', { gracePeriodSeconds: 0 });
    assert.equal(deleted, true);
    const { deletionTimestamp, deletionGracePeriodSeconds } = object.value.metadata;
    assert.deepEqual([typeof deletionTimestamp, deletionGracePeriodSeconds], ['string', 0]);
  });

  it('that nobody runs, or that has ended, ends it at once', async () => {
    await api.create('pods default', podOf('unscheduled'));
    assert.equal((await api.delete('pods default/unscheduled')).deleted, true);
    await runningPod('done');
    await api.patch('pods/status default/done', 'merge', { status: { phase: 'Succeeded' } });
    assert.equal((await api.delete('pods default/done', { gracePeriodSeconds: 30 })).deleted, true);
  });

  it('whose shorter grace is over already leaves it one second', async () => {
    await runningPod('late');
    await api.delete('pods default/late', { gracePeriodSeconds: 100 });
    api.clock.shift(50_000);
    const { object } = await api.delete('pods default/late', { gracePeriodSeconds: 10 });
    assert.equal(object.value.metadata.deletionGracePeriodSeconds, 1);
  });

  it('that is held by a finalizer stays, without grace, when its node is done with it', async () => {
    await api.create('pods default', podOf('kept', { nodeName: 'n1' }, { finalizers: ['example.com/hold'] }));
    await api.delete('pods default/kept');
    const { object, deleted } = await api.delete('pods default/kept', { gracePeriodSeconds: 0 });
    assert.equal(deleted, false);
    assert.equal(object.value.metadata.deletionGracePeriodSeconds, 0);
    await api.patch('pods default/kept', 'merge', { metadata: { finalizers: null } });
    await refused(api.get('pods default/kept'), 'NotFound');
  });
});

describe('delete of a namespace', () => {
  it('goes in steps: terminating, emptied by its controller, finalized', async () => {
    await api.create('namespaces', namespaceOf('steps'));
    const { object, deleted } = await api.delete('namespaces steps');
    assert.equal(deleted, false);
    assert.equal(statusOf(object.value).phase, 'Terminating');
    assert.deepEqual(specOf(object.value).finalizers, ['kubernetes']);
    assert.equal((await api.delete('namespaces steps')).deleted, false);
    const finalized = { ...object.value, spec: { finalizers: [] } };
    assert.deepEqual(specOf(await api.update('namespaces steps', finalized)).finalizers, ['kubernetes']);
    await api.update('namespaces/finalize steps', { ...finalized, metadata: { name: 'steps' } });
    await refused(api.get('namespaces steps'), 'NotFound');
  });

  it('is refused for those that the cluster needs', async () => {
    for (const name of ['default', 'kube-system', 'kube-public'])
      await refused(
        api.delete(`namespaces ${name}`),
        'Forbidden',
        `namespaces "${name}" is forbidden: this namespace may not be deleted`,
      );
  });
});

describe('delete-collection', () => {
  it('ends all that match, and nothing else', async () => {
    for (let i = 0; i < 30; i++)
      await api.create(
        'configmaps default',
        configMapOf(`many-${i}`, {}, { labels: { many: i < 20 ? 'yes' : 'no' } }),
      );
    const target = api.target('configmaps default');
    const listed = await api.verbs.deleteCollection(api.context(), target, { labelSelector: 'many=yes' }, {});
    assert.equal(listed.items.length, 20);
    assert.equal((await api.names('configmaps default', { labelSelector: 'many' })).length, 10);
  });

  it('gives pods that run their grace and ends the others', async () => {
    await api.create('namespaces', namespaceOf('crowd'));
    await api.create('pods crowd', podOf('runs', { nodeName: 'n1' }));
    await api.create('pods crowd', podOf('waits'));
    await api.verbs.deleteCollection(api.context(), api.target('pods crowd'), {}, {});
    assert.deepEqual(await api.names('pods crowd'), ['runs']);
    assert.ok((await api.get('pods crowd/runs')).metadata.deletionTimestamp);
  });
});
