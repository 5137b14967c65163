import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PODS } from '@reckon/client';
import type { Namespace } from '@reckon/proto/reckon/api/core/v1/namespace.ts';
import { CREATED, NOW_MS, pod, stored } from '../testing/objects.ts';
import { namespaceController } from './controller.ts';

const namespace = stored<Namespace>({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', deletionTimestamp: CREATED },
  spec: { finalizers: ['kubernetes', 'mine/too'] },
  status: { phase: 'Terminating' },
});

function plan(...pods: ReturnType<typeof pod>[]) {
  return namespaceController.plan({
    desired: namespace,
    observed: pods.map((object) => ({ resource: PODS, object })),
    now: NOW_MS,
    failures: [],
  });
}

describe('a namespace that is being deleted', () => {
  it('has its content deleted, but not what goes already', () => {
    const { actions, status } = plan(pod({ name: 'a' }), pod({ name: 'b', deleting: true }));
    assert.deepEqual(
      actions.map((action) => (action.type === 'delete' ? action.target.name : action.type)),
      ['a'],
    );
    assert.ok(status);
    const { conditions } = status.status as { conditions: { type: string; message: string }[] };
    assert.equal(
      conditions.find(({ type }) => type === 'NamespaceContentRemaining')?.message,
      'Some resources are remaining: pods. has 2 resource instances',
    );
  });

  it('is let go when it is empty; finalizers of others stay', () => {
    const [action] = plan().actions;
    assert.ok(action?.type === 'update' && action.subresource === 'finalize');
    assert.deepEqual((action.object as Namespace).spec?.finalizers, ['mine/too']);
  });
});
