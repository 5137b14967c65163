import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { storedPod } from './pod/testing/pods.ts';
import { HollowNode } from './testing/hollow-node.ts';

describe('what a pod on a node tells of itself', () => {
  it('writes its status twice: that it is being made, and that it runs', async () => {
    const writes: string[] = [];
    const node = new HollowNode({
      intercept: (call) => void (call === 'patchPodStatus' && writes.push(call)),
    });
    await node.startAgent();
    node.put(storedPod());
    await node.settle();
    assert.equal(writes.length, 2);
    assert.deepEqual(
      node.api.whys.map((why) => why.because),
      ['container main is waiting: ContainerCreating', 'the pod is Running'],
    );
    await node.advance(3_600_000);
    assert.equal(writes.length, 2);
  });

  it('says when it started as the runtime does, however late the answer came, and an agent after it agrees', async () => {
    const node = new HollowNode();
    const start = node.runtime.startContainer.bind(node.runtime);
    node.runtime.startContainer = async (id) => {
      await start(id);
      await node.clock.sleep(3_000);
    };
    await node.startAgent();
    node.put(storedPod());
    await node.settle();
    await node.advance(3_000);
    const status = node.pod()?.status;
    assert.equal(status?.phase, 'Running');
    node.killAgent();
    await node.startAgent();
    assert.deepEqual(node.pod()?.status, status);
  });

  for (const outOfMemoryToldMs of [0, 5])
    it(`says that it was killed for want of memory, told ${outOfMemoryToldMs} ms after its end`, async () => {
      const behaviour = () => ({ runMs: 1_000, exitCode: 137, outOfMemoryToldMs });
      const node = new HollowNode({ runtime: { behaviour } });
      await node.startAgent();
      node.put(storedPod({ spec: { restartPolicy: 'Never' } }));
      await node.settle();
      await node.advance(1_100);
      const ended = node.pod()?.status?.containerStatuses?.[0]?.state?.terminated;
      assert.deepEqual([ended?.reason, ended?.exitCode], ['OOMKilled', 137]);
      assert.equal(node.pod()?.status?.phase, 'Failed');
    });
});
