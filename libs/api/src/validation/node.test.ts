import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, updateProblems } from './testing.ts';

describe('nodes, namespaces and events', () => {
  const node = (spec: Record<string, unknown>) => ({ resource: 'nodes', spec });

  it('have taints that are unique', () => {
    const taint = { key: 'a', value: 'b', effect: 'NoSchedule' };
    assert.deepEqual(createProblems(node({ taints: [taint, { ...taint, effect: 'NoExecute' }] })), []);
    assert.deepEqual(createProblems(node({ taints: [taint, taint] })), [
      'metadata.taints[1]: Duplicate value: {"key":"a","value":"b","effect":"NoSchedule"}: taints must be unique by key and effect pair',
    ]);
  });

  it('keep the addresses that were given to them', () => {
    const at = (cidr: string) => node({ podCIDR: cidr, podCIDRs: [cidr], providerID: 'p' });
    assert.deepEqual(updateProblems(node({}), at('10.244.0.0/24')), []);
    assert.deepEqual(updateProblems(at('10.244.0.0/24'), node({ podCIDRs: ['10.244.1.0/33'] })), [
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
      'spec.podCIDRs[0]: Invalid value: "10.244.1.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ]);
  });

  it('have capacities that are whole and not negative', () => {
    assert.deepEqual(
      updateProblems(
        node({}),
        { resource: 'nodes', status: { capacity: { pods: '1500m' }, allocatable: { cpu: '-1' } } },
        'status',
      ),
      [
        'status.capacity.pods: Invalid value: "1500m": must be an integer',
        'status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0',
      ],
    );
  });

  it('end a namespace in phases', () => {
    const phase = (name: string, metadata = {}) => ({
      resource: 'namespaces',
      metadata,
      status: { phase: name },
    });
    assert.deepEqual(updateProblems(phase('Active'), phase('Terminating'), 'status'), [
      'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    ]);
    const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    assert.deepEqual(updateProblems(phase('Active', deleted), phase('Terminating', deleted), 'status'), []);
  });

  it('know the finalizers of a namespace', () => {
    const finalizers = (list: readonly string[]) => ({ resource: 'namespaces', spec: { finalizers: list } });
    assert.deepEqual(updateProblems(finalizers(['kubernetes']), finalizers([]), 'finalize'), []);
    assert.deepEqual(updateProblems(finalizers([]), finalizers(['mine']), 'finalize'), [
      'spec.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });

  it('keep events beside what they are about', () => {
    const event = (rest: Record<string, unknown>) => createProblems({ resource: 'events', ...rest });
    assert.deepEqual(event({ involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' } }), []);
    assert.deepEqual(event({ involvedObject: { kind: 'Pod', namespace: 'other' } }), [
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ]);
    assert.deepEqual(
      event({ eventTime: '2026-01-01T00:00:00.000000Z', involvedObject: { namespace: 'default' } }).slice(
        0,
        1,
      ),
      ['reportingComponent: Required value'],
    );
  });
});
