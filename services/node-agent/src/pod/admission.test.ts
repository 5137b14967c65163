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

describe('a pod that asks for settings of the kernel', () => {
  const cases: readonly (readonly [string, object, string | undefined])[] = [
    ['kernel.shm_rmid_forced', {}, undefined],
    ['net/ipv4/tcp_syncookies', {}, undefined],
    ['kernel.msgmax', {}, '"kernel.msgmax" not allowlisted'],
    ['net.ipv4.tcp_rmem', { hostNetwork: true }, '"net.ipv4.tcp_rmem" not allowed with host net enabled'],
    [
      'kernel.shm_rmid_forced',
      { hostIPC: true },
      '"kernel.shm_rmid_forced" not allowed with host ipc enabled',
    ],
  ];
  for (const [name, spec, why] of cases)
    it(`${name} ${JSON.stringify(spec)} is ${why ? 'refused' : 'run'}`, async () => {
      const node = new HollowNode();
      await node.startAgent();
      const securityContext = { sysctls: [{ name, value: '1' }] };
      node.put(
        storedPod({ containers: [{ name: 'main', image: 'app:1' }], spec: { securityContext, ...spec } }),
      );
      await node.settle();
      const { phase, reason } = node.pod('web')?.status ?? {};
      assert.deepEqual([phase, reason], why ? ['Failed', 'SysctlForbidden'] : ['Running', undefined]);
      if (why) assert.ok(node.events().includes(`SysctlForbidden: forbidden sysctl: ${why}`));
    });
});
