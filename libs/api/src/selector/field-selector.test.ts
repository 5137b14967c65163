import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../errors/api-error.ts';
import { parseFieldSelector } from './field-selector.ts';

const pod = {
  metadata: { name: 'web', namespace: 'default' },
  spec: { nodeName: 'n1', restartPolicy: 'Always' },
  status: { phase: 'Running', podIP: '10.244.0.3', podIPs: [{ ip: '10.244.0.3' }, { ip: 'fd00::3' }] },
};

describe('field selector', () => {
  const pods: readonly (readonly [string, boolean])[] = [
    ['', true],
    ['metadata.name=web', true],
    ['metadata.name==web,metadata.namespace=default', true],
    ['metadata.name!=web', false],
    ['spec.nodeName=n1,status.phase!=Succeeded,status.phase!=Failed', true],
    ['spec.nodeName=', false],
    ['spec.host=n1', true],
    ['status.podIP=10.244.0.3', true],
    ['spec.hostNetwork=false', true],
    ['status.nominatedNodeName=', true],
    ['spec.schedulerName!=default-scheduler,', true],
  ];
  for (const [text, expected] of pods) {
    it(`${expected ? 'matches' : 'does not match'} ${text || 'without terms'}`, () => {
      assert.equal(parseFieldSelector(text, 'pods').matches(pod), expected);
    });
  }

  it('matches nothing in an object without the parts it asks for', () => {
    assert.equal(parseFieldSelector('spec.nodeName=n1', 'pods').matches({}), false);
    assert.equal(parseFieldSelector('status.podIP=', 'pods').matches({}), true);
  });

  it('reads the source of an event from wherever it is', () => {
    const selection = parseFieldSelector('source=kubelet,involvedObject.kind=Pod', 'events');
    assert.equal(
      selection.matches({ source: { component: 'kubelet' }, involvedObject: { kind: 'Pod' } }),
      true,
    );
    assert.equal(selection.matches({ reportingComponent: 'kubelet', involvedObject: { kind: 'Pod' } }), true);
  });

  it('reads flags and numbers as text', () => {
    assert.equal(
      parseFieldSelector('spec.unschedulable=true', 'nodes').matches({ spec: { unschedulable: true } }),
      true,
    );
    assert.equal(parseFieldSelector('status.replicas=0', 'replicasets.apps').matches({}), true);
    assert.equal(
      parseFieldSelector('status.phase=Active', 'namespaces').matches({ status: { phase: 'Active' } }),
      true,
    );
    const signer = 'spec.signerName=example.com/a';
    assert.equal(
      parseFieldSelector(signer, 'certificatesigningrequests.certificates.k8s.io').matches({
        spec: { signerName: 'example.com/a' },
      }),
      true,
    );
    assert.equal(parseFieldSelector('type=Opaque', 'secrets').matches({ type: 'Opaque' }), true);
  });

  const errors: readonly (readonly [string, string, string])[] = [
    ['pods', 'spec.image=x', 'field label not supported: spec.image'],
    ['nodes', 'metadata.namespace=x', 'field label not supported: metadata.namespace'],
    [
      'configmaps',
      'data=x',
      '"data" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['pods', 'abc', "invalid selector: 'abc'; can't understand 'abc'"],
    ['pods', 'metadata.name=a=b', 'invalid field selector: unescaped character in value: 61'],
    ['pods', 'metadata.name=a\\b', 'invalid field selector: invalid escape sequence: \\b'],
    ['pods', 'metadata.name=a\\', 'invalid field selector: invalid escape sequence: \\'],
  ];
  for (const [resource, text, message] of errors) {
    it(`refuses ${text} for ${resource} in Kubernetes' words`, () => {
      assert.throws(
        () => parseFieldSelector(text, resource),
        (error) => error instanceof ApiError && error.reason === 'BadRequest' && error.message === message,
      );
    });
  }

  it('tells the one value a field must have', () => {
    const selection = parseFieldSelector('metadata.name=a\\,b,spec.nodeName!=n', 'pods');
    assert.equal(selection.exactValue('metadata.name'), 'a,b');
    assert.equal(selection.exactValue('spec.nodeName'), undefined);
    assert.equal(selection.toString(), 'metadata.name=a\\,b,spec.nodeName!=n');
  });
});
