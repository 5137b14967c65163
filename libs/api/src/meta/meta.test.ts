import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelValueErrors } from '../names/label.ts';
import {
  controllerOf,
  controllerRef,
  groupKind,
  isControlledBy,
  isOwnedBy,
  ownerRef,
  podTemplateHash,
  rfc3339,
  rfc3339Micro,
  sameTemplate,
  splitGroupResource,
  withOwnerRef,
  withoutOwnerRef,
} from './index.ts';

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web-1', uid: 'u1' } };

describe('owners', () => {
  it('finds the one owner that manages an object', () => {
    const other = { ...ownerRef(owner), uid: 'u2' };
    const object = { metadata: { ownerReferences: [other, controllerRef(owner)] } };
    assert.equal(controllerOf(object)?.uid, 'u1');
    assert.equal(isControlledBy(object, 'u1'), true);
    assert.equal(isControlledBy(object, 'u2'), false);
    assert.equal(isOwnedBy(object, 'u2'), true);
  });

  it('has each owner once', () => {
    const references = withOwnerRef([ownerRef(owner)], controllerRef(owner));
    assert.deepEqual(references, [controllerRef(owner)]);
    assert.deepEqual(withoutOwnerRef(references, 'u1'), []);
  });
});

describe('group names', () => {
  it('splits a resource at its first dot', () => {
    assert.deepEqual(splitGroupResource('leases.coordination.k8s.io'), {
      group: 'coordination.k8s.io',
      resource: 'leases',
    });
    assert.deepEqual(splitGroupResource('pods'), { group: '', resource: 'pods' });
    assert.equal(groupKind('', 'Pod'), 'Pod');
  });
});

describe('times', () => {
  it('writes whole seconds and microseconds', () => {
    assert.equal(rfc3339(1_700_000_000_999), '2023-11-14T22:13:20Z');
    assert.equal(rfc3339Micro(1_700_000_000_123.456), '2023-11-14T22:13:20.123456Z');
    // 16,437.277 × 1,000 is a little less than 16,437,277.
    assert.equal(rfc3339Micro(16_437.277), '1970-01-01T00:00:16.437277Z');
  });
});

describe('pod template hash', () => {
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };

  it('does not depend on order, on what is empty, or on its own label', () => {
    const reordered = {
      spec: { containers: [{ image: 'i', name: 'c', ports: [] }] },
      metadata: { labels: { 'pod-template-hash': 'abc', app: 'web' } },
    };
    assert.equal(podTemplateHash(reordered), podTemplateHash(template));
    assert.equal(sameTemplate(reordered, template), true);
  });

  it('depends on what is asked for and on the collision count', () => {
    const other = { ...template, spec: { containers: [{ name: 'c', image: 'j' }] } };
    assert.notEqual(podTemplateHash(other), podTemplateHash(template));
    assert.notEqual(podTemplateHash(template, 1), podTemplateHash(template));
    assert.equal(sameTemplate(other, template), false);
  });

  it('is a label value that spells nothing, the same on every run', () => {
    assert.match(podTemplateHash(template), /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
    assert.deepEqual(labelValueErrors(podTemplateHash(template)), []);
    assert.equal(podTemplateHash(template), '66f686b769');
  });
});
