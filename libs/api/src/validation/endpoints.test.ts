import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems } from './testing.ts';

describe('endpoints', () => {
  it('need addresses that can be reached, and names for several ports', () => {
    const subsets = [
      {},
      { addresses: [{ ip: '127.0.0.1' }, { ip: 'x' }], ports: [{ port: 1 }, { name: 'b', port: 2 }] },
    ];
    assert.deepEqual(createProblems({ resource: 'endpoints', subsets }), [
      'subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`',
      'subsets[1].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'subsets[1].addresses[1].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'subsets[1].ports[0].name: Required value',
    ]);
  });

  const slice = (rest: Record<string, unknown>) =>
    createProblems({ resource: 'endpointslices.discovery.k8s.io', ...rest });

  it('in slices are of one family', () => {
    assert.deepEqual(
      slice({ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 1 }] }),
      [],
    );
    assert.deepEqual(slice({ addressType: 'IPv4', endpoints: [{ addresses: ['fd00::1'] }] }), [
      'endpoints[0].addresses[0]: Invalid value: "fd00::1": must be a valid IPv4 address',
    ]);
    assert.deepEqual(slice({ addressType: 'IPv6', endpoints: [{ addresses: ['fe80::1'] }] }), [
      'endpoints[0].addresses[0]: Invalid value: "fe80::1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    ]);
    assert.deepEqual(slice({ addressType: 'FQDN', endpoints: [{ addresses: ['web'] }] }), [
      'endpoints[0].addresses[0]: Invalid value: "web": should be a domain with at least two segments separated by dots',
    ]);
    assert.deepEqual(slice({ endpoints: [] }), ['addressType: Required value']);
  });

  it('in slices are not too many', () => {
    const endpoints = Array.from({ length: 1_001 }, () => ({ addresses: ['10.0.0.1'] }));
    assert.deepEqual(slice({ addressType: 'IPv4', endpoints }), [
      'endpoints: Too many: 1001: must have at most 1000 items',
    ]);
    assert.deepEqual(slice({ addressType: 'IPv4', endpoints: [], ports: [{ port: 1 }, { port: 2 }] }), [
      'ports[1].name: Duplicate value: ""',
    ]);
  });
});
