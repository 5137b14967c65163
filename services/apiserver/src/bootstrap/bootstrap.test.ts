import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { namespaceOf, specOf } from '../verbs/testing/objects.ts';
import { refused } from '../verbs/testing/refused.ts';
import { TestVerbs } from '../verbs/testing/test-verbs.ts';
import { bootstrap } from './bootstrap.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

describe('a new cluster', () => {
  it('has its namespaces, and the way to its own API from inside', async () => {
    assert.deepEqual(await api.names('namespaces'), [
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ]);
    const { clusterIP, ports } = specOf(await api.get('services default/kubernetes'));
    assert.equal(clusterIP, '10.96.0.1');
    assert.deepEqual(ports, [
      { name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 },
      { name: 'grpc', protocol: 'TCP', port: 6444, targetPort: 6444 },
    ]);
    const slice = await api.get('endpointslices.discovery.k8s.io default/kubernetes');
    assert.deepEqual(slice.endpoints, [{ addresses: ['192.0.2.10'], conditions: { ready: true } }]);
    const endpoints = await api.get('endpoints default/kubernetes');
    assert.deepEqual(endpoints.subsets, [
      {
        addresses: [{ ip: '192.0.2.10' }],
        ports: [
          { name: 'https', port: 6443, protocol: 'TCP' },
          { name: 'grpc', port: 6444, protocol: 'TCP' },
        ],
      },
    ]);
  });

  it('is left as it is by a second start', async () => {
    const { head } = api.running.env.cache;
    await bootstrap(api.running.env);
    assert.equal(api.running.env.cache.head, head);
  });

  it('has its address changed by a start elsewhere', async () => {
    const moved = await TestVerbs.start({
      database: api.database,
      seed: 2,
      settings: { advertise: { address: '192.0.2.99', port: 7443, grpcPort: 7444 } },
    });
    await moved.stop();
    const { subsets } = await api.get('endpoints default/kubernetes');
    assert.match(JSON.stringify(subsets), /192\.0\.2\.99.*7443.*7444/);
  });
});

describe('a namespace that has lost what belongs to it', () => {
  it('gets it back', async () => {
    await api.create('namespaces', namespaceOf('robbed'));
    const watch = await api.watch('configmaps robbed', {
      resourceVersion: String(api.running.env.cache.head),
    });
    await api.delete('configmaps robbed/kube-root-ca.crt');
    assert.deepEqual(await watch.lines(2), [
      'DELETED robbed/kube-root-ca.crt',
      'ADDED robbed/kube-root-ca.crt',
    ]);
    await api.patch('configmaps robbed/kube-root-ca.crt', 'merge', { data: { 'ca.crt': 'forged' } });
    const [, restored] = await watch.take(2);
    assert.match(JSON.stringify(restored?.object?.value.data), /BEGIN CERTIFICATE/);
    watch.stop();
    const accounts = await api.watch('serviceaccounts robbed', {
      resourceVersion: String(api.running.env.cache.head),
    });
    await api.delete('serviceaccounts robbed/default');
    assert.deepEqual(await accounts.lines(2), ['DELETED robbed/default', 'ADDED robbed/default']);
    accounts.stop();
  });

  it('and is going away itself does not', async () => {
    await api.create('namespaces', namespaceOf('emptied'));
    await api.delete('namespaces emptied');
    await api.delete('configmaps emptied/kube-root-ca.crt');
    await api.delete('serviceaccounts emptied/default');
    // Whatever the keeper would do, it does before it takes up what comes later.
    await api.delete('configmaps default/kube-root-ca.crt');
    await api.delete('serviceaccounts default/default');
    const watch = await api.watch('serviceaccounts default');
    await watch.take(1);
    watch.stop();
    await refused(api.get('serviceaccounts emptied/default'), 'NotFound');
  });
});
