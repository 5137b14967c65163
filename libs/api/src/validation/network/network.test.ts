import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, objectOf, updateProblems } from '../testing.ts';

type Fields = Record<string, unknown>;

describe('ingresses', () => {
  const backend = { service: { name: 'web', port: { number: 80 } } };
  const ingress = (spec: Fields, metadata: Fields = {}) =>
    createProblems({ resource: 'ingresses.networking.k8s.io', metadata, spec });
  const at = (path: Fields) => ingress({ rules: [{ host: 'a.example.com', http: { paths: [path] } }] });

  it('may be as the tutorials have them', () => {
    assert.deepEqual(at({ path: '/', pathType: 'Prefix', backend }), []);
    assert.deepEqual(ingress({ defaultBackend: backend, tls: [{ hosts: ['*.example.com'] }] }), []);
  });

  it('lead somewhere', () => {
    assert.deepEqual(ingress({}), [
      'spec: Invalid value: null: either `defaultBackend` or `rules` must be specified',
    ]);
    const path = 'spec.rules[0].http.paths[0]';
    assert.deepEqual(at({ path: '/', pathType: 'Prefix' }), [
      `${path}.backend: Invalid value: "": resource or service backend is required`,
    ]);
    assert.deepEqual(at({ path: '/', pathType: 'Prefix', backend: { service: { name: 'web' } } }), [
      `${path}.backend: Required value: port name or number is required`,
    ]);
    assert.deepEqual(at({ path: 'a//b', pathType: 'Exact', backend }), [
      `${path}.path: Invalid value: "a//b": must be an absolute path`,
    ]);
    assert.deepEqual(at({ path: '/a//b/..', pathType: 'Exact', backend }), [
      `${path}.path: Invalid value: "/a//b/..": must not contain '//'`,
      `${path}.path: Invalid value: "/a//b/..": cannot end with '/..'`,
    ]);
    assert.deepEqual(at({ path: '/', backend }), [`${path}.pathType: Required value`]);
  });

  it('are for hosts, not addresses', () => {
    assert.deepEqual(ingress({ rules: [{ host: '10.0.0.1' }] }), [
      'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ]);
    const annotations = { 'kubernetes.io/ingress.class': 'a' };
    assert.deepEqual(ingress({ defaultBackend: backend, ingressClassName: 'b' }, { annotations }), [
      'metadata.annotations[kubernetes.io/ingress.class]: Invalid value: "a": can not be set when the class field is also set',
    ]);
  });
});

describe('ingress classes', () => {
  const ingressClass = (spec: Fields) => ({ resource: 'ingressclasses.networking.k8s.io', spec });

  it('name their controller for good', () => {
    assert.deepEqual(createProblems(ingressClass({ controller: 'example.com/ingress' })), []);
    assert.deepEqual(createProblems(ingressClass({ controller: 'nginx' })), [
      'spec.controller: Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")',
    ]);
    const parameters = { kind: 'Config', name: 'x', scope: 'Namespace' };
    assert.deepEqual(createProblems(ingressClass({ controller: 'example.com/x', parameters })), [
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ]);
  });
});

describe('network policies', () => {
  const policy = (spec: Fields) => ({ resource: 'networkpolicies.networking.k8s.io', spec });
  const problems = (spec: Fields) => createProblems(policy(spec));

  it('are about what they have rules for', () => {
    assert.deepEqual(objectOf(policy({})).spec, { podSelector: {}, policyTypes: ['Ingress'] });
    const out = objectOf(policy({ egress: [{ ports: [{ port: 53 }] }] }));
    assert.deepEqual(out.spec, {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }],
    });
  });

  it('name peers and ports that can be', () => {
    assert.deepEqual(problems({ ingress: [{ from: [{}] }] }), [
      'spec.ingress[0].from[0]: Required value: must specify a peer',
    ]);
    const block = { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '11.0.0.0/16'] };
    assert.deepEqual(problems({ egress: [{ to: [{ ipBlock: block }] }] }), [
      'spec.egress[0].to[0].ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
    ]);
    assert.deepEqual(
      problems({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }] }] }),
      ['spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer'],
    );
    assert.deepEqual(
      problems({
        ingress: [
          {
            ports: [
              { port: 'web', endPort: 9 },
              { port: 8, endPort: 7 },
            ],
          },
        ],
      }),
      [
        'spec.ingress[0].ports[0].endPort: Invalid value: 9: may not be specified when `port` is non-numeric',
        'spec.ingress[0].ports[1].endPort: Invalid value: 8: must be greater than or equal to `port`',
      ],
    );
  });
});

describe('addresses and their ranges', () => {
  it('are addresses, written in one way', () => {
    const address = (name: string) =>
      createProblems({
        resource: 'ipaddresses.networking.k8s.io',
        metadata: { name },
        spec: { parentRef: { resource: 'services', name: 'x' } },
      });
    assert.deepEqual(address('10.0.0.1'), []);
    assert.deepEqual(address('2001:db8::1'), []);
    assert.deepEqual(address('2001:db8:0::1'), [
      'metadata.name: Invalid value: "2001:db8:0::1": must be in canonical form ("2001:db8::1")',
    ]);
    assert.deepEqual(address('web'), ['metadata.name: Invalid value: "web": must be a valid IP address']);
  });

  it('stay, but for a range of the other family', () => {
    const range = (...cidrs: readonly string[]) => ({
      resource: 'servicecidrs.networking.k8s.io',
      spec: { cidrs },
    });
    assert.deepEqual(createProblems(range()), ['spec.cidrs: Required value: at least one CIDR required']);
    assert.deepEqual(updateProblems(range('10.0.0.0/16'), range('10.0.0.0/16', 'fd00::/112')), []);
    assert.deepEqual(updateProblems(range('10.0.0.0/16'), range('10.1.0.0/16')), [
      'spec.cidrs: Invalid value: ["10.1.0.0/16"]: field is immutable',
    ]);
  });
});
