import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, updateProblems } from './testing.ts';

const LABEL =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const create = (metadata: Record<string, unknown>) => createProblems({ resource: 'configmaps', metadata });
const update = (before: Record<string, unknown>, after: Record<string, unknown>) =>
  updateProblems({ resource: 'configmaps', metadata: before }, { resource: 'configmaps', metadata: after });

describe('metadata at creation', () => {
  it('wants a name', () => {
    assert.deepEqual(create({ name: '' }), [
      'metadata.name: Required value: name or generateName is required',
    ]);
  });

  it('checks names as each kind has them', () => {
    assert.match(
      create({ name: 'My_Map' })[0] ?? '',
      /^metadata\.name: Invalid value: "My_Map": a lowercase RFC 1123 subdomain/,
    );
    assert.deepEqual(create({ name: 'a.b' }), []);
    assert.deepEqual(createProblems({ resource: 'namespaces', metadata: { name: 'a.b' } }), [
      'metadata.name: Invalid value: "a.b": must not contain dots',
    ]);
    const spec = { ports: [{ port: 80 }] };
    assert.match(
      createProblems({ resource: 'services', metadata: { name: '1a' }, spec })[0] ?? '',
      /a DNS-1035 label must consist of/,
    );
  });

  it('checks generateName as a beginning', () => {
    assert.deepEqual(create({ name: 'web-abcde', generateName: 'web-' }), []);
    assert.match(create({ generateName: 'Web-' })[0] ?? '', /^metadata\.generateName: Invalid value: "Web-"/);
  });

  it('wants a namespace where there is one, and none where there is none', () => {
    assert.deepEqual(create({ namespace: '' }), ['metadata.namespace: Required value']);
    assert.deepEqual(createProblems({ resource: 'nodes', metadata: { namespace: 'default' } }), [
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
  });

  it('checks labels and annotations', () => {
    assert.deepEqual(create({ labels: { '-a': 'b', c: 'd e' } }), [
      `metadata.labels: Invalid value: "-a": name part ${LABEL}`,
      `metadata.labels: Invalid value: "d e": ${VALUE}`,
    ]);
    assert.deepEqual(create({ annotations: { 'Example.com/a': 'anything at all' } }), []);
    assert.deepEqual(create({ annotations: { a: 'x'.repeat(256 * 1_024) } }), [
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ]);
  });

  it('checks owners', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true };
    assert.deepEqual(create({ ownerReferences: [owner] }), []);
    assert.deepEqual(create({ ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] }), [
      'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
      'metadata.ownerReferences.kind: Invalid value: "": kind must not be empty',
      'metadata.ownerReferences.name: Invalid value: "": name must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": uid must not be empty',
    ]);
    const [problem] = create({ ownerReferences: [owner, { ...owner, name: 's', uid: 'v' }] });
    assert.match(
      problem ?? '',
      /Only one reference can have Controller set to true\. Found "true" in references for ReplicaSet\/r and ReplicaSet\/s$/,
    );
  });

  it('checks finalizers', () => {
    assert.match(create({ finalizers: ['a b'] })[0] ?? '', /^metadata\.finalizers: Invalid value: "a b"/);
    assert.deepEqual(create({ finalizers: ['orphan', 'foregroundDeletion'] }), [
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ]);
  });
});

describe('metadata at an update', () => {
  const there = { uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z', generation: 2 };

  it('keeps what cannot change', () => {
    assert.deepEqual(update(there, { ...there, uid: 'v', creationTimestamp: '2026-01-01T00:00:01Z' }), [
      'metadata.uid: Invalid value: "v": field is immutable',
      'metadata.creationTimestamp: Invalid value: "2026-01-01T00:00:01Z": field is immutable',
    ]);
    assert.deepEqual(update(there, { ...there, generation: 1 }), [
      'metadata.generation: Invalid value: 1: must not be decremented',
    ]);
  });

  it('adds no finalizers to what is being deleted', () => {
    const deleted = { ...there, deletionTimestamp: '2026-01-01T00:00:02Z', finalizers: ['a/b'] };
    assert.deepEqual(update(deleted, { ...deleted, finalizers: ['a/b', 'e/f', 'c/d'] }), [
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"c/d", "e/f"}',
    ]);
    assert.deepEqual(update(deleted, { ...deleted, finalizers: [] }), []);
  });

  it('checks managers', () => {
    const managedFields = [{ operation: 'Frob', fieldsType: 'FieldsV2', manager: 'x'.repeat(129) }];
    assert.deepEqual(update(there, { ...there, managedFields }), [
      'metadata.managedFields[0].operation: Invalid value: "Frob": must be `Apply` or `Update`',
      'metadata.managedFields[0].fieldsType: Invalid value: "FieldsV2": must be `FieldsV1`',
      'metadata.managedFields[0].manager: Too long: may not be more than 128 bytes',
    ]);
  });
});
