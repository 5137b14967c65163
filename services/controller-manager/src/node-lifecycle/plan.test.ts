import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Stored } from '@reckon/client';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import { taintEvictionController } from '../eviction/controller.ts';
import { CREATED, NOW_MS, pod, stored } from '../testing/objects.ts';
import { planNode } from './plan.ts';

const settings = { graceMs: 6_000 };

function node(ready: string, spec: Node['spec'] = {}): Stored<Node> {
  return stored<Node>({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-1' },
    spec,
    status: {
      conditions: [{ type: 'Ready', status: ready, reason: 'KubeletReady', lastTransitionTime: CREATED }],
    },
  });
}

function plan(desired: Stored<Node>, silentForMs: number, readyPods = [pod({ name: 'a' })]) {
  return planNode({ desired, observed: { silentForMs, readyPods }, now: NOW_MS, failures: [] }, settings);
}

const patches = ({ actions }: ReturnType<typeof plan>) =>
  actions.flatMap((action) =>
    action.type === 'patch' && action.patch.type === 'merge' ? [action.patch.value] : [],
  );

describe('node lifecycle', () => {
  it('leaves a node alone that was heard of, and looks again when it would be overdue', () => {
    assert.deepEqual(plan(node('True'), 2_000), { actions: [], wakeAtMs: NOW_MS + 4_000 });
  });

  it('calls a silent node Unknown', () => {
    const { status, actions } = plan(node('True'), 6_000);
    const conditions = (status?.status as Node['status'])?.conditions ?? [];
    assert.deepEqual(
      conditions.map(({ type, status, reason }) => [type, status, reason]),
      [
        ['Ready', 'Unknown', 'NodeStatusUnknown'],
        ['MemoryPressure', 'Unknown', 'NodeStatusNeverUpdated'],
        ['DiskPressure', 'Unknown', 'NodeStatusNeverUpdated'],
        ['PIDPressure', 'Unknown', 'NodeStatusNeverUpdated'],
      ],
    );
    assert.deepEqual(
      actions.map(({ type }) => type),
      ['event'],
    );
  });

  it('taints an unknown node and takes its pods out of service', () => {
    const [taints, readiness] = patches(plan(node('Unknown'), 7_000)) as [
      { spec: { taints: unknown } },
      { status: { conditions: { status: string }[] } },
    ];
    assert.deepEqual(taints.spec.taints, [
      { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule', timeAdded: '2026-01-01T12:00:00Z' },
    ]);
    assert.equal(readiness.status.conditions[0]?.status, 'False');
  });

  it('a node that is back loses our taints and keeps those of others', () => {
    const taints = [
      { key: 'gpu', effect: 'NoSchedule' },
      { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: CREATED },
    ];
    const [patch] = patches(plan(node('True', { taints }), 100)) as [{ spec: { taints: unknown } }];
    assert.deepEqual(patch.spec.taints, [{ key: 'gpu', effect: 'NoSchedule' }]);
  });

  it('a cordoned node is tainted', () => {
    const [patch] = patches(plan(node('True', { unschedulable: true }), 100)) as [
      { spec: { taints: { key: string }[] } },
    ];
    assert.deepEqual(
      patch.spec.taints.map(({ key }) => key),
      ['node.kubernetes.io/unschedulable'],
    );
  });
});

describe('taint eviction', () => {
  const taint = {
    key: 'node.kubernetes.io/unreachable',
    effect: 'NoExecute',
    timeAdded: '2026-01-01T11:59:57Z',
  };
  const tolerating = (...tolerations: object[]) => {
    const object = pod({ name: 'a' });
    return { ...object, spec: { ...object.spec, tolerations } };
  };
  const evict = (desired: ReturnType<typeof tolerating>) =>
    taintEvictionController.plan({ desired, observed: { taints: [taint] }, now: NOW_MS, failures: [] });

  it('deletes a pod that does not tolerate the taint', () => {
    assert.deepEqual(
      evict(tolerating({ key: 'other', operator: 'Exists' })).actions.map(({ type }) => type),
      ['delete'],
    );
  });

  it('waits as long as the taint is tolerated', () => {
    const toleration = { key: taint.key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 6 };
    assert.deepEqual(evict(tolerating(toleration)), { actions: [], wakeAtMs: NOW_MS + 3_000 });
    assert.equal(evict(tolerating({ ...toleration, tolerationSeconds: 3 })).actions.length, 1);
  });

  it('never deletes a pod that tolerates everything', () => {
    assert.deepEqual(evict(tolerating({ operator: 'Exists' })), { actions: [], wakeAtMs: undefined });
  });
});
