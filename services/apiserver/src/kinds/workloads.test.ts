import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isObject } from '@reckon/api';
import { refused } from '../verbs/testing/refused.ts';
import { TestVerbs } from '../verbs/testing/test-verbs.ts';
import type { KubeObject } from '../verbs/types.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
const labelled = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
};

function object(apiVersion: string, kind: string, name: string, rest: object): KubeObject {
  return { apiVersion, kind, metadata: { name }, ...rest };
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((part, name) => (isObject(part) ? part[name] : undefined), value);
}

describe('a Job', () => {
  it('gets labels and a selector that no other Job has', async () => {
    const made = await api.create(
      'jobs.batch default',
      object('batch/v1', 'Job', 'pi', { spec: { template } }),
    );
    const { uid = '', generation } = made.metadata;
    assert.equal(generation, 1);
    assert.deepEqual(at(made, 'spec', 'selector'), {
      matchLabels: { 'batch.kubernetes.io/controller-uid': uid },
    });
    const labels = {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': 'pi',
      'controller-uid': uid,
      'job-name': 'pi',
    };
    assert.deepEqual(at(made, 'spec', 'template', 'metadata', 'labels'), labels);
  });

  it('is named in its labels as it is named, if the name is made for it', async () => {
    const body = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { generateName: 'pi-' },
      spec: { template },
    };
    const made = await api.create('jobs.batch default', body);
    const label = at(made, 'spec', 'template', 'metadata', 'labels', 'job-name');
    assert.equal(label, made.metadata.name);
  });

  it('is left alone where it is selected by hand, and refused where that fits nothing', async () => {
    const selector = { matchLabels: { app: 'web' } };
    const own = { ...template, metadata: { labels: { app: 'web' } } };
    const spec = { manualSelector: true, selector, template: own };
    const made = await api.create('jobs.batch default', object('batch/v1', 'Job', 'own', { spec }));
    assert.deepEqual(at(made, 'spec', 'selector'), selector);
    const body = object('batch/v1', 'Job', 'odd', { spec: { manualSelector: true, selector, template } });
    await refused(
      api.create('jobs.batch default', body),
      'Invalid',
      'Job.batch "odd" is invalid: spec.template.metadata.labels: Invalid value: {}: `selector` does not match template `labels`',
    );
  });
});

describe('scale', () => {
  it('is there for stateful sets and replication controllers', async () => {
    const spec = { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: labelled };
    await api.create('statefulsets.apps default', object('apps/v1', 'StatefulSet', 'web', { spec }));
    const controller = object('v1', 'ReplicationController', 'web', { spec: { template: labelled } });
    await api.create('replicationcontrollers default', controller);
    for (const [resource, replicas] of [
      ['statefulsets.apps', 2],
      ['replicationcontrollers', 1],
    ] as const) {
      const scale = await api.get(`${resource}/scale default/web`);
      assert.deepEqual(scale.spec, { replicas });
      assert.deepEqual(scale.status, { replicas: 0, selector: 'app=web' });
    }
  });
});
