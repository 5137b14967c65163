import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pod } from '../pod/testing/pods.ts';
import { dnsConfig, parseResolvConf } from './dns.ts';
import { expand } from './expand.ts';
import { podField, resourceField } from './fields.ts';
import { hostsFile } from './hosts-file.ts';
import { containerShare, oomScoreAdj, podShare } from './resources.ts';
import { serviceEnv } from './service-env.ts';

const MIB = 1024 * 1024;

describe('variables in commands and values', () => {
  const values = new Map([
    ['A', 'x'],
    ['B', '$(A)'],
  ]);
  const cases: readonly (readonly [string, string])[] = [
    ['$(A)', 'x'],
    ['-$(A)-$(A)-', '-x-x-'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$x'],
    ['$(MISSING)', '$(MISSING)'],
    ['$(B)', '$(A)'],
    ['$A $( $', '$A $( $'],
    ['$(A', '$(A'],
  ];
  for (const [text, expected] of cases) {
    it(`${text} becomes ${expected}`, () =>
      assert.equal(
        expand(text, (name) => values.get(name)),
        expected,
      ));
  }
});

describe('what the kernel is told of resources', () => {
  it('requests are shares, limits are a quota and a limit', () => {
    const requirements = { requests: { cpu: '250m' }, limits: { cpu: '1500m', memory: '1Gi' } };
    assert.deepEqual(containerShare(requirements), {
      cpuShares: 256,
      cpuQuotaUs: 150_000,
      memoryLimitBytes: 1024 * MIB,
    });
    assert.deepEqual(containerShare(undefined), {
      cpuShares: 2,
      cpuQuotaUs: undefined,
      memoryLimitBytes: undefined,
    });
    assert.equal(containerShare({ limits: { cpu: '1m' } }).cpuQuotaUs, 1_000);
  });

  it('a pod has the sum of its containers, or what an init container beside the sidecars needs, if that is more', () => {
    const limits = (cpu: string) => ({ resources: { limits: { cpu, memory: '64Mi' } } });
    const model = pod({
      initContainers: [
        { name: 'side', ...limits('100m'), restartPolicy: 'Always' },
        { name: 'big', ...limits('2') },
      ],
      containers: [
        { name: 'a', ...limits('500m') },
        { name: 'b', ...limits('500m') },
      ],
    });
    assert.deepEqual(podShare(model), {
      cpuShares: Math.floor(2.1 * 1024),
      cpuQuotaUs: 210_000,
      memoryLimitBytes: 192 * MIB,
    });
  });

  it('a pod may use the overhead of its RuntimeClass besides', () => {
    const resources = { limits: { cpu: '1', memory: '64Mi' } };
    const model = pod({
      containers: [{ name: 'a', resources }],
      spec: { overhead: { cpu: '250m', memory: '32Mi' } },
    });
    assert.deepEqual(podShare(model), {
      cpuShares: 1280,
      cpuQuotaUs: 125_000,
      memoryLimitBytes: 96 * MIB,
    });
  });

  it('a pod of which one container has no limit has none', () => {
    const model = pod({
      containers: [{ name: 'a', resources: { limits: { cpu: '1', memory: '64Mi' } } }, { name: 'b' }],
    });
    assert.deepEqual([podShare(model).cpuQuotaUs, podShare(model).memoryLimitBytes], [undefined, undefined]);
  });

  it('whom memory is taken from first: best effort, then by what was requested, guaranteed last', () => {
    const settings = { memoryCapacityBytes: 1000 * MIB, lowestOomScoreAdj: -1000 };
    const score = (resources: object) => {
      const model = pod({ containers: [{ name: 'main', resources }] });
      return oomScoreAdj(model, model.containers[0]?.spec.resources, settings);
    };
    const all = { cpu: '1', memory: '100Mi' };
    assert.equal(score({}), 1000);
    assert.equal(score({ requests: { memory: '500Mi' } }), 500);
    assert.equal(score({ requests: { memory: '1Mi' } }), 999);
    assert.equal(score({ requests: all, limits: all }), -997);
  });

  it('never lower than the agent may set', () => {
    const all = { cpu: '1', memory: '100Mi' };
    const model = pod({ containers: [{ name: 'main', resources: { requests: all, limits: all } }] });
    const settings = { memoryCapacityBytes: 1000 * MIB, lowestOomScoreAdj: 0 };
    assert.equal(oomScoreAdj(model, model.containers[0]?.spec.resources, settings), 0);
  });
});

describe('a pod’s name servers', () => {
  const host = parseResolvConf(
    '# x\nnameserver 1.1.1.1\nsearch example.org .\nnameserver 8.8.8.8\noptions ndots:2 rotate\n',
  );
  const settings = { clusterDnsIp: '10.96.0.10', clusterDomain: 'cluster.local', host };

  it('are the cluster’s, and names are completed by its domains before the node’s', () => {
    assert.deepEqual(dnsConfig(pod(), settings), {
      servers: ['10.96.0.10'],
      searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.org'],
      options: ['ndots:5'],
    });
  });
  it('are the node’s under policy Default, and in the node’s network', () => {
    const expected = {
      servers: ['1.1.1.1', '8.8.8.8'],
      searches: ['example.org'],
      options: ['ndots:2', 'rotate'],
    };
    assert.deepEqual(dnsConfig(pod({ spec: { dnsPolicy: 'Default' } }), settings), expected);
    assert.deepEqual(dnsConfig(pod({ spec: { hostNetwork: true } }), settings), expected);
    const both = pod({ spec: { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' } });
    assert.deepEqual(dnsConfig(both, settings).servers, ['10.96.0.10']);
  });
  it('are its own under policy None, and what it adds otherwise', () => {
    const own = {
      nameservers: ['9.9.9.9'],
      searches: ['x'],
      options: [{ name: 'ndots', value: '1' }, { name: 'debug' }],
    };
    assert.deepEqual(dnsConfig(pod({ spec: { dnsPolicy: 'None', dnsConfig: own } }), settings), {
      servers: ['9.9.9.9'],
      searches: ['x'],
      options: ['ndots:1', 'debug'],
    });
    assert.deepEqual(dnsConfig(pod({ spec: { dnsConfig: own } }), settings).options, ['ndots:1', 'debug']);
  });
});

describe('the hosts file', () => {
  const known = { podIps: ['10.1.1.5'], clusterDomain: 'cluster.local', nodeHosts: '127.0.0.1 node' };
  it('has the pod under its name, its subdomain and its aliases', () => {
    const model = pod({
      spec: { hostname: 'db-0', subdomain: 'db', hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] },
    });
    const lines = hostsFile(model, known).split('\n');
    assert.ok(lines.includes('10.1.1.5\tdb-0.db.default.svc.cluster.local\tdb-0'));
    assert.ok(lines.includes('1.2.3.4\ta\tb'));
  });
  it('continues the node’s own in the node’s network', () => {
    assert.match(hostsFile(pod({ spec: { hostNetwork: true } }), known), /^127\.0\.0\.1 node$/m);
  });
});

describe('fields of a pod', () => {
  const facts = { podIps: ['10.1.1.5', 'fd00::5'], hostIps: ['192.168.1.2'] };
  it('are found by their paths, with keys of labels', () => {
    const model = pod();
    assert.equal(podField(model, { fieldPath: 'metadata.name' }, facts), 'web');
    assert.equal(podField(model, { fieldPath: 'status.podIPs' }, facts), '10.1.1.5,fd00::5');
    assert.equal(podField(model, { fieldPath: "metadata.labels['none']" }, facts), '');
    assert.throws(() => podField(model, { fieldPath: 'spec.tolerations' }, facts), /unsupported fieldPath/);
  });
  it('resources are rounded up to their divisor; without a limit they are the node’s', () => {
    const model = pod({
      containers: [{ name: 'main', resources: { limits: { memory: '1000Mi' }, requests: { cpu: '1200m' } } }],
    });
    const known = { containerName: 'main', allocatable: { cpu: '4', memory: '8Gi' } };
    assert.equal(resourceField(model, { resource: 'limits.memory', divisor: '1Gi' }, known), '1');
    assert.equal(resourceField(model, { resource: 'requests.cpu', divisor: '1m' }, known), '1200');
    assert.equal(resourceField(model, { resource: 'requests.cpu' }, known), '2');
    assert.equal(resourceField(model, { resource: 'limits.cpu' }, known), '4');
  });
});

describe('variables of Services', () => {
  const service = (namespace: string, name: string, clusterIP: string, ports: object[]) => ({
    metadata: { namespace, name },
    spec: { clusterIP, ports },
  });
  const all = [
    service('default', 'kubernetes', '10.96.0.1', [{ name: 'https', port: 443, protocol: 'TCP' }]),
    service('shop', 'my-db', '10.96.0.7', [
      { name: 'sql', port: 5432 },
      { name: 'ui', port: 80 },
    ]),
    service('shop', 'headless', 'None', [{ port: 1 }]),
    service('other', 'web', '10.96.0.8', [{ port: 80 }]),
  ];
  it('lead to those of the pod’s namespace, and always to the API', () => {
    const env = serviceEnv(all, { namespace: 'shop', enableServiceLinks: true });
    assert.equal(env.get('KUBERNETES_SERVICE_HOST'), '10.96.0.1');
    assert.equal(env.get('KUBERNETES_SERVICE_PORT_HTTPS'), '443');
    assert.equal(env.get('MY_DB_SERVICE_HOST'), '10.96.0.7');
    assert.equal(env.get('MY_DB_SERVICE_PORT'), '5432');
    assert.equal(env.get('MY_DB_SERVICE_PORT_UI'), '80');
    assert.equal(env.get('MY_DB_PORT'), 'tcp://10.96.0.7:5432');
    assert.equal(env.get('MY_DB_PORT_80_TCP_ADDR'), '10.96.0.7');
    assert.ok(![...env.keys()].some((name) => name.startsWith('WEB_') || name.startsWith('HEADLESS_')));
  });
  it('only to the API if links are not wanted', () => {
    const env = serviceEnv(all, { namespace: 'shop', enableServiceLinks: false });
    assert.ok([...env.keys()].every((name) => name.startsWith('KUBERNETES_')));
  });
});
