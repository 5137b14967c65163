import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathsOf } from '../fields/field-set.ts';
import { deepFreeze } from '../json/freeze.ts';
import type { KubeObject, ManagedFieldsEntry } from '../meta/types.ts';
import { loadSchema } from '../schema/load.ts';
import { fieldManagerName } from './managed-fields.ts';
import { trackUpdate } from './track-update.ts';

const schema = loadSchema();
const now = '2026-01-01T00:00:00Z';
const later = '2026-01-01T00:00:05Z';

interface Step {
  readonly live?: KubeObject;
  readonly updated: KubeObject;
  readonly manager?: string;
  readonly at?: string;
  readonly subresource?: string;
  readonly resource?: string;
}

function track(step: Step): KubeObject {
  const resource = schema.byGroupResource(step.resource ?? 'deployments.apps');
  assert.ok(resource);
  return trackUpdate({
    schema,
    resource,
    live: deepFreeze(step.live),
    updated: deepFreeze(step.updated),
    manager: step.manager ?? 'kubectl',
    nowRfc3339: step.at ?? now,
    subresource: step.subresource ?? '',
  });
}

function entriesOf(object: KubeObject): readonly ManagedFieldsEntry[] {
  return object.metadata.managedFields ?? [];
}

function owned(object: KubeObject, manager: string): readonly string[] {
  const entry = entriesOf(object).find((one) => one.manager === manager);
  return pathsOf((entry?.fieldsV1 ?? {}) as Parameters<typeof pathsOf>[0]);
}

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', uid: 'u', labels: { app: 'web' }, generation: 1 },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'nginx',
            image: 'nginx',
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            resources: {},
          },
        ],
        dnsPolicy: 'ClusterFirst',
        securityContext: {},
      },
    },
  },
};

describe('tracking updates', () => {
  it('gives who creates an object all that it set, as Kubernetes writes it', () => {
    assert.deepEqual(entriesOf(track({ updated: deployment, manager: 'kubectl-create' })), [
      {
        manager: 'kubectl-create',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: now,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:strategy': {
              'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} },
              'f:type': {},
            },
            'f:template': {
              'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
              'f:spec': {
                'f:containers': {
                  'k:{"name":"nginx"}': {
                    '.': {},
                    'f:image': {},
                    'f:name': {},
                    'f:ports': {
                      '.': {},
                      'k:{"containerPort":80,"protocol":"TCP"}': {
                        '.': {},
                        'f:containerPort': {},
                        'f:protocol': {},
                      },
                    },
                    'f:resources': {},
                  },
                },
                'f:dnsPolicy': {},
                'f:securityContext': {},
              },
            },
          },
        },
      },
    ]);
  });

  const created = track({ updated: deployment, manager: 'kubectl-create' });
  const scaled = track({
    live: created,
    updated: { ...created, spec: { ...(deployment.spec as object), replicas: 3 } },
    manager: 'hpa',
    at: later,
  });

  it('moves a changed field from its owner to who changed it', () => {
    assert.deepEqual(owned(scaled, 'hpa'), ['.spec.replicas']);
    assert.equal(owned(scaled, 'kubectl-create').includes('.spec.replicas'), false);
    assert.deepEqual(
      entriesOf(scaled).map(({ manager, time }) => [manager, time]),
      [
        ['kubectl-create', now],
        ['hpa', later],
      ],
    );
  });

  it('gives the very same entries when nothing is changed', () => {
    const again = track({ live: scaled, updated: { ...scaled }, manager: 'somebody', at: later });
    assert.deepEqual(entriesOf(again), entriesOf(scaled));
    assert.equal(entriesOf(again)[0], entriesOf(scaled)[0]);
  });

  it('takes removed fields from everybody and gives them to nobody', () => {
    const { labels: _labels, ...metadata } = created.metadata;
    const removed = track({
      live: created,
      updated: { ...created, metadata },
      manager: 'cleaner',
      at: later,
    });
    assert.deepEqual(owned(removed, 'cleaner'), []);
    assert.equal(
      owned(removed, 'kubectl-create').some((path) => path.startsWith('.metadata.labels')),
      false,
    );
  });

  it('keeps a status update apart, under its subresource', () => {
    const status = { replicas: 1, conditions: [{ type: 'Available', status: 'True' }] };
    const updated = track({
      live: created,
      updated: { ...created, status },
      manager: 'controller',
      subresource: 'status',
      at: later,
    });
    const entry = entriesOf(updated).find(({ manager }) => manager === 'controller');
    assert.equal(entry?.subresource, 'status');
    assert.deepEqual(entry?.fieldsV1, {
      'f:status': {
        'f:conditions': {
          '.': {},
          'k:{"type":"Available"}': { '.': {}, 'f:status': {}, 'f:type': {} },
        },
        'f:replicas': {},
      },
    });
  });

  it('lets a request set managedFields, but not through a subresource', () => {
    const entry: ManagedFieldsEntry = {
      manager: 'mine',
      operation: 'Apply',
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    };
    const updated = { ...created, metadata: { ...created.metadata, managedFields: [entry] } };
    assert.deepEqual(entriesOf(track({ live: created, updated })), [entry]);
    assert.deepEqual(entriesOf(track({ live: created, updated, subresource: 'status' })), entriesOf(created));
  });

  it('keeps the stored entries when a request leaves them out or gets them wrong', () => {
    const { managedFields: _managed, ...metadata } = created.metadata;
    assert.deepEqual(
      entriesOf(track({ live: created, updated: { ...created, metadata } })),
      entriesOf(created),
    );
    const wrong = { ...metadata, managedFields: [{ manager: 'x', operation: 'Frob' }] };
    assert.deepEqual(
      entriesOf(track({ live: created, updated: { ...created, metadata: wrong } })),
      entriesOf(created),
    );
  });

  it('stops when managedFields are reset, and does not start again by itself', () => {
    const reset = { ...created, metadata: { ...created.metadata, managedFields: [] } };
    const untracked = track({ live: created, updated: reset });
    assert.equal('managedFields' in untracked.metadata, false);
    const changed = track({ live: untracked, updated: { ...untracked, spec: { replicas: 9 } } });
    assert.equal('managedFields' in changed.metadata, false);
    const emptyEntry = { ...created, metadata: { ...created.metadata, managedFields: [{}] } };
    assert.equal('managedFields' in track({ live: created, updated: emptyEntry }).metadata, false);
  });

  it('merges the oldest updaters once there are more than ten', () => {
    let object = created;
    for (let i = 0; i < 12; i++) {
      object = track({
        live: object,
        updated: {
          ...object,
          metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [`a${i}`]: 'x' } },
        },
        manager: `m${i}`,
        at: `2026-01-01T00:01:${String(i).padStart(2, '0')}Z`,
      });
    }
    assert.equal(entriesOf(object).length, 10);
    const ancient = owned(object, 'ancient-changes');
    assert.ok(ancient.includes('.metadata.annotations.a0'));
    assert.ok(ancient.includes('.spec.replicas'));
    assert.deepEqual(owned(object, 'm11'), ['.metadata.annotations.a11']);
  });

  it('takes objects that are always there for nobody’s: only their fields are owned', () => {
    const metadata = { name: 'e', namespace: 'default' };
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata,

      source: { component: 'c' },
    };
    const noted = track({ updated: event, resource: 'events' });
    assert.deepEqual(entriesOf(noted)[0]?.fieldsV1, { 'f:source': { 'f:component': {} } });
  });

  it('counts list elements of one name as one field', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ];
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', env }] },
    };
    const object = track({ updated: pod, resource: 'pods' });
    assert.ok(owned(object, 'kubectl').includes('.spec.containers[name="c"].env[name="A"]'));
    assert.equal(owned(object, 'kubectl').includes('.spec.containers[name="c"].env[name="A"].value'), false);
  });

  it('leaves an object without owners whose list elements cannot be named', () => {
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ image: 'no name' }] },
    };
    assert.equal('managedFields' in track({ updated: pod, resource: 'pods' }).metadata, false);
  });

  it('names a request without field manager by its user agent', () => {
    assert.equal(fieldManagerName('', 'kubectl/v1.32.0 (linux/amd64)'), 'kubectl');
    assert.equal(fieldManagerName(undefined, 'Mozilla/5.0 (X11)'), 'Mozilla');
    assert.equal(fieldManagerName('mine', 'kubectl/v1'), 'mine');
    assert.equal(fieldManagerName('', 'x'.repeat(300)).length, 128);
  });
});
