import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PODS } from '@reckon/client';
import { HollowNode } from '../testing/hollow-node.ts';
import { storedPod } from './testing/pods.ts';

describe('a pod that the scheduler did not place', () => {
  it('that wants a port of the node which another holds has Failed at once, and the next may have it', async () => {
    const node = new HollowNode();
    await node.startAgent();
    const wants = (name: string, protocol = 'TCP') => {
      const ports = [{ containerPort: 80, hostPort: 8080, protocol }];
      node.put(
        storedPod({ name, uid: `uid-${name}`, containers: [{ name: 'main', image: 'app:1', ports }] }),
      );
      return node.settle();
    };
    await wants('first');
    await wants('second');
    await wants('other', 'UDP');
    assert.deepEqual(
      ['first', 'second', 'other'].map((name) => node.pod(name)?.status?.phase),
      ['Running', 'Failed', 'Running'],
    );
    const { reason, message } = node.pod('second')?.status ?? {};
    const why = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
    assert.deepEqual([reason, message], ['NodePorts', `Pod was rejected: ${why}`]);
    assert.ok(node.events().includes(`NodePorts: ${why}`));
    node.killAgent();
    await node.startAgent();
    assert.equal(node.pod('first')?.status?.phase, 'Running', 'a new agent does not ask again');
    node.api.remove(PODS, { namespace: 'default', name: 'first' }, 0);
    await node.advance(60_000);
    await wants('third');
    assert.equal(node.pod('third')?.status?.phase, 'Running');
  });
});
