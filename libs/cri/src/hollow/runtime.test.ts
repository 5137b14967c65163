import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock, VirtualClock } from '@reckon/service';
import { runtimeContract } from '../testing/contract.ts';
import { EventLog } from '../testing/event-log.ts';
import { AddressPool } from './address-pool.ts';
import { HollowRuntime } from './runtime.ts';

runtimeContract(
  'the hollow runtime',
  undefined,
  async () => ({
    runtime: new HollowRuntime({
      clock: systemClock,
      seed: 'contract',
      podCidr: '10.1.0.0/24',
      hasImage: (image) => !image.includes('missing'),
    }),
    image: 'busybox',
    missingImage: 'example.invalid/missing:1',
    logDir: '/nowhere',
    cgroupRoot: '/nowhere',
  }),
  async () => {},
);

describe('a hollow container', () => {
  it('ends by itself when its behaviour says so, and not before', async () => {
    const clock = new VirtualClock();
    const runtime = new HollowRuntime({
      clock,
      seed: 'node',
      podCidr: '10.1.0.0/24',
      behaviour: () => ({ runMs: 5_000, exitCode: 3 }),
    });
    const events = new EventLog(runtime);
    const sandboxConfig = { metadata: { name: 'a', namespace: 'b', uid: 'c', attempt: 0 } };
    const sandboxId = await runtime.runPodSandbox(sandboxConfig);
    const id = await runtime.createContainer({
      sandboxId,
      sandboxConfig,
      config: { metadata: { name: 'x' } },
    });
    await runtime.startContainer(id);
    await clock.advance(4_999);
    assert.equal((await runtime.containerStatus(id)).state, 'running');
    await clock.advance(1);
    const exit = await events.next((event) => event.type === 'exited');
    assert.equal(exit.type === 'exited' && exit.exitCode, 3);
  });
});

describe('an address pool', () => {
  it('gives each address once, leaves out network, gateway and broadcast, and says when it is empty', () => {
    const pool = new AddressPool('10.1.0.0/29');
    assert.deepEqual(
      Array.from({ length: 5 }, () => pool.take()),
      ['10.1.0.2', '10.1.0.3', '10.1.0.4', '10.1.0.5', '10.1.0.6'],
    );
    assert.throws(() => pool.take(), /no IP addresses available/);
    pool.give('10.1.0.4');
    assert.equal(pool.take(), '10.1.0.4');
  });
});
