import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '@reckon/api';
import type { Action } from '@reckon/client';
import fc from 'fast-check';
import type { StoredPod } from '../resources.ts';
import { NOW_MS, pod, replicaSet } from '../testing/objects.ts';
import { planReplicaSet } from './plan.ts';

const web = replicaSet(undefined, { metadata: { name: 'web-1' }, spec: { replicas: 3 } });

function plan(
  owned: readonly StoredPod[],
  options: { orphans?: readonly StoredPod[]; desired?: typeof web } = {},
) {
  const { desired = web, orphans = [] } = options;
  return planReplicaSet({
    desired,
    observed: { owned, orphans, siblingsByNode: new Map() },
    now: NOW_MS,
    failures: [],
  });
}

function summary(actions: readonly Action[]): readonly string[] {
  return actions.map((action) =>
    action.type === 'delete' || action.type === 'patch'
      ? `${action.type} ${action.target.name}`
      : action.type,
  );
}

function own(name: string, traits: Partial<Parameters<typeof pod>[0]> = {}): StoredPod {
  return pod({ name, owner: web, ...traits });
}

describe('a ReplicaSet', () => {
  it('creates what is missing', () => {
    assert.deepEqual(summary(plan([own('a')]).actions), ['create', 'create']);
  });

  it('does nothing when the number is right, and says so in its status', () => {
    const { actions, status } = plan([own('a'), own('b', { ready: false }), own('c')]);
    assert.deepEqual(actions, []);
    assert.deepEqual(status?.status, {
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
    });
  });

  it('replaces pods that finished or are going', () => {
    const pods = [own('a'), own('b', { phase: 'Failed' }), own('c', { deleting: true })];
    assert.deepEqual(summary(plan(pods).actions), ['create', 'create']);
  });

  it('deletes the least useful pods first', () => {
    const pods = [
      own('ready'),
      own('unready', { ready: false }),
      own('unassigned', { node: '', phase: 'Pending', ready: false }),
      own('pending', { phase: 'Pending', ready: false }),
      own('other'),
      own('third'),
    ];
    assert.deepEqual(summary(plan(pods).actions), ['delete unassigned', 'delete pending', 'delete unready']);
  });

  it('adopts matching pods that nobody manages instead of creating others', () => {
    const orphan = pod({ name: 'orphan' });
    const { actions } = plan([own('a'), own('b')], { orphans: [orphan] });
    assert.deepEqual(summary(actions), ['patch orphan']);
  });

  it('lets go of pods whose labels were changed, and replaces them', () => {
    const { actions } = plan([own('a'), own('b'), own('c', { labels: { app: 'debug' } })]);
    assert.deepEqual(summary(actions), ['patch c', 'create']);
  });

  it('touches no pod while it is being deleted', () => {
    const desired = { ...web, metadata: { ...web.metadata, deletionTimestamp: '2026-01-01T11:59:00Z' } };
    assert.deepEqual(plan([own('a')], { desired, orphans: [pod({ name: 'o' })] }).actions, []);
  });

  it('names the same pods when it plans the same twice, and others once it has changed', () => {
    const names = (desired: typeof web) =>
      plan([], { desired }).actions.map((action) =>
        action.type === 'create' ? action.object.metadata?.name : '',
      );
    assert.deepEqual(names(web), names(web));
    const later = { ...web, metadata: { ...web.metadata, resourceVersion: '2' } };
    assert.equal(new Set([...names(web), ...names(later)]).size, 6);
  });

  it('is woken when a ready pod becomes available', () => {
    const desired = { ...web, spec: { ...web.spec, minReadySeconds: 7_200 } };
    const { wakeAtMs, status } = plan([own('a'), own('b'), own('c')], { desired });
    assert.equal(wakeAtMs, Date.UTC(2026, 0, 1, 13));
    assert.deepEqual(status?.status, {
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      observedGeneration: 1,
    });
  });

  it('reports a refused creation in its conditions', () => {
    const [action] = plan([]).actions;
    assert.ok(action);
    const { status } = planReplicaSet({
      desired: web,
      observed: { owned: [], orphans: [], siblingsByNode: new Map() },
      now: NOW_MS,
      failures: [{ action, error: new ApiError('Forbidden', 'exceeded quota') }],
    });
    assert.ok(status);
    assert.deepEqual((status.status as { conditions: unknown }).conditions, [
      {
        type: 'ReplicaFailure',
        status: 'True',
        reason: 'FailedCreate',
        message: 'exceeded quota',
        lastTransitionTime: '2026-01-01T12:00:00Z',
      },
    ]);
  });

  it('always ends at the number asked for, whatever is there and in whatever order', () => {
    const traits = fc.record({
      ready: fc.boolean(),
      deleting: fc.boolean(),
      phase: fc.constantFrom('Pending', 'Running', 'Failed', 'Succeeded'),
    });
    fc.assert(
      fc.property(fc.array(traits, { maxLength: 12 }), fc.nat(8), fc.nat(), (list, replicas, turn) => {
        const desired = { ...web, spec: { ...web.spec, replicas } };
        const pods = list.map((trait, i) => own(`pod-${i}`, trait));
        const rotated = [...pods.slice(turn % (pods.length + 1)), ...pods.slice(0, turn % (pods.length + 1))];
        const { actions } = plan(pods, { desired });
        const active = list.filter(
          ({ deleting, phase }) => !deleting && (phase === 'Pending' || phase === 'Running'),
        );
        const created = actions.filter(({ type }) => type === 'create').length;
        const deleted = actions.filter(({ type }) => type === 'delete').length;
        assert.equal(active.length + created - deleted, replicas);
        assert.ok(created === 0 || deleted === 0);
        assert.deepEqual(summary(plan(rotated, { desired }).actions), summary(actions));
      }),
    );
  });
});
