import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, updateProblems } from './testing.ts';

describe('services', () => {
  const service = (spec: Record<string, unknown>) => createProblems({ resource: 'services', spec });
  const ports = [{ port: 80 }];
  const cases: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
    ['nothing to say', { ports, selector: { app: 'web' } }, []],
    ['no ports', {}, ['spec.ports: Required value']],
    ['no ports and no address', { clusterIP: 'None', clusterIPs: ['None'] }, []],
    [
      'unnamed ports',
      { ports: [{ port: 1 }, { name: 'b', port: 2 }] },
      ['spec.ports[0].name: Required value'],
    ],
    [
      'ports that are there twice',
      {
        ports: [
          { name: 'a', port: 1 },
          { name: 'a', port: 1 },
        ],
      },
      [
        'spec.ports[1].name: Duplicate value: "a"',
        'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":1}',
      ],
    ],
    [
      'a node port in the cluster only',
      { ports: [{ port: 80, nodePort: 30000 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      'a node port that is there twice',
      {
        type: 'NodePort',
        ports: [
          { name: 'a', port: 1, nodePort: 30000 },
          { name: 'b', port: 2, nodePort: 30000 },
        ],
      },
      ['spec.ports[1].nodePort: Duplicate value: 30000'],
    ],
    [
      'node ports without an address',
      { type: 'NodePort', ports, clusterIP: 'None', clusterIPs: ['None'] },
      ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
    ],
    ['another name without the name', { type: 'ExternalName' }, ['spec.externalName: Required value']],
    [
      'another name with an address',
      { type: 'ExternalName', externalName: 'a.b.', clusterIP: '10.96.0.9' },
      ['spec.clusterIPs: Forbidden: may not be set for ExternalName services'],
    ],
    [
      'an address that is none',
      { ports, clusterIP: 'x' },
      [
        'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      'two addresses that differ',
      { ports, clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.8'] },
      ['spec.clusterIPs: Invalid value: ["10.96.0.8"]: first value must match `clusterIP`'],
    ],
    [
      'an external address of the node itself',
      { ports, externalIPs: ['127.0.0.1'] },
      [
        'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [
      'affinity that lasts too long',
      {
        ports,
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } },
      },
      [
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
      ],
    ],
    [
      'a policy for traffic that does not come',
      { ports, externalTrafficPolicy: 'Local' },
      [
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
      ],
    ],
  ];
  for (const [is, spec, expected] of cases) {
    it(`with ${is} are ${expected.length === 0 ? 'fine' : 'refused'}`, () => {
      assert.deepEqual(service(spec), expected);
    });
  }

  it('keep their address', () => {
    const at = (clusterIP?: string) => ({
      resource: 'services',
      spec: { ports, ...(clusterIP !== undefined && { clusterIP, clusterIPs: [clusterIP] }) },
    });
    assert.deepEqual(updateProblems(at('10.96.0.9'), at('10.96.0.9')), []);
    assert.deepEqual(updateProblems(at('10.96.0.9'), at('10.96.0.8')), [
      'spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: may not change once set',
    ]);
    assert.deepEqual(updateProblems(at('10.96.0.9'), at()), [
      'spec.clusterIPs[0]: Invalid value: []: primary clusterIP can not be unset',
    ]);
    assert.deepEqual(updateProblems(at(), at('10.96.0.9')), []);
  });
});
