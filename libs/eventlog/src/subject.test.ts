import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { keyOfSubject, subjectOf } from './subject.ts';

it('a subject names its object', () => {
  const subject = (resource: string, namespace: string, name: string) =>
    subjectOf({ resource, namespace, name });
  assert.equal(subject('pods', 'default', 'web-1'), 'log.core.pods.default.web-1');
  assert.equal(
    subject('leases.coordination.k8s.io', 'kube-node-lease', 'n.1'),
    'log.coordination=2Ek8s=2Eio.leases.kube-node-lease.n=2E1',
  );
  assert.equal(subject('nodes', '', 'ä b'), 'log.core.nodes._.=C3=A4=20b');
});

it('every object is found again from its subject, and no two share one', () => {
  const token = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/[/.]/.test(text));
  const group = fc.constantFrom('', 'apps', 'coordination.k8s.io', 'core');
  fc.assert(
    fc.property(token, group, fc.option(token, { nil: '' }), token, (plural, groupName, namespace, name) => {
      if (groupName === 'core') return;
      const key = { resource: groupName ? `${plural}.${groupName}` : plural, namespace, name };
      if (namespace === '_') return;
      assert.deepEqual(keyOfSubject(subjectOf(key)), key);
    }),
  );
});
