import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../meta/types.ts';
import { printerOf, type TableCell, toPartialMetadataList, toTable } from './index.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');
const created = '2026-01-01T00:00:00Z';
const secondsAgo = (seconds: number): string => new Date(nowMs - seconds * 1_000).toISOString();

function object(
  kind: string,
  rest: Record<string, unknown>,
  metadata: Record<string, unknown> = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name: 'x', creationTimestamp: created, ...metadata },
    ...rest,
  };
}

/** Cells by the heading that kubectl shows. */
function row(resource: string, value: KubeObject): Record<string, TableCell> {
  const printer = printerOf(resource);
  const { cells } = printer.row(value, nowMs);
  assert.equal(cells.length, printer.columns.length);
  return Object.fromEntries(printer.columns.map(({ name }, at) => [name.toUpperCase(), cells[at] ?? null]));
}

function headings(resource: string, priority: number): string {
  return printerOf(resource)
    .columns.filter((column) => column.priority <= priority)
    .map(({ name }) => name.toUpperCase())
    .join('  ');
}

describe('columns', () => {
  const expected: readonly (readonly [string, string, string])[] = [
    ['pods', 'NAME  READY  STATUS  RESTARTS  AGE', '  IP  NODE  NOMINATED NODE  READINESS GATES'],
    ['deployments.apps', 'NAME  READY  UP-TO-DATE  AVAILABLE  AGE', '  CONTAINERS  IMAGES  SELECTOR'],
    ['replicasets.apps', 'NAME  DESIRED  CURRENT  READY  AGE', '  CONTAINERS  IMAGES  SELECTOR'],
    ['services', 'NAME  TYPE  CLUSTER-IP  EXTERNAL-IP  PORT(S)  AGE', '  SELECTOR'],
    ['endpoints', 'NAME  ENDPOINTS  AGE', ''],
    ['endpointslices.discovery.k8s.io', 'NAME  ADDRESSTYPE  PORTS  ENDPOINTS  AGE', ''],
    [
      'nodes',
      'NAME  STATUS  ROLES  AGE  VERSION',
      '  INTERNAL-IP  EXTERNAL-IP  OS-IMAGE  KERNEL-VERSION  CONTAINER-RUNTIME',
    ],
    ['namespaces', 'NAME  STATUS  AGE', ''],
    ['configmaps', 'NAME  DATA  AGE', ''],
    ['secrets', 'NAME  TYPE  DATA  AGE', ''],
    ['serviceaccounts', 'NAME  SECRETS  AGE', ''],
    ['leases.coordination.k8s.io', 'NAME  HOLDER  AGE', ''],
    ['widgets.example.com', 'NAME  CREATED AT', ''],
  ];
  for (const [resource, narrow, more] of expected) {
    it(`of ${resource} are those of kubectl`, () => {
      assert.equal(headings(resource, 0), narrow);
      assert.equal(headings(resource, 1), narrow + more);
    });
  }

  it('of events put the name last, with -o wide', () => {
    assert.equal(headings('events', 0), 'LAST SEEN  TYPE  REASON  OBJECT  MESSAGE');
    assert.equal(
      headings('events', 1),
      'LAST SEEN  TYPE  REASON  OBJECT  SUBOBJECT  SOURCE  MESSAGE  FIRST SEEN  COUNT  NAME',
    );
  });
});

describe('rows', () => {
  const template = {
    spec: {
      containers: [
        { name: 'a', image: 'i' },
        { name: 'b', image: 'j' },
      ],
    },
  };
  const selector = { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'x', operator: 'Exists' }] };

  it('of deployments', () => {
    const deployment = object('Deployment', {
      spec: { replicas: 3, template, selector },
      status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
    });
    assert.deepEqual(Object.values(row('deployments.apps', deployment)), [
      'x',
      '2/3',
      3,
      1,
      '60m',
      'a,b',
      'i,j',
      'app=web,x',
    ]);
  });

  it('of replica sets', () => {
    const replicaSet = object('ReplicaSet', {
      spec: { replicas: 3, template, selector },
      status: { replicas: 2 },
    });
    assert.deepEqual(Object.values(row('replicasets.apps', replicaSet)), [
      'x',
      3,
      2,
      0,
      '60m',
      'a,b',
      'i,j',
      'app=web,x',
    ]);
  });

  const services: readonly (readonly [Record<string, unknown>, Record<string, unknown>, string, string])[] = [
    [{ type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }] }, {}, '<none>', '80/TCP'],
    [
      {
        type: 'NodePort',
        ports: [{ port: 8080, nodePort: 30000, protocol: 'TCP' }],
        externalIPs: ['1.2.3.4'],
      },
      {},
      '1.2.3.4',
      '8080:30000/TCP',
    ],
    [{ type: 'LoadBalancer', ports: [] }, {}, '<pending>', '<none>'],
    [
      { type: 'LoadBalancer', externalIPs: ['9.9.9.9'] },
      { loadBalancer: { ingress: [{ ip: '5.6.7.8' }, { hostname: 'a.b' }] } },
      '5.6.7.8,a.b,9.9.9.9',
      '<none>',
    ],
    [{ type: 'ExternalName', externalName: 'example.com' }, {}, 'example.com', '<none>'],
  ];
  for (const [spec, status, external, ports] of services) {
    it(`of ${spec.type} services show ${external} and ${ports}`, () => {
      const service = object('Service', {
        spec: { clusterIPs: ['10.96.0.1'], selector: { b: '2', a: '1' }, ...spec },
        status,
      });
      const cells = row('services', service);
      assert.equal(cells['CLUSTER-IP'], '10.96.0.1');
      assert.equal(cells['EXTERNAL-IP'], external);
      assert.equal(cells['PORT(S)'], ports);
      assert.equal(cells.SELECTOR, 'a=1,b=2');
    });
  }

  it('of endpoints show the first three', () => {
    const addresses = ['10.0.0.1', '10.0.0.2', 'fd00::3', '10.0.0.4'].map((ip) => ({ ip }));
    const endpoints = object('Endpoints', { subsets: [{ addresses, ports: [{ port: 80 }] }] });
    assert.equal(row('endpoints', endpoints).ENDPOINTS, '10.0.0.1:80,10.0.0.2:80,[fd00::3]:80 + 1 more...');
    assert.equal(row('endpoints', object('Endpoints', {})).ENDPOINTS, '<none>');
  });

  it('of endpoint slices', () => {
    const slice = object('EndpointSlice', {
      addressType: 'IPv4',
      ports: [{ port: 80 }, { name: 'b' }],
      endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2'] }],
    });
    assert.deepEqual(Object.values(row('endpointslices.discovery.k8s.io', slice)), [
      'x',
      'IPv4',
      '80,b',
      '10.0.0.1,10.0.0.2',
      '60m',
    ]);
    const empty = row('endpointslices.discovery.k8s.io', object('EndpointSlice', { addressType: 'IPv4' }));
    assert.deepEqual([empty.PORTS, empty.ENDPOINTS], ['<unset>', '<unset>']);
  });

  it('of nodes', () => {
    const node = object(
      'Node',
      {
        spec: { unschedulable: true },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          addresses: [{ type: 'InternalIP', address: '10.0.0.5' }],
          nodeInfo: { kubeletVersion: 'v1.32.0', osImage: 'Debian' },
        },
      },
      { labels: { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/control-plane': '' } },
    );
    assert.deepEqual(Object.values(row('nodes', node)), [
      'x',
      'Ready,SchedulingDisabled',
      'control-plane,worker',
      '60m',
      'v1.32.0',
      '10.0.0.5',
      '<none>',
      'Debian',
      '<unknown>',
      '<unknown>',
    ]);
    assert.equal(row('nodes', object('Node', {})).STATUS, 'Unknown');
    const silent = object('Node', { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } });
    assert.equal(row('nodes', silent).STATUS, 'NotReady');
  });

  it('of events, old and new', () => {
    const old = object('Event', {
      type: 'Warning',
      reason: 'BackOff',
      message: ' back-off \n',
      count: 7,
      firstTimestamp: secondsAgo(600),
      lastTimestamp: secondsAgo(5),
      involvedObject: { kind: 'Pod', name: 'web', fieldPath: 'spec.containers{web}' },
      source: { component: 'kubelet', host: 'n1' },
    });
    assert.deepEqual(Object.values(row('events', old)), [
      '5s',
      'Warning',
      'BackOff',
      'pod/web',
      'spec.containers{web}',
      'kubelet, n1',
      'back-off',
      '10m',
      7,
      'x',
    ]);
    const fresh = object('Event', {
      eventTime: secondsAgo(60),
      series: { count: 3, lastObservedTime: secondsAgo(2) },
      involvedObject: { kind: 'Pod' },
      reportingComponent: 'scheduler',
    });
    const cells = row('events', fresh);
    assert.deepEqual(
      [cells['LAST SEEN'], cells.COUNT, cells.OBJECT, cells.SOURCE],
      ['2s', 3, 'pod', 'scheduler'],
    );
  });

  it('of the plain kinds', () => {
    const cells = (resource: string, rest: Record<string, unknown>): readonly TableCell[] =>
      Object.values(row(resource, object('Any', rest))).slice(1, -1);
    assert.deepEqual(cells('namespaces', { status: { phase: 'Active' } }), ['Active']);
    assert.deepEqual(cells('configmaps', { data: { a: '1' }, binaryData: { b: 'Mg==' } }), [2]);
    assert.deepEqual(cells('secrets', { type: 'Opaque', data: { a: 'MQ==' } }), ['Opaque', 1]);
    assert.deepEqual(cells('serviceaccounts', {}), [0]);
    assert.deepEqual(cells('leases.coordination.k8s.io', { spec: { holderIdentity: 'n1' } }), ['n1']);
    assert.deepEqual(Object.values(row('widgets.example.com', object('Widget', {}))), ['x', created]);
  });
});

describe('tables', () => {
  const namespace = object('Namespace', { status: { phase: 'Active' } });

  it('carry as much of each object as is asked for', () => {
    const objectOf = (includeObject?: 'None' | 'Metadata' | 'Object') =>
      toTable('namespaces', [namespace], { nowMs, ...(includeObject && { includeObject }) }).rows[0]?.object;
    assert.equal(objectOf('None'), null);
    assert.equal(objectOf('Object'), namespace);
    assert.deepEqual(objectOf(), {
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: namespace.metadata,
    });
  });

  it('have columns at first and none in what follows of a watch', () => {
    const first = toTable('namespaces', [namespace], { nowMs, metadata: { resourceVersion: '7' } });
    assert.equal(first.apiVersion, 'meta.k8s.io/v1');
    assert.deepEqual(first.metadata, { resourceVersion: '7' });
    assert.equal(first.columnDefinitions.length, 3);
    const next = toTable('namespaces', [namespace], { nowMs, columns: false, version: 'v1beta1' });
    assert.deepEqual(next.columnDefinitions, []);
    assert.equal(next.apiVersion, 'meta.k8s.io/v1beta1');
  });

  it('of metadata alone are lists of it', () => {
    const list = toPartialMetadataList([namespace], { resourceVersion: '7' });
    assert.equal(list.kind, 'PartialObjectMetadataList');
    assert.deepEqual(list.items[0]?.metadata, namespace.metadata);
  });
});
