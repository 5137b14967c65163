import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { podTemplateHash } from '@reckon/api';
import type { Action } from '@reckon/client';
import type { StatefulSetSpec, StatefulSetStatus } from '@reckon/proto/reckon/api/apps/v1/stateful_set.ts';
import fc from 'fast-check';
import type { StoredControllerRevision, StoredPersistentVolumeClaim, StoredPod } from '../resources.ts';
import { controlledBy, NOW_MS, pod, statefulSet, stored, template } from '../testing/objects.ts';
import { planStatefulSet } from './plan.ts';

const OLD = template('image:0', { app: 'db' });
const NEW = template('image:1', { app: 'db' });
const nameOfTemplate = (of: typeof OLD) => `db-${podTemplateHash(of, 0)}`;
const owner = statefulSet();

function revision(of: typeof OLD, number: number): StoredControllerRevision {
  return stored({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: nameOfTemplate(of), ownerReferences: controlledBy(owner), labels: { app: 'db' } },
    data: { spec: { template: { ...of, $patch: 'replace' } } },
    revision: number,
  });
}

interface Traits {
  readonly ready?: boolean;
  readonly deleting?: boolean;
  readonly phase?: string;
  readonly old?: boolean;
}

function member(ordinal: number, { old = false, ...traits }: Traits = {}): StoredPod {
  const name = `db-${ordinal}`;
  const labels = {
    app: 'db',
    'controller-revision-hash': nameOfTemplate(old ? OLD : NEW),
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(ordinal),
  };
  return pod({ name, owner, labels, ...traits });
}

interface World {
  readonly pods?: readonly StoredPod[];
  readonly revisions?: readonly StoredControllerRevision[];
  readonly claims?: readonly StoredPersistentVolumeClaim[];
  readonly status?: StatefulSetStatus;
  readonly taken?: readonly number[];
}

function plan(spec: StatefulSetSpec, world: World = {}) {
  const { pods = [], revisions = [revision(NEW, 1)], claims = [], status, taken = [] } = world;
  const made = planStatefulSet({
    desired: statefulSet(spec, status),
    observed: {
      owned: pods,
      orphans: [],
      claims: new Map(claims.map((claim) => [claim.metadata.name, claim])),
      taken: new Set(taken),
      revisions: { owned: revisions, orphans: [], nameTaken: false },
    },
    now: NOW_MS,
    failures: [],
  });
  return {
    actions: made.actions.map(textOf),
    created: made.actions.flatMap((action) => (action.type === 'create' ? [action.object as StoredPod] : [])),
    status: made.status?.status as StatefulSetStatus | undefined,
  };
}

function textOf(action: Action): string {
  switch (action.type) {
    case 'create':
      return `create ${action.resource.kind} ${action.object.metadata?.name}`;
    case 'delete':
    case 'patch':
      return `${action.type} ${action.resource.kind} ${action.target.name}`;
    default:
      return action.type;
  }
}

const parallel: StatefulSetSpec = { podManagementPolicy: 'Parallel' };
const all = (traits: Traits = {}) => [0, 1, 2].map((ordinal) => member(ordinal, traits));
const both = [revision(OLD, 1), revision(NEW, 2)];

describe('a StatefulSet', () => {
  it('makes a revision of its template, and its first pod with a name, host name and labels that stay', () => {
    const { actions, created } = plan({}, { revisions: [] });
    assert.deepEqual(actions, [`create ControllerRevision ${nameOfTemplate(NEW)}`, 'create Pod db-0']);
    const first = created[1];
    assert.deepEqual([first?.spec?.hostname, first?.spec?.subdomain], ['db-0', 'db']);
    assert.deepEqual(first?.metadata.labels, member(0).metadata.labels);
  });

  it('makes the next pod once those before it are ready; in parallel all at once', () => {
    assert.deepEqual(plan({}, { pods: [member(0, { ready: false })] }).actions, []);
    assert.deepEqual(plan({}, { pods: [member(0)] }).actions, ['create Pod db-1']);
    assert.deepEqual(plan(parallel).actions, ['create Pod db-0', 'create Pod db-1', 'create Pod db-2']);
  });

  it('waits until a ready pod is available', () => {
    const { actions, status } = plan({ minReadySeconds: 7_200 }, { pods: [member(0)] });
    assert.deepEqual([actions, status?.readyReplicas, status?.availableReplicas], [[], 1, 0]);
  });

  it('counts from the ordinal it is told to', () => {
    assert.deepEqual(plan({ ...parallel, replicas: 2, ordinals: { start: 5 } }).actions, [
      'create Pod db-5',
      'create Pod db-6',
    ]);
  });

  it('puts a pod back under its name, before all others, once the one before is gone', () => {
    assert.deepEqual(plan({}, { pods: [member(0), member(2)] }).actions, ['create Pod db-1']);
    assert.deepEqual(plan({}, { pods: [member(0), member(1, { deleting: true }), member(2)] }).actions, []);
    const failed = [member(0, { phase: 'Failed', ready: false }), member(1), member(2)];
    assert.deepEqual(plan({}, { pods: failed }).actions, ['delete Pod db-0']);
  });

  it('says when the name of a pod belongs to another, and goes on with the others where it may', () => {
    assert.deepEqual(plan({}, { taken: [0] }).actions, ['event']);
    assert.deepEqual(plan(parallel, { taken: [0] }).actions, ['event', 'create Pod db-1', 'create Pod db-2']);
  });

  it('takes away the highest first, one after the other; in parallel all at once', () => {
    assert.deepEqual(plan({ replicas: 1 }, { pods: all() }).actions, ['delete Pod db-2']);
    assert.deepEqual(
      plan({ replicas: 1 }, { pods: [member(0), member(1), member(2, { deleting: true })] }).actions,
      [],
    );
    assert.deepEqual(plan({ ...parallel, replicas: 1 }, { pods: all() }).actions, [
      'delete Pod db-2',
      'delete Pod db-1',
    ]);
  });

  it('updates from the highest ordinal down, and waits for each to be well', () => {
    assert.deepEqual(plan({}, { pods: all({ old: true }), revisions: both }).actions, ['delete Pod db-2']);
    const next = [member(0, { old: true }), member(1, { old: true }), member(2)];
    assert.deepEqual(plan({}, { pods: next, revisions: both }).actions, ['delete Pod db-1']);
    const unwell = [member(0, { old: true }), member(1, { old: true }), member(2, { ready: false })];
    assert.deepEqual(plan({}, { pods: unwell, revisions: both }).actions, []);
  });

  it('updates as many at a time as may be missing', () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '50%' } };
    assert.deepEqual(plan({ updateStrategy }, { pods: all({ old: true }), revisions: both }).actions, [
      'delete Pod db-2',
      'delete Pod db-1',
    ]);
  });

  it('leaves pods below the partition as they are, and puts them back as they were', () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } };
    const status = { currentRevision: nameOfTemplate(OLD) };
    const pods = [member(0, { old: true }), member(1, { old: true }), member(2)];
    assert.deepEqual(plan({ updateStrategy }, { pods, revisions: both, status }).actions, []);
    const { created } = plan({ updateStrategy }, { pods: [pods[0] ?? member(0)], revisions: both, status });
    assert.equal(created[0]?.spec?.containers?.[0]?.image, 'image:0');
    assert.equal(created[0]?.metadata.labels?.['controller-revision-hash'], nameOfTemplate(OLD));
  });

  it('with OnDelete waits for somebody to delete its pods', () => {
    const { actions, status } = plan(
      { updateStrategy: { type: 'OnDelete' } },
      { pods: all({ old: true }), revisions: both },
    );
    assert.deepEqual([actions, status?.updatedReplicas], [[], undefined]);
  });

  it('says how far an update is, and moves its current revision at the end', () => {
    const before = { currentRevision: nameOfTemplate(OLD) };
    const half = plan(
      {},
      { pods: [member(0, { old: true }), member(1), member(2)], revisions: both, status: before },
    );
    assert.deepEqual(half.status, {
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      currentReplicas: 1,
      updatedReplicas: 2,
      currentRevision: nameOfTemplate(OLD),
      updateRevision: nameOfTemplate(NEW),
      collisionCount: 0,
      availableReplicas: 3,
    });
    const done = plan({}, { pods: all(), revisions: both, status: before }).status;
    assert.deepEqual([done?.currentRevision, done?.currentReplicas], [nameOfTemplate(NEW), 3]);
  });

  it('goes back to an old revision by giving it the newest number', () => {
    const { actions } = plan({ template: OLD }, { pods: all({ old: true }), revisions: both });
    assert.deepEqual(actions, [`patch ControllerRevision ${nameOfTemplate(OLD)}`]);
  });

  it('forgets unused revisions beyond its limit', () => {
    const older = revision(template('image:x', { app: 'db' }), 1);
    const revisions = [older, revision(OLD, 2), revision(NEW, 3)];
    assert.deepEqual(plan({ revisionHistoryLimit: 1 }, { pods: all(), revisions }).actions, [
      `delete ControllerRevision ${older.metadata.name}`,
    ]);
  });

  it('makes the claims of a pod before the pod, and keeps, or deletes them, as its policy says', () => {
    const claiming: StatefulSetSpec = {
      replicas: 1,
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }],
    };
    const { actions, created } = plan(claiming);
    assert.deepEqual(actions, ['create PersistentVolumeClaim data-db-0', 'create Pod db-0']);
    assert.deepEqual(created[1]?.spec?.volumes, [
      { name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } },
    ]);
    const claims = [0, 1].map((i) =>
      stored({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: `data-db-${i}` } }),
    );
    const pods = [member(0), member(1)];
    assert.deepEqual(plan(claiming, { pods, claims }).actions, ['delete Pod db-1']);
    const policy = { whenScaled: 'Delete', whenDeleted: 'Retain' };
    const scaled = plan({ ...claiming, persistentVolumeClaimRetentionPolicy: policy }, { pods, claims });
    assert.deepEqual(scaled.actions, ['patch PersistentVolumeClaim data-db-1', 'delete Pod db-1']);
  });

  it('in order never touches two pods in a pass, keeps the well ones, and does not mind the order it sees', () => {
    const traits = fc.record({
      ready: fc.boolean(),
      deleting: fc.boolean(),
      old: fc.boolean(),
      phase: fc.constantFrom('Running', 'Pending', 'Failed'),
    });
    fc.assert(
      fc.property(fc.array(fc.option(traits), { maxLength: 6 }), fc.nat(5), (list, replicas) => {
        const pods = list.flatMap((one, ordinal) => (one ? [member(ordinal, one)] : []));
        const { actions } = plan({ replicas }, { pods, revisions: both });
        assert.deepEqual(plan({ replicas }, { pods: [...pods].reverse(), revisions: both }).actions, actions);
        assert.ok(actions.length <= 1, actions.join());
      }),
    );
  });
});
