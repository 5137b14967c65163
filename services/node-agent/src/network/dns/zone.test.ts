import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Zone } from './zone.ts';

const DOMAIN = 'cluster.local';

function service(name: string, spec: object) {
  return { metadata: { name, namespace: 'default' }, spec };
}

function slice(service: string, addresses: readonly { ip: string; hostname?: string; ready?: boolean }[]) {
  return {
    metadata: {
      name: `${service}-1`,
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': service },
    },
    addressType: 'IPv4',
    endpoints: addresses.map(({ ip, hostname, ready = true }) => ({
      addresses: [ip],
      conditions: { ready },
      ...(hostname ? { hostname } : {}),
    })),
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
  };
}

describe('the cluster zone', () => {
  it('a Service has its cluster IP under its name, whatever the case of the query', () => {
    const zone = new Zone(DOMAIN);
    zone.setService(
      'default',
      'web',
      service('web', { clusterIP: '10.96.0.7', ports: [{ name: 'http', port: 80 }] }),
    );
    const name = 'web.default.svc.cluster.local';
    assert.deepEqual(zone.lookup('Web.Default.svc.cluster.LOCAL', 'A'), [
      { type: 'A', name, data: '10.96.0.7' },
    ]);
    assert.deepEqual(zone.lookup(name, 'AAAA'), [], 'the name is there, the type is not');
    assert.deepEqual(zone.lookup('default.svc.cluster.local', 'A'), [], 'a name above others is there');
    assert.equal(zone.lookup('gone.default.svc.cluster.local', 'A'), undefined);
    assert.deepEqual(zone.lookup('7.0.96.10.in-addr.arpa', 'PTR'), [
      { type: 'PTR', name: '7.0.96.10.in-addr.arpa', data: name },
    ]);
    assert.deepEqual(
      zone.lookup(`_http._tcp.${name}`, 'SRV')?.map((r) => r.data),
      [{ target: name, port: 80, priority: 0, weight: 100 }],
    );
  });

  it('a headless Service has the addresses of its ready endpoints and their host names', () => {
    const zone = new Zone(DOMAIN);
    zone.setService(
      'default',
      'db',
      service('db', { clusterIP: 'None', ports: [{ name: 'http', port: 80 }] }),
    );
    const before = slice('db', [
      { ip: '10.244.0.5', hostname: 'db-0' },
      { ip: '10.244.0.6', ready: false },
    ]);
    zone.setSlice('default', 'db-1', undefined, before);
    const all = () => zone.lookup('db.default.svc.cluster.local', 'A')?.map((r) => r.data);
    assert.deepEqual(all(), ['10.244.0.5']);
    assert.deepEqual(
      zone.lookup('db-0.db.default.svc.cluster.local', 'A')?.map((r) => r.data),
      ['10.244.0.5'],
    );
    const after = slice('db', [{ ip: '10.244.0.6' }]);
    zone.setSlice('default', 'db-1', before, after);
    assert.deepEqual(all(), ['10.244.0.6']);
    assert.equal(zone.lookup('db-0.db.default.svc.cluster.local', 'A'), undefined);
    zone.setSlice('default', 'db-1', after, undefined);
    zone.setService('default', 'db', undefined);
    assert.equal(zone.lookup('db.default.svc.cluster.local', 'A'), undefined);
    assert.equal(zone.lookup('default.svc.cluster.local', 'A'), undefined, 'nothing is left of it');
  });

  it('a pod has a name made of its address and its namespace', () => {
    const zone = new Zone(DOMAIN);
    const name = '10-244-0-5.default.pod.cluster.local';
    assert.deepEqual(zone.lookup(name, 'A'), [{ type: 'A', name, data: '10.244.0.5' }]);
    assert.deepEqual(zone.lookup(name, 'AAAA'), []);
    for (const none of [
      '10-244-0-500.default',
      '10-244-0.default',
      '10-244-0-5',
      'a.10-244-0-5.default',
      'web.default',
    ])
      assert.equal(zone.lookup(`${none}.pod.cluster.local`, 'A'), undefined, none);
  });

  it('an ExternalName is an alias, for every type of query', () => {
    const zone = new Zone(DOMAIN);
    zone.setService('default', 'out', service('out', { type: 'ExternalName', externalName: 'example.org' }));
    assert.deepEqual(
      zone.lookup('out.default.svc.cluster.local', 'AAAA')?.map((r) => r.data),
      ['example.org'],
    );
  });

  it('owns its domain and the reverse names of its Services, nothing else', () => {
    const zone = new Zone(DOMAIN);
    zone.setService('default', 'web', service('web', { clusterIP: '10.96.0.7' }));
    assert.equal(zone.owns('x.cluster.local'), true);
    assert.equal(zone.owns('7.0.96.10.in-addr.arpa'), true);
    assert.equal(zone.owns('1.0.0.10.in-addr.arpa'), false);
    assert.equal(zone.owns('notcluster.local'), false);
  });
});
