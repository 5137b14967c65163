/**
 * What a write of `status` may change besides: the metadata as each kind's strategy in Kubernetes' registry lets it
 * through, and never the spec.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deployment, JSON_BODY, patchOf, SemanticsWorld } from '../testing/semantics-world.ts';

let here: SemanticsWorld;
before(async () => {
  here = await SemanticsWorld.start();
});
after(() => here.stop());

const BEFORE = {
  labels: { was: 'there' },
  annotations: { 'example.com/was': 'there' },
  finalizers: ['example.com/was'],
  ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'was', uid: 'uid-was' }],
};
const AFTER = {
  labels: { is: 'new' },
  annotations: { 'example.com/is': 'new' },
  finalizers: ['example.com/is'],
  ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'is', uid: 'uid-is' }],
};
type Part = keyof typeof BEFORE;
const PARTS: readonly Part[] = ['labels', 'annotations', 'finalizers', 'ownerReferences'];

const container = { name: 'c', image: 'i:1' };
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [container] } };
const selector = { matchLabels: { app: 'x' } };
const job = { template: { spec: { containers: [container], restartPolicy: 'Never' } } };
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const volume = {
  capacity: { storage: '1Gi' },
  accessModes: ['ReadWriteOnce'],
  hostPath: { path: '/tmp/x' },
};
const attachment = { attacher: 'csi.example.com', nodeName: 'n', source: { persistentVolumeName: 'v' } };
const budget = { minAvailable: 1, selector };
const scaling = { scaleTargetRef: { kind: 'Deployment', name: 'x' }, maxReplicas: 3 };
const backend = { service: { name: 'x', port: { number: 80 } } };

interface Row {
  readonly path: string;
  readonly kind: string;
  readonly spec: object;
  readonly status: object;
  /** What a write of its status leaves as it was. */
  readonly keeps: readonly Part[];
}

const NAMESPACED = 'namespaces/default/';
const ROWS: readonly Row[] = [
  {
    path: `/api/v1/${NAMESPACED}pods`,
    kind: 'Pod',
    spec: { containers: [container] },
    status: { phase: 'Pending', message: 'new' },
    keeps: ['ownerReferences'],
  },
  {
    path: `/api/v1/${NAMESPACED}replicationcontrollers`,
    kind: 'ReplicationController',
    spec: { selector: { app: 'x' }, template },
    status: { replicas: 1 },
    keeps: [],
  },
  {
    path: `/api/v1/${NAMESPACED}services`,
    kind: 'Service',
    spec: { ports: [{ port: 80 }] },
    status: { loadBalancer: {} },
    keeps: [],
  },
  {
    path: `/api/v1/${NAMESPACED}resourcequotas`,
    kind: 'ResourceQuota',
    spec: { hard: { 'count/leases.coordination.k8s.io': '5' } },
    status: { used: { 'count/leases.coordination.k8s.io': '1' } },
    keeps: [],
  },
  {
    path: `/api/v1/${NAMESPACED}persistentvolumeclaims`,
    kind: 'PersistentVolumeClaim',
    spec: claim,
    status: { phase: 'Lost' },
    keeps: [],
  },
  {
    path: '/api/v1/persistentvolumes',
    kind: 'PersistentVolume',
    spec: volume,
    status: { message: 'new' },
    keeps: [],
  },
  {
    path: '/api/v1/nodes',
    kind: 'Node',
    spec: { podCIDR: '10.244.9.0/24' },
    status: { phase: 'Running' },
    keeps: [],
  },
  { path: '/api/v1/namespaces', kind: 'Namespace', spec: {}, status: { phase: 'Active' }, keeps: [] },
  {
    path: `/apis/apps/v1/${NAMESPACED}deployments`,
    kind: 'Deployment',
    spec: { selector, template },
    status: { observedGeneration: 1 },
    keeps: ['labels'],
  },
  {
    path: `/apis/apps/v1/${NAMESPACED}replicasets`,
    kind: 'ReplicaSet',
    spec: { selector, template },
    status: { replicas: 1 },
    keeps: [],
  },
  {
    path: `/apis/apps/v1/${NAMESPACED}statefulsets`,
    kind: 'StatefulSet',
    spec: { selector, template, serviceName: 'x' },
    status: { replicas: 1 },
    keeps: [],
  },
  {
    path: `/apis/apps/v1/${NAMESPACED}daemonsets`,
    kind: 'DaemonSet',
    spec: { selector, template },
    status: { currentNumberScheduled: 1, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
    keeps: [],
  },
  { path: `/apis/batch/v1/${NAMESPACED}jobs`, kind: 'Job', spec: job, status: { active: 1 }, keeps: [] },
  {
    path: `/apis/batch/v1/${NAMESPACED}cronjobs`,
    kind: 'CronJob',
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: job } },
    status: { lastScheduleTime: '2026-01-01T00:00:00Z' },
    keeps: [],
  },
  {
    path: `/apis/policy/v1/${NAMESPACED}poddisruptionbudgets`,
    kind: 'PodDisruptionBudget',
    spec: budget,
    status: { disruptionsAllowed: 1, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
    keeps: [],
  },
  {
    path: `/apis/autoscaling/v2/${NAMESPACED}horizontalpodautoscalers`,
    kind: 'HorizontalPodAutoscaler',
    spec: scaling,
    status: { desiredReplicas: 2, currentReplicas: 1 },
    keeps: [],
  },
  {
    path: `/apis/networking.k8s.io/v1/${NAMESPACED}ingresses`,
    kind: 'Ingress',
    spec: { defaultBackend: backend },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
    keeps: [],
  },
  {
    path: '/apis/networking.k8s.io/v1/servicecidrs',
    kind: 'ServiceCIDR',
    spec: { cidrs: ['10.112.0.0/16'] },
    status: {},
    keeps: PARTS,
  },
  {
    path: '/apis/storage.k8s.io/v1/volumeattachments',
    kind: 'VolumeAttachment',
    spec: attachment,
    status: { attached: true },
    keeps: PARTS,
  },
];

interface Written {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec?: object;
  readonly status?: object;
}

async function created({ path, kind, spec }: Row): Promise<Written> {
  const apiVersion = path.startsWith('/api/') ? 'v1' : path.split('/').slice(2, 4).join('/');
  const body = JSON.stringify({ apiVersion, kind, metadata: { name: 'row', ...BEFORE }, spec });
  const answer = await here.client.call(path, { method: 'POST', headers: JSON_BODY, body });
  assert.equal(answer.status, 201, answer.text);
  return JSON.parse(answer.text);
}

for (const row of ROWS)
  test(`a write of the status of a ${row.kind} keeps ${row.keeps.join(', ') || 'no metadata'}, and the spec`, async () => {
    const { path, status, keeps } = row;
    const before = await created(row);
    const labels = { ...BEFORE.labels, ...(before.metadata.labels as object) };
    const named = {
      ...AFTER.labels,
      ...(path.endsWith('/namespaces') && { 'kubernetes.io/metadata.name': 'row' }),
    };
    const metadata = { ...before.metadata, ...AFTER, labels: named, generation: 77 };
    const body = JSON.stringify({ ...before, metadata, status, spec: { paused: true } });
    const answer = await here.client.call(`${path}/row/status`, { method: 'PUT', headers: JSON_BODY, body });
    assert.equal(answer.status, 200, answer.text);
    const after: Written = JSON.parse(answer.text);
    for (const part of PARTS) {
      const kept = part === 'labels' ? labels : BEFORE[part];
      const brought = part === 'labels' ? named : AFTER[part];
      assert.deepEqual(after.metadata[part], keeps.includes(part) ? kept : brought, part);
    }
    assert.deepEqual(after.spec, before.spec);
    assert.equal(after.metadata.generation, before.metadata.generation);
    assert.deepEqual({ ...after.status, ...status }, after.status);
  });

describe('who applies a status', () => {
  const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

  test('owns what it lets through, and not what it keeps', async () => {
    await here.create(DEPLOYMENTS, deployment('applied'));
    const body = JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'applied', labels: { mine: 'x' }, annotations: { 'example.com/mine': 'x' } },
      status: { observedGeneration: 1 },
    });
    const answer = await here.client.call(
      `${DEPLOYMENTS}/applied/status?fieldManager=me`,
      patchOf('apply-patch+yaml', body),
    );
    assert.equal(answer.status, 200, answer.text);
    const { metadata } = JSON.parse(answer.text);
    assert.equal(metadata.labels, undefined);
    const own = metadata.managedFields.find(({ manager }: { manager: string }) => manager === 'me');
    assert.deepEqual(own.fieldsV1, {
      'f:metadata': { 'f:annotations': { 'f:example.com/mine': {} } },
      'f:status': { 'f:observedGeneration': {} },
    });
  });
});

describe('what only the system says', () => {
  test('cannot be written with a status: when an object was made, by which name, or that it ends', async () => {
    const path = '/apis/apps/v1/namespaces/default/deployments';
    await here.create(path, deployment('fixed'));
    const before = await here.get(`${path}/fixed`);
    const patch = {
      metadata: { creationTimestamp: '2020-01-01T00:00:00Z', deletionGracePeriodSeconds: null },
    };
    const answer = await here.client.call(
      `${path}/fixed/status`,
      patchOf('merge-patch+json', JSON.stringify(patch)),
    );
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(JSON.parse(answer.text), before);
    for (const [field, status] of [
      ['name', 400],
      ['uid', 422],
      ['deletionTimestamp', 422],
      ['resourceVersion', 409],
    ] as const) {
      const value = field === 'deletionTimestamp' ? '2020-01-01T00:00:00Z' : '1';
      const wrong = JSON.stringify({ metadata: { [field]: value } });
      const refused = await here.client.call(`${path}/fixed/status`, patchOf('merge-patch+json', wrong));
      assert.equal(refused.status, status, refused.text);
    }
  });

  test('the last finalizer may go with a status, and with it the object', async () => {
    const path = '/apis/batch/v1/namespaces/default/jobs';
    const metadata = { name: 'held', finalizers: ['example.com/hold'] };
    await here.create(path, { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: job });
    await here.client.call(`${path}/held?propagationPolicy=Background`, { method: 'DELETE' });
    assert.equal((await here.client.call(`${path}/held`)).status, 200);
    const added = patchOf(
      'merge-patch+json',
      '{"metadata":{"finalizers":["example.com/hold","example.com/more"]}}',
    );
    const refused = await here.client.call(`${path}/held/status`, added);
    assert.equal(refused.status, 422);
    assert.match(refused.text, /no new finalizers can be added if the object is being deleted/);
    const freed = patchOf('merge-patch+json', '{"metadata":{"finalizers":null},"status":{"active":0}}');
    assert.equal((await here.client.call(`${path}/held/status`, freed)).status, 200);
    assert.equal((await here.client.call(`${path}/held`)).status, 404);
  });
});
