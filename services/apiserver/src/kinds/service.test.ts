import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { serviceOf, specOf } from '../verbs/testing/objects.ts';
import { refused } from '../verbs/testing/refused.ts';
import { TestVerbs } from '../verbs/testing/test-verbs.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start({ settings: { nodePorts: { first: 30_000, last: 30_009 } } });
});
after(() => api.stop());

function claims(resource: string): string[] {
  const { items } = api.running.env.cache.resource(resource).list(
    {
      namespace: '',
      name: undefined,
      path: undefined,
      everything: true,
      matches: () => true,
      equalities: [],
      term: '',
    },
    '',
    0,
  );
  return items.map((item) => item.key.name);
}

const ports = () => claims('nodeports.reckon.dev');
const addresses = () => claims('ipaddresses.networking.k8s.io');

async function nodePortOf(name: string): Promise<number> {
  const spec = specOf(await api.get(`services default/${name}`)) as { ports: { nodePort: number }[] };
  return spec.ports[0]?.nodePort ?? 0;
}

describe('a Service', () => {
  it('gets an address of its own in the upper part of the range, and gives it back', async () => {
    const made = specOf(await api.create('services default', serviceOf('addressed')));
    const [a, b, c, d] = String(made.clusterIP).split('.').map(Number);
    assert.deepEqual([a, b], [10, 96]);
    assert.ok(Number(c) * 256 + Number(d) >= 256, 'the lower part is for people to choose from');
    assert.deepEqual(made.clusterIPs, [made.clusterIP]);
    assert.deepEqual([made.ipFamilies, made.ipFamilyPolicy], [['IPv4'], 'SingleStack']);
    assert.ok(addresses().includes(String(made.clusterIP)));
    await api.delete('services default/addressed');
    assert.equal(addresses().includes(String(made.clusterIP)), false);
  });

  it('read, given another type and written back is free of what came with the old type', async () => {
    const made = await api.create(
      'services default',
      serviceOf('rewritten', { type: 'LoadBalancer', externalTrafficPolicy: 'Cluster' }),
    );
    assert.equal(specOf(made).externalTrafficPolicy, 'Cluster');
    const spec = { ...specOf(made), type: 'ExternalName', externalName: 'example.com' };
    const named = specOf(await api.update('services default/rewritten', { ...made, spec }));
    assert.deepEqual(
      [named.type, named.clusterIP, named.externalTrafficPolicy, named.allocateLoadBalancerNodePorts],
      ['ExternalName', undefined, undefined, undefined],
    );
    await api.delete('services default/rewritten');
  });

  it('gets the address that it asks for, if nobody has it', async () => {
    await api.create('services default', serviceOf('chosen', { clusterIP: '10.96.0.77' }));
    await refused(
      api.create('services default', serviceOf('late', { clusterIP: '10.96.0.77' })),
      'Invalid',
      'Service "late" is invalid: spec.clusterIPs: Invalid value: []string{"10.96.0.77"}: failed to allocate IP 10.96.0.77: provided IP is already allocated',
    );
    await refused(
      api.create('services default', serviceOf('far', { clusterIP: '10.97.0.1' })),
      'Invalid',
      /the provided IP \(10\.97\.0\.1\) is not in the valid range\. The range of valid IPs is 10\.96\.0\.0\/16/,
    );
    await api.delete('services default/chosen');
    await api.create('services default', serviceOf('late', { clusterIP: '10.96.0.77' }));
  });

  it('that is headless, or only a name, has no address', async () => {
    const headless = specOf(
      await api.create('services default', serviceOf('headless', { clusterIP: 'None' })),
    );
    assert.deepEqual([headless.clusterIP, headless.clusterIPs], ['None', ['None']]);
    const named = specOf(
      await api.create(
        'services default',
        serviceOf('named', { type: 'ExternalName', externalName: 'example.com' }),
      ),
    );
    assert.equal(named.clusterIP, undefined);
    assert.equal(named.ipFamilies, undefined);
  });

  it('of type NodePort gets a port on every node, the one it asks for if it is free', async () => {
    await api.create(
      'services default',
      serviceOf('chosen-port', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_000 }] }),
    );
    await refused(
      api.create(
        'services default',
        serviceOf('late-port', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_000 }] }),
      ),
      'Invalid',
      'Service "late-port" is invalid: spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated',
    );
    await refused(
      api.create(
        'services default',
        serviceOf('far-port', { type: 'NodePort', ports: [{ port: 80, nodePort: 8080 }] }),
      ),
      'Invalid',
      /provided port is not in the valid range\. The range of valid ports is 30000-30009/,
    );
    const any = specOf(await api.create('services default', serviceOf('any-port', { type: 'NodePort' })));
    const [port] = any.ports as { nodePort: number }[];
    assert.ok(port && port.nodePort > 30_000 && port.nodePort <= 30_009);
    await api.delete('services default/chosen-port');
    await api.delete('services default/any-port');
    assert.deepEqual(ports(), []);
  });

  it('may use one number for two protocols', async () => {
    const both = [
      { name: 'tcp', port: 53, protocol: 'TCP', nodePort: 30_003 },
      { name: 'udp', port: 53, protocol: 'UDP', nodePort: 30_003 },
    ];
    await api.create('services default', serviceOf('dns', { type: 'NodePort', ports: both }));
    assert.deepEqual(ports(), ['30003']);
    await api.delete('services default/dns');
  });

  it('keeps what it was given over updates that do not say it, and gives up what its new type does not need', async () => {
    const made = specOf(await api.create('services default', serviceOf('changes', { type: 'NodePort' })));
    const port = await nodePortOf('changes');
    const kept = specOf(
      await api.update(
        'services default/changes',
        serviceOf('changes', { type: 'NodePort', selector: { a: 'b' } }),
      ),
    );
    assert.equal(kept.clusterIP, made.clusterIP);
    assert.equal(await nodePortOf('changes'), port);
    await api.update('services default/changes', serviceOf('changes', { type: 'ClusterIP' }));
    assert.deepEqual(ports(), []);
    await api.update(
      'services default/changes',
      serviceOf('changes', { type: 'ExternalName', externalName: 'example.com' }),
    );
    assert.equal(addresses().includes(String(made.clusterIP)), false);
  });

  it('is one of few that fit: of many that want the last ports at once exactly so many get one', async () => {
    const other = await TestVerbs.start({
      database: api.database,
      seed: 2,
      settings: { nodePorts: { first: 30_000, last: 30_009 } },
    });
    try {
      const results = await Promise.allSettled(
        Array.from({ length: 24 }, (_, i) =>
          (i % 2 ? api : other).create('services default', serviceOf(`crowd-${i}`, { type: 'NodePort' })),
        ),
      );
      const got = results.flatMap((result) =>
        result.status === 'fulfilled'
          ? (specOf(result.value).ports as { nodePort: number }[]).map((port) => port.nodePort)
          : [],
      );
      assert.deepEqual(
        [...got].sort(),
        Array.from({ length: 10 }, (_, i) => 30_000 + i),
      );
      for (const result of results)
        if (result.status === 'rejected')
          assert.match(String(result.reason), /failed to allocate a nodePort: range is full/);
    } finally {
      await other.stop();
    }
  });
});
