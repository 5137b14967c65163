import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../meta/types.ts';
import { printerOf } from './index.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');
const TEMPLATE = { spec: { containers: [{ name: 'c', image: 'i' }] } };
const SELECTOR = { matchLabels: { app: 'web' } };

interface Printed {
  readonly resource: string;
  readonly object: Record<string, unknown>;
  readonly metadata?: Record<string, unknown>;
  /** Headings and cells as kubectl shows them; `|` is where `-o wide` goes on. */
  readonly headings: string;
  readonly cells: readonly (string | number | boolean)[];
}

const KINDS: readonly Printed[] = [
  {
    resource: 'statefulsets.apps',
    object: { spec: { replicas: 3, template: TEMPLATE }, status: { readyReplicas: 2 } },
    headings: 'NAME  READY  AGE | CONTAINERS  IMAGES',
    cells: ['x', '2/3', '60m', 'c', 'i'],
  },
  {
    resource: 'daemonsets.apps',
    object: {
      spec: { selector: SELECTOR, template: { spec: { ...TEMPLATE.spec, nodeSelector: { disk: 'ssd' } } } },
      status: { desiredNumberScheduled: 3, currentNumberScheduled: 2, numberReady: 1 },
    },
    headings:
      'NAME  DESIRED  CURRENT  READY  UP-TO-DATE  AVAILABLE  NODE SELECTOR  AGE | CONTAINERS  IMAGES  SELECTOR',
    cells: ['x', 3, 2, 1, 0, 0, 'disk=ssd', '60m', 'c', 'i', 'app=web'],
  },
  {
    resource: 'replicationcontrollers',
    object: { spec: { replicas: 2, selector: { app: 'web' }, template: TEMPLATE }, status: { replicas: 1 } },
    headings: 'NAME  DESIRED  CURRENT  READY  AGE | CONTAINERS  IMAGES  SELECTOR',
    cells: ['x', 2, 1, 0, '60m', 'c', 'i', 'app=web'],
  },
  {
    resource: 'controllerrevisions.apps',
    object: { revision: 4 },
    metadata: {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', controller: true }],
    },
    headings: 'NAME  CONTROLLER  REVISION  AGE |',
    cells: ['x', 'statefulset.apps/web', '4', '60m'],
  },
  {
    resource: 'podtemplates',
    object: { template: { ...TEMPLATE, metadata: { labels: { app: 'web' } } } },
    headings: 'NAME  CONTAINERS  IMAGES  POD LABELS  AGE |',
    cells: ['x', 'c', 'i', 'app=web', '60m'],
  },
  {
    resource: 'jobs.batch',
    object: {
      spec: { completions: 3, selector: SELECTOR, template: TEMPLATE },
      status: {
        succeeded: 3,
        startTime: '2026-01-01T00:00:00Z',
        completionTime: '2026-01-01T00:01:30Z',
        conditions: [{ type: 'Complete', status: 'True' }],
      },
    },
    headings: 'NAME  STATUS  COMPLETIONS  DURATION  AGE | CONTAINERS  IMAGES  SELECTOR',
    cells: ['x', 'Complete', '3/3', '90s', '60m', 'c', 'i', 'app=web'],
  },
  {
    resource: 'jobs.batch',
    object: { spec: { parallelism: 2, template: TEMPLATE } },
    headings: 'NAME  STATUS  COMPLETIONS  DURATION  AGE | CONTAINERS  IMAGES  SELECTOR',
    cells: ['x', 'Running', '0/1 of 2', '', '60m', 'c', 'i', '<none>'],
  },
  {
    resource: 'cronjobs.batch',
    object: {
      spec: { schedule: '@daily', suspend: false, jobTemplate: { spec: { template: TEMPLATE } } },
      status: { active: [{}], lastScheduleTime: '2026-01-01T00:30:00Z' },
    },
    headings: 'NAME  SCHEDULE  TIMEZONE  SUSPEND  ACTIVE  LAST SCHEDULE  AGE | CONTAINERS  IMAGES  SELECTOR',
    cells: ['x', '@daily', '<none>', 'False', 1, '30m', '60m', 'c', 'i', '<none>'],
  },
  {
    resource: 'poddisruptionbudgets.policy',
    object: { spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 1 } },
    headings: 'NAME  MIN AVAILABLE  MAX UNAVAILABLE  ALLOWED DISRUPTIONS  AGE |',
    cells: ['x', '50%', 'N/A', 1, '60m'],
  },
  {
    resource: 'rolebindings.rbac.authorization.k8s.io',
    object: {
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'User', name: 'ann' },
        { kind: 'User', name: 'bo' },
        { kind: 'ServiceAccount', name: 'sa', namespace: 'ns' },
      ],
    },
    headings: 'NAME  ROLE  AGE | USERS  GROUPS  SERVICEACCOUNTS',
    cells: ['x', 'ClusterRole/view', '60m', 'ann, bo', '', 'ns/sa'],
  },
  {
    resource: 'persistentvolumes',
    object: {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { namespace: 'ns', name: 'data' },
        volumeMode: 'Filesystem',
      },
      status: { phase: 'Bound' },
    },
    headings:
      'NAME  CAPACITY  ACCESS MODES  RECLAIM POLICY  STATUS  CLAIM  STORAGECLASS  VOLUMEATTRIBUTESCLASS  REASON  AGE | VOLUMEMODE',
    cells: ['x', '1Gi', 'RWO,RWX', 'Retain', 'Bound', 'ns/data', '', '<unset>', '', '60m', 'Filesystem'],
  },
  {
    resource: 'persistentvolumeclaims',
    object: {
      spec: { storageClassName: 'fast', accessModes: ['ReadWriteOnce'] },
      status: { phase: 'Pending' },
    },
    headings:
      'NAME  STATUS  VOLUME  CAPACITY  ACCESS MODES  STORAGECLASS  VOLUMEATTRIBUTESCLASS  AGE | VOLUMEMODE',
    cells: ['x', 'Pending', '', '', '', 'fast', '<unset>', '60m', '<unset>'],
  },
  {
    resource: 'storageclasses.storage.k8s.io',
    object: { provisioner: 'p', reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
    metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    headings: 'NAME  PROVISIONER  RECLAIMPOLICY  VOLUMEBINDINGMODE  ALLOWVOLUMEEXPANSION  AGE |',
    cells: ['x (default)', 'p', 'Delete', 'Immediate', false, '60m'],
  },
  {
    resource: 'resourcequotas',
    object: { status: { hard: { pods: '10', 'limits.cpu': '4' }, used: { pods: '3' } } },
    headings: 'NAME  REQUEST  LIMIT  AGE |',
    cells: ['x', 'pods: 3/10', 'limits.cpu: 0/4', '60m'],
  },
  {
    resource: 'priorityclasses.scheduling.k8s.io',
    object: { value: 5, preemptionPolicy: 'Never' },
    headings: 'NAME  VALUE  GLOBAL-DEFAULT  AGE  PREEMPTIONPOLICY |',
    cells: ['x', 5, false, '60m', 'Never'],
  },
  {
    resource: 'csidrivers.storage.k8s.io',
    object: { spec: { attachRequired: true, volumeLifecycleModes: ['Persistent'] } },
    headings:
      'NAME  ATTACHREQUIRED  PODINFOONMOUNT  STORAGECAPACITY  TOKENREQUESTS  REQUIRESREPUBLISH  MODES  AGE |',
    cells: ['x', true, false, false, '<unset>', false, 'Persistent', '60m'],
  },
  {
    resource: 'volumeattachments.storage.k8s.io',
    object: { spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'pv' } } },
    headings: 'NAME  ATTACHER  PV  NODE  ATTACHED  AGE |',
    cells: ['x', 'a', 'pv', 'n', false, '60m'],
  },
  {
    resource: 'runtimeclasses.node.k8s.io',
    object: { handler: 'runsc' },
    headings: 'NAME  HANDLER  AGE |',
    cells: ['x', 'runsc', '60m'],
  },
  {
    resource: 'ingresses.networking.k8s.io',
    object: {
      spec: { ingressClassName: 'nginx', rules: [{ host: 'a.b' }, { host: 'c.d' }], tls: [{}] },
      status: { loadBalancer: { ingress: [{ ip: '10.0.0.9' }] } },
    },
    headings: 'NAME  CLASS  HOSTS  ADDRESS  PORTS  AGE |',
    cells: ['x', 'nginx', 'a.b,c.d', '10.0.0.9', '80, 443', '60m'],
  },
  {
    resource: 'ingressclasses.networking.k8s.io',
    object: { spec: { controller: 'example.com/x' } },
    headings: 'NAME  CONTROLLER  PARAMETERS  AGE |',
    cells: ['x', 'example.com/x', '<none>', '60m'],
  },
  {
    resource: 'networkpolicies.networking.k8s.io',
    object: { spec: { podSelector: SELECTOR } },
    headings: 'NAME  POD-SELECTOR  AGE |',
    cells: ['x', 'app=web', '60m'],
  },
  {
    resource: 'ipaddresses.networking.k8s.io',
    object: { spec: { parentRef: { group: '', resource: 'services', namespace: 'ns', name: 'web' } } },
    headings: 'NAME  PARENTREF |',
    cells: ['x', 'services/ns/web'],
  },
  {
    resource: 'certificatesigningrequests.certificates.k8s.io',
    object: {
      spec: { signerName: 'example.com/s', username: 'ann', expirationSeconds: 86_400 },
      status: { conditions: [{ type: 'Approved', status: 'True' }], certificate: 'eA==' },
    },
    headings: 'NAME  AGE  SIGNERNAME  REQUESTOR  REQUESTEDDURATION  CONDITION |',
    cells: ['x', '60m', 'example.com/s', 'ann', '24h', 'Approved,Issued'],
  },
  {
    resource: 'horizontalpodautoscalers.autoscaling',
    object: {
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'web' },
        minReplicas: 1,
        maxReplicas: 5,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 80 } } },
          { type: 'Pods', pods: { target: { averageValue: '10' } } },
          { type: 'Pods' },
        ],
      },
      status: {
        currentReplicas: 2,
        currentMetrics: [{ type: 'Resource', resource: { current: { averageUtilization: 12 } } }],
      },
    },
    headings: 'NAME  REFERENCE  TARGETS  MINPODS  MAXPODS  REPLICAS  AGE |',
    cells: ['x', 'Deployment/web', 'cpu: 12%/80%, <unknown>/10 + 1 more...', '1', '5', '2', '60m'],
  },
];

describe('columns and cells are those of kubectl', () => {
  for (const { resource, object, metadata, headings, cells } of KINDS) {
    it(`for ${resource}: ${cells.slice(1, 3).join(', ')}`, () => {
      const printer = printerOf(resource);
      const shown = (priority: number) =>
        printer.columns
          .filter((column) => column.priority === priority)
          .map(({ name }) => name.toUpperCase())
          .join('  ');
      assert.equal(`${shown(0)} | ${shown(1)}`.trim(), headings);
      const value: KubeObject = {
        apiVersion: 'v1',
        kind: 'X',
        metadata: { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
        ...object,
      };
      assert.deepEqual(printer.row(value, nowMs).cells, cells);
    });
  }
});
