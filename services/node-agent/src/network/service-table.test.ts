import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { VirtualClock } from '@reckon/service';
import { createConntrack } from './conntrack.ts';
import { createNft } from './nft.ts';
import { ServiceTable } from './service-table.ts';
import { createLab, type Lab, type Machine } from './testing/namespaces.ts';
import type { EndpointSliceObject, ServiceObject } from './types.ts';

const NODE_IP = '198.51.100.1';
const CLUSTER_IP = '10.96.7.7';
const settings = {
  tableName: 'reckon-test',
  podCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/16',
  clusterDomain: 'cluster.local',
  dnsIP: '10.96.0.10',
  nodeIP: NODE_IP,
};
const service: ServiceObject = {
  metadata: { name: 'web', namespace: 'default' },
  spec: { type: 'NodePort', clusterIP: CLUSTER_IP, ports: [{ name: 'http', port: 80, nodePort: 30080 }] },
};

interface TestEndpoint {
  readonly ip: string;
  readonly ready: boolean;
  readonly draining?: boolean;
}

function slice(...endpoints: readonly TestEndpoint[]): EndpointSliceObject {
  return {
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: endpoints.map(({ ip, ready, draining = false }) => ({
      addresses: [ip],
      conditions: { ready, serving: ready || draining, terminating: draining },
    })),
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
  };
}

const UDP_SERVER = `
  const socket = require('dgram').createSocket('udp4');
  socket.on('message', (_, from) => socket.send(process.argv[1], from.port, from.address));
  socket.bind(8053, () => console.log('up'));`;
const UDP_SLICE = {
  metadata: { name: 'udp-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'udp' } },
  ports: [{ protocol: 'UDP', port: 8053 }],
};

describe('Services in nftables', {
  skip: process.getuid?.() === 0 ? false : 'needs root for network namespaces',
}, () => {
  let lab: Lab;
  let podA: Machine;
  let podB: Machine;
  let outside: Machine;
  let table: ServiceTable;
  let current: EndpointSliceObject | undefined;
  const errors: unknown[] = [];

  const udpService: ServiceObject = {
    metadata: { name: 'udp', namespace: 'default' },
    spec: {
      type: 'NodePort',
      clusterIP: '10.96.7.8',
      ports: [{ protocol: 'UDP', port: 53, nodePort: 30053 }],
    },
  };
  let udpSlice: EndpointSliceObject | undefined;

  async function udpEndpoint(ip: string | undefined): Promise<void> {
    const next = ip === undefined ? undefined : { ...slice({ ip, ready: true }), ...UDP_SLICE };
    table.setSlice('default', 'udp-1', udpSlice, next);
    udpSlice = next;
    await table.flush();
    assert.deepEqual(errors, []);
  }

  async function endpoints(...list: readonly TestEndpoint[]): Promise<void> {
    const next = slice(...list);
    table.setSlice('default', 'web-1', current, next);
    current = next;
    await table.flush();
    assert.deepEqual(errors, []);
  }

  before(async () => {
    lab = await createLab(`rkt${process.pid % 10_000}`);
    podA = await lab.attach('a', '10.244.0.2', '10.244.0.1');
    podB = await lab.attach('b', '10.244.0.3', '10.244.0.1');
    outside = await lab.attach('out', '198.51.100.9', NODE_IP);
    await lab.node.exec('ip', 'route', 'add', 'default', 'via', '198.51.100.9', 'src', NODE_IP);
    await podA.serve('0.0.0.0', 8080, 'A');
    await podB.serve('0.0.0.0', 8080, 'B');
    await podA.start(UDP_SERVER, 'A');
    await podB.start(UDP_SERVER, 'B');
    table = new ServiceTable({
      settings,
      nft: createNft(['ip', 'netns', 'exec', lab.node.name, 'nft']),
      conntrack: createConntrack(['ip', 'netns', 'exec', lab.node.name, 'conntrack']),
      clock: new VirtualClock(),
      dnsPort: 10_053,
      onError: (error) => errors.push(error),
    });
    table.setService('default', 'web', service);
    await table.flush();
  });

  after(async () => {
    await table.stop();
    assert.doesNotMatch(await lab.node.exec('nft', 'list', 'tables'), /reckon-test/);
    await lab.dispose();
  });

  it('a Service without endpoints refuses connections at once, from pods and from the node', async () => {
    assert.equal(await podA.ask(CLUSTER_IP, 80), 'ECONNREFUSED');
    assert.equal(await lab.node.ask(CLUSTER_IP, 80), 'ECONNREFUSED');
  });

  it('a pod reaches another through the cluster IP and keeps its own address', async () => {
    await endpoints({ ip: '10.244.0.3', ready: true });
    assert.equal(await podA.ask(CLUSTER_IP, 80), 'B 10.244.0.2');
  });

  it('a Service that its label leaves to another proxy is let alone, until the label is gone', async () => {
    for (const label of ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless']) {
      table.setService('default', 'web', {
        ...service,
        metadata: { ...service.metadata, labels: { [label]: '' } },
      });
      await table.flush();
      assert.equal(await podA.ask(CLUSTER_IP, 80), 'ECONNREFUSED', label);
      table.setService('default', 'web', service);
      await table.flush();
      assert.match(await podA.ask(CLUSTER_IP, 80), /^B /);
    }
  });

  it('a pod that is given itself gets an answer', async () => {
    await endpoints({ ip: '10.244.0.2', ready: true });
    assert.match(await podA.ask(CLUSTER_IP, 80), /^A /);
  });

  it('the node and the outside reach the node port; the node reaches the cluster IP', async () => {
    await endpoints({ ip: '10.244.0.2', ready: true });
    assert.match(await outside.ask(NODE_IP, 30080), /^A /);
    assert.match(await lab.node.ask(NODE_IP, 30080), /^A /);
    assert.match(await lab.node.ask(CLUSTER_IP, 80), /^A /);
    assert.match(await podB.ask(NODE_IP, 30080), /^A /);
  });

  it('only ready endpoints answer, and both of two do', async () => {
    await endpoints({ ip: '10.244.0.2', ready: true }, { ip: '10.244.0.3', ready: true });
    const answers = new Set<string>();
    for (let i = 0; i < 40 && answers.size < 2; i++)
      answers.add((await outside.ask(NODE_IP, 30080)).charAt(0));
    assert.deepEqual([...answers].sort(), ['A', 'B']);
    await endpoints({ ip: '10.244.0.2', ready: false }, { ip: '10.244.0.3', ready: true });
    for (let i = 0; i < 5; i++) assert.match(await outside.ask(NODE_IP, 30080), /^B /);
  });

  it('a Service with session affinity stays with a client until it has been away for the time-out', async () => {
    const sticky = (timeoutSeconds: number): ServiceObject => ({
      ...service,
      spec: {
        ...service.spec,
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds } },
      },
    });
    const both = [
      { ip: '10.244.0.2', ready: true },
      { ip: '10.244.0.3', ready: true },
    ];
    const ask = async () => (await outside.ask(NODE_IP, 30080)).charAt(0);
    table.setService('default', 'web', sticky(3_600));
    await endpoints(...both);
    const first = await ask();
    for (let i = 0; i < 10; i++) assert.equal(await ask(), first);
    await endpoints(...both.filter(({ ip }) => ip === (first === 'A' ? '10.244.0.3' : '10.244.0.2')));
    const second = await ask();
    assert.notEqual(second, first, 'the endpoint that it had is gone');
    await endpoints(...both);
    for (let i = 0; i < 10; i++) assert.equal(await ask(), second);
    const list = () => lab.node.exec('nft', 'list', 'table', 'inet', 'reckon-test');
    assert.match(await list(), /timeout 1h/);
    table.setService('default', 'web', sticky(60));
    await table.flush();
    assert.match(await list(), /timeout 1m/);
    assert.doesNotMatch(await list(), /timeout 1h/);
    table.setService('default', 'web', service);
    await table.flush();
    assert.doesNotMatch(await list(), /from-|to-/);
  });

  it('a client that never stops sending UDP from one port reaches whoever is behind the Service now', async () => {
    table.setService('default', 'udp', udpService);
    await table.flush();
    const atNode = await outside.talk(NODE_IP, 30053);
    assert.equal(await atNode.ask(), 'nobody', 'the node itself has no such port');
    await udpEndpoint('10.244.0.2');
    const atClusterIP = await podB.talk('10.96.7.8', 53);
    for (const client of [atNode, atClusterIP]) assert.equal(await client.ask(), 'A');
    await udpEndpoint('10.244.0.3');
    for (const client of [atNode, atClusterIP]) assert.equal(await client.ask(), 'B');
    await udpEndpoint(undefined);
    assert.equal(await atClusterIP.ask(), 'nobody');
    table.setService('default', 'udp', undefined);
    await table.flush();
  });

  it('a UDP host port leads to the pod that has it now', async () => {
    const port = { hostPort: 9053, protocol: 'udp', containerPort: 8053 } as const;
    const client = await outside.talk(NODE_IP, 9053);
    assert.equal(await client.ask(), 'nobody');
    for (const [podIP, name] of [
      ['10.244.0.2', 'A'],
      ['10.244.0.3', 'B'],
    ] as const) {
      table.setHostPorts([{ ...port, podIP }]);
      await table.flush();
      assert.equal(await client.ask(), name);
    }
    table.setHostPorts([]);
    await table.flush();
    assert.equal(await client.ask(), 'nobody');
  });

  it('endpoints that drain still serve when no other is left', async () => {
    await endpoints({ ip: '10.244.0.2', ready: false, draining: true }, { ip: '10.244.0.3', ready: false });
    assert.match(await podB.ask(CLUSTER_IP, 80), /^A /);
  });

  it('host ports lead to their pod', async () => {
    table.setHostPorts([{ hostPort: 9090, protocol: 'tcp', podIP: '10.244.0.3', containerPort: 8080 }]);
    await table.flush();
    assert.match(await outside.ask(NODE_IP, 9090), /^B /);
    table.setHostPorts([
      { hostPort: 9090, hostIP: NODE_IP, protocol: 'tcp', podIP: '10.244.0.2', containerPort: 8080 },
      { hostPort: 9091, hostIP: '198.51.100.77', protocol: 'tcp', podIP: '10.244.0.3', containerPort: 8080 },
      { hostPort: 9092, hostIP: '127.0.0.1', protocol: 'tcp', podIP: '10.244.0.3', containerPort: 8080 },
    ]);
    await table.flush();
    assert.match(await outside.ask(NODE_IP, 9090), /^A /);
    assert.equal(await outside.ask(NODE_IP, 9091), 'ECONNREFUSED', 'it is the port of another address');
    assert.equal(await outside.ask(NODE_IP, 9092), 'ECONNREFUSED', 'it is the node’s own');
    table.setHostPorts([]);
    await table.flush();
    assert.equal(await outside.ask(NODE_IP, 9090), 'ECONNREFUSED');
  });

  it('a table that someone else deleted is made anew at the next change', async () => {
    await endpoints({ ip: '10.244.0.2', ready: true });
    await lab.node.exec('nft', 'delete', 'table', 'inet', 'reckon-test');
    const next = slice({ ip: '10.244.0.3', ready: true });
    table.setSlice('default', 'web-1', current, next);
    current = next;
    await table.flush();
    assert.equal(errors.splice(0).length, 1, 'the refused change is reported');
    await table.flush();
    assert.match(await podA.ask(CLUSTER_IP, 80), /^B /);
  });

  it('a Service that is deleted leaves no chain and no element', async () => {
    table.setService('default', 'web', undefined);
    await table.flush();
    assert.doesNotMatch(
      await lab.node.exec('nft', 'list', 'table', 'inet', 'reckon-test'),
      /svc-|30080|10\.96\.7\.7/,
    );
    table.setService('default', 'web', service);
    await table.flush();
  });
});
