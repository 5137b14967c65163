import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { configMapOf, deploymentOf, podOf, specOf } from './testing/objects.ts';
import { refused } from './testing/refused.ts';
import { TestVerbs } from './testing/test-verbs.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

describe('patch', () => {
  it('changes what it names: as JSON patch, merge patch or strategic merge patch', async () => {
    await api.create('pods default', podOf('patched', {}, { labels: { a: '1' } }));
    const json = await api.patch('pods default/patched', 'json', [
      { op: 'replace', path: '/metadata/labels/a', value: '2' },
    ]);
    assert.deepEqual(json.metadata.labels, { a: '2' });
    const merge = await api.patch('pods default/patched', 'merge', {
      metadata: { labels: { a: null, b: '3' } },
    });
    assert.deepEqual(merge.metadata.labels, { b: '3' });
    const strategic = await api.patch('pods default/patched', 'strategic', {
      spec: { containers: [{ name: 'c', image: 'i:2' }] },
    });
    const [container] = specOf(strategic).containers as { image: string; volumeMounts: unknown[] }[];
    assert.equal(container?.image, 'i:2');
    assert.equal(container?.volumeMounts.length, 1, 'the rest of the container is as it was');
  });

  it('succeeds however many patch the object at once', async () => {
    await api.create('configmaps default', configMapOf('busy'));
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    await Promise.all(
      keys.map((key) => api.patch('configmaps default/busy', 'merge', { data: { [key]: 'v' } })),
    );
    const { data } = await api.get('configmaps default/busy');
    assert.deepEqual(Object.keys(data as object).sort(), [...keys].sort());
  });

  it('with a version succeeds only against that one', async () => {
    const made = await api.create('configmaps default', configMapOf('at'));
    const patch = { metadata: { resourceVersion: made.metadata.resourceVersion }, data: { k: '1' } };
    await api.patch('configmaps default/at', 'merge', patch);
    await refused(
      api.patch('configmaps default/at', 'merge', { ...patch, data: { k: '2' } }),
      'Conflict',
      /the object has been modified/,
    );
  });

  it('that changes nothing takes no revision', async () => {
    const made = await api.create('configmaps default', configMapOf('calm', { k: 'v' }));
    const head = api.running.env.cache.head;
    assert.deepEqual(await api.patch('configmaps default/calm', 'merge', { data: { k: 'v' } }), made);
    assert.equal(api.running.env.cache.head, head);
  });

  it('of unknown fields warns, or is refused when asked to be strict', async () => {
    await api.create('pods default', podOf('strict'));
    await api.patch('pods default/strict', 'merge', { spec: { foo: 1 } });
    assert.deepEqual(api.warnings, ['unknown field "spec.foo"']);
    await refused(
      api.patch('pods default/strict', 'merge', { spec: { foo: 1 } }, { fieldValidation: 'Strict' }),
      'Invalid',
      /patch: Invalid value: .* strict decoding error: unknown field "spec\.foo"/,
    );
  });

  it('that cannot be read or applied is told so', async () => {
    await api.create('configmaps default', configMapOf('bad'));
    await refused(api.patch('configmaps default/bad', 'merge', '{'), 'BadRequest', /^error decoding patch: /);
    await refused(
      api.patch('configmaps default/bad', 'json', [{ op: 'remove', path: '/data/none' }]),
      'Invalid',
    );
    await refused(
      api.patch('configmaps default/none', 'merge', {}),
      'NotFound',
      'configmaps "none" not found',
    );
    await refused(
      api.patch('configmaps default/bad', 'merge', { metadata: { name: 'other' } }),
      'BadRequest',
      'the name of the object (other) does not match the name on the URL (bad)',
    );
  });

  it('of status goes through the door of status', async () => {
    await api.create('pods default', podOf('reported'));
    const reported = await api.patch('pods/status default/reported', 'strategic', {
      spec: { nodeName: 'n' },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    assert.equal(specOf(reported).nodeName, undefined);
    assert.deepEqual(reported.status, {
      phase: 'Running',
      qosClass: 'BestEffort',
      conditions: [{ type: 'Ready', status: 'True' }],
    });
  });
});

describe('server-side apply', () => {
  const applied = (replicas: number) => ({ ...deploymentOf('applied', { replicas }) });

  it('makes what is not there, and is told from a change by it', async () => {
    const body = Buffer.from(JSON.stringify(applied(2)));
    const call = () =>
      api.verbs.patch(
        api.context(),
        api.target('deployments.apps default/applied'),
        { type: 'apply', body },
        { fieldManager: 'me' },
      );
    const made = await call();
    assert.equal(made.created, true);
    assert.equal(made.object.value.metadata.generation, 1);
    const again = await call();
    assert.equal(again.created, false);
    assert.equal(again.object.rev, made.object.rev, 'the same again changes nothing');
    const [entry] = made.object.value.metadata.managedFields ?? [];
    assert.deepEqual([entry?.manager, entry?.operation], ['me', 'Apply']);
  });

  it('need not name again what is there, and has to name what it is to make', async () => {
    const unnamed = { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } };
    const why = 'the name of the object (unnamed based on URL) was undeterminable: name must be provided';
    await refused(api.apply('configmaps default/unnamed', JSON.stringify(unnamed), 'me'), 'BadRequest', why);
    await api.create('configmaps default', configMapOf('unnamed'));
    const { data } = await api.apply('configmaps default/unnamed', JSON.stringify(unnamed), 'me');
    assert.deepEqual(data, { a: '1' });
    await refused(api.update('configmaps default/unnamed', { ...unnamed, metadata: {} }), 'BadRequest', why);
  });

  it('takes YAML as well', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  k: v\n';
    assert.deepEqual((await api.apply('configmaps default/yaml', yaml, 'me')).data, { k: 'v' });
  });

  it('conflicts with whoever else owns the field, unless forced', async () => {
    await api.apply('deployments.apps default/fought', { ...deploymentOf('fought', { replicas: 2 }) }, 'me');
    await api.patch(
      'deployments.apps/scale default/fought',
      'merge',
      { spec: { replicas: 4 } },
      { fieldManager: 'scaler' },
    );
    const wish = deploymentOf('fought', { replicas: 3 });
    await refused(
      api.apply('deployments.apps default/fought', wish, 'me'),
      'Conflict',
      /conflict with "scaler" with subresource "scale".*: \.spec\.replicas/,
    );
    const forced = await api.apply('deployments.apps default/fought', wish, 'me', { force: true });
    assert.equal(specOf(forced).replicas, 3);
  });

  it('takes away what its manager does not want any more', async () => {
    await api.apply('configmaps default/shrinks', configMapOf('shrinks', { a: '1', b: '2' }), 'me');
    await api.patch('configmaps default/shrinks', 'merge', { data: { c: '3' } }, { fieldManager: 'other' });
    const shrunk = await api.apply('configmaps default/shrinks', configMapOf('shrinks', { a: '1' }), 'me');
    assert.deepEqual(shrunk.data, { a: '1', c: '3' });
  });

  it('needs the name of its manager', async () => {
    await refused(
      api.patch('configmaps default/x', 'apply', configMapOf('x')),
      'Invalid',
      /fieldManager: Required value: is required for apply patch/,
    );
  });
});
