import assert from 'node:assert/strict';
import test from 'node:test';
import { createDefaulter } from '../defaults/index.ts';
import { loadSchema } from '../schema/load.ts';
import { createUnimplementedFinder, gaps } from './index.ts';

const schema = loadSchema();
const find = createUnimplementedFinder(schema);

test('a field that nothing acts on is found, wherever it is', () => {
  const spec = {
    affinity: { nodeAffinity: {} },
    securityContext: { windowsOptions: { hostProcess: true } },
    volumes: [
      { name: 'a', emptyDir: {} },
      { name: 'b', nfs: { path: '/' } },
    ],
  };
  assert.deepEqual(find('reckon.api.apps.v1.Deployment', { spec: { template: { spec } } }), [
    'spec.template.spec.volumes[1].nfs',
    'spec.template.spec.securityContext.windowsOptions',
  ]);
});

test('asking for the default or for nothing is not reported', () => {
  const spec = { internalTrafficPolicy: 'Cluster', externalIPs: [], loadBalancerIP: '' };
  assert.deepEqual(find('reckon.api.core.v1.Service', { spec }), []);
  assert.deepEqual(find('reckon.api.core.v1.Service', { spec: { internalTrafficPolicy: 'Local' } }), [
    'spec.internalTrafficPolicy',
  ]);
});

test('what the defaults fill in is not reported', () => {
  const defaults = createDefaulter(schema);
  const service = defaults('reckon.api.core.v1.Service', {
    spec: { type: 'LoadBalancer', ports: [{ port: 1 }] },
  });
  assert.deepEqual(find('reckon.api.core.v1.Service', service), []);
  const pod = defaults('reckon.api.core.v1.Pod', { spec: { containers: [{ name: 'c', image: 'i' }] } });
  assert.deepEqual(find('reckon.api.core.v1.Pod', pod), []);
  assert.deepEqual(find('reckon.api.core.v1.Service', { spec: { externalTrafficPolicy: 'Local' } }), [
    'spec.externalTrafficPolicy',
  ]);
});

test('every gap is a field that the finder reports', () => {
  const all = gaps(schema);
  assert.ok(all.some((gap) => gap.resource === 'pods' && gap.path === 'spec.volumes.nfs'));
  assert.equal(new Set(all.map((gap) => `${gap.resource} ${gap.path}`)).size, all.length);
});
