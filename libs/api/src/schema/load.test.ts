import assert from 'node:assert/strict';
import test from 'node:test';
import { loadSchema } from './load.ts';

const schema = loadSchema();

test('a pod is found by its plural, its kind and its place in the log', () => {
  const pods = schema.resource('', 'v1', 'pods');
  assert.equal(pods?.kind, 'Pod');
  assert.equal(schema.byKind('', 'v1', 'Pod'), pods);
  assert.equal(schema.byGroupResource('pods'), pods);
  assert.deepEqual(pods?.subresources.get('eviction'), {
    name: 'eviction',
    group: 'policy',
    version: 'v1',
    kind: 'Eviction',
    verbs: ['create'],
  });
});

test('a group is part of the name of a resource', () => {
  assert.equal(schema.byGroupResource('deployments.apps')?.message, 'reckon.api.apps.v1.Deployment');
  assert.equal(schema.byGroupResource('deployments'), undefined);
});

test('what is not served is not among the resources, and its messages are known all the same', () => {
  assert.equal(schema.resource('storage.k8s.io', 'v1', 'volumeattributesclasses'), undefined);
  assert.equal(schema.message('reckon.api.storage.v1.VolumeAttributesClass').kind?.group, 'storage.k8s.io');
});

test('secrets are confidential and only leases beat', () => {
  const flagged = (flag: 'confidential' | 'heartbeat') => [
    ...new Set(
      schema.resources.filter((resource) => resource[flag]).map((resource) => resource.groupResource),
    ),
  ];
  assert.deepEqual(flagged('confidential'), ['secrets']);
  assert.deepEqual(flagged('heartbeat'), ['leases.coordination.k8s.io']);
});

test('a field carries what Kubernetes knows about it', () => {
  const container = schema.message('reckon.api.core.v1.Container');
  assert.deepEqual(container.byName.get('ports')?.listMapKeys, ['containerPort', 'protocol']);
  assert.equal(container.byName.get('ports')?.patchMergeKey, 'containerPort');
  assert.deepEqual(container.byName.get('imagePullPolicy')?.enum, ['Always', 'IfNotPresent', 'Never']);
  assert.equal(schema.message('reckon.api.core.v1.PodStatus').byName.get('podIP')?.number, 6);
  assert.equal(
    schema.message('reckon.api.core.v1.PodSpec').byName.get('terminationGracePeriodSeconds')?.default,
    30,
  );
});

test('what Kubernetes embeds is inlined, and remembers where its protobuf form has it', () => {
  const volume = schema.message('reckon.api.core.v1.Volume');
  assert.deepEqual(volume.byName.get('secret')?.wirePath, [2, 6]);
});

test('every message that a field refers to is in the schema', () => {
  for (const message of schema.messages.values()) {
    for (const field of message.fields) {
      if ('message' in field.type)
        assert.ok(schema.messages.has(field.type.message), `${message.name}.${field.name}`);
    }
  }
});

test('every served resource has a list kind and its subresources have kinds', () => {
  for (const resource of schema.resources) {
    assert.ok(schema.kindMessage(resource.group, resource.version, resource.listKind), resource.listKind);
  }
  assert.equal(schema.kindMessage('autoscaling', 'v1', 'Scale')?.name, 'reckon.api.autoscaling.v1.Scale');
  assert.equal(schema.kindMessage('apps', 'v1', 'DeleteOptions')?.name, 'reckon.api.meta.v1.DeleteOptions');
});

test('every default is a value that the field may have', () => {
  for (const message of schema.messages.values()) {
    for (const field of message.fields) {
      if (field.default === undefined || field.cardinality !== 'single') continue;
      const place = `${message.name}.${field.name}`;
      if (field.enum) assert.ok(field.enum.includes(String(field.default)), place);
      if ('message' in field.type) assert.deepEqual(field.default, {}, place);
      else if (/^(int32|int64|double)$/.test(field.type.scalar))
        assert.equal(typeof field.default, 'number', place);
      else if (field.type.scalar === 'bool') assert.equal(typeof field.default, 'boolean', place);
    }
  }
});
