import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '@reckon/api';
import { PODS } from '@reckon/client';
import { storedPod } from './pod/testing/pods.ts';
import { HollowNode } from './testing/hollow-node.ts';

const target = { namespace: 'default', name: 'web' };

describe('a pod on a node', () => {
  it('runs, is ready, and says how it came to be', async () => {
    const node = new HollowNode();
    await node.startAgent();
    node.put(storedPod());
    await node.settle();
    const status = node.pod()?.status;
    assert.equal(status?.phase, 'Running');
    assert.deepEqual(
      status?.conditions?.map(({ type, status: value }) => `${type}=${value}`),
      [
        'PodReadyToStartContainers=True',
        'Initialized=True',
        'Ready=True',
        'ContainersReady=True',
        'PodScheduled=True',
      ],
    );
    assert.equal(status?.podIP, '10.244.1.2');
    assert.match(status?.containerStatuses?.[0]?.containerID ?? '', /^hollow:\/\/[0-9a-f]{64}$/);
    assert.deepEqual(node.events(), [
      'Pulling: Pulling image "app:1"',
      'Pulled: Successfully pulled image "app:1" in 0ms (0ms including waiting). Image size: 1000000 bytes.',
      'Created: Created container: main',
      'Started: Started container main',
    ]);
  });

  it('that crashes is restarted at once, then after 10 s, 20 s, 40 s', async () => {
    const node = new HollowNode({ runtime: { behaviour: () => ({ runMs: 1_000, exitCode: 1 }) } });
    await node.startAgent();
    node.put(storedPod());
    const startsAtMs: number[] = [];
    let seen = -1;
    for (let second = 0; second < 80; second++) {
      await node.advance(second === 0 ? 0 : 1_000);
      const count = node.pod()?.status?.containerStatuses?.[0]?.restartCount ?? 0;
      if (count > seen) startsAtMs.push(second * 1_000);
      seen = Math.max(seen, count);
    }
    assert.deepEqual(startsAtMs, [0, 1_000, 12_000, 33_000, 74_000]);
    const [container] = node.pod()?.status?.containerStatuses ?? [];
    assert.equal(container?.state?.waiting?.reason, 'CrashLoopBackOff');
    assert.equal(
      container?.state?.waiting?.message,
      'back-off 1m20s restarting failed container=main pod=web_default(uid-1)',
    );
    assert.equal(container?.lastState?.terminated?.exitCode, 1);
    assert.equal(node.pod()?.status?.phase, 'Running');
    assert.equal((await node.runtime.listContainers()).length, 2, 'older attempts are removed');
  });

  it('that ran to its end under restartPolicy Never has Succeeded, keeps its containers and loses its sandbox', async () => {
    const node = new HollowNode({ runtime: { behaviour: () => ({ runMs: 1_000 }) } });
    await node.startAgent();
    node.put(storedPod({ spec: { restartPolicy: 'Never' } }));
    await node.advance(1_000);
    const status = node.pod()?.status;
    assert.equal(status?.phase, 'Succeeded');
    assert.deepEqual(
      status?.conditions
        ?.filter((each) => each.type === 'Ready')
        .map(({ status: value, reason }) => [value, reason]),
      [['False', 'PodCompleted']],
    );
    assert.equal(status?.podIP, '10.244.1.2', 'the address stays in the status');
    assert.deepEqual(
      (await node.runtime.listPodSandboxes()).map((each) => each.state),
      ['notReady'],
    );
    assert.equal((await node.runtime.listContainers()).length, 1);
  });

  it('that is deleted ends, shows how it ended, and is then gone everywhere', async () => {
    const node = new HollowNode();
    await node.startAgent();
    node.put(storedPod());
    await node.settle();
    const phases: (string | undefined)[] = [];
    node.api.follow(
      PODS,
      {},
      {
        replace() {},
        put: (pod) => phases.push((pod as ReturnType<typeof storedPod>).status?.phase),
        remove: () => phases.push('removed'),
      },
    );
    await node.settle();
    node.api.remove(PODS, target, 5);
    await node.settle();
    assert.deepEqual(phases, ['Running', 'Failed', 'removed']);
    assert.deepEqual(await node.runtime.listPodSandboxes(), []);
    assert.deepEqual(node.pods.all(), []);
    assert.ok(node.events().includes('Killing: Stopping container main'));
  });

  it('with a finalizer stays in the API, is deleted once, and its node forgets it', async () => {
    const deletes: string[] = [];
    const node = new HollowNode({ intercept: (call) => void (call === 'deletePod' && deletes.push(call)) });
    await node.startAgent();
    const stored = storedPod();
    node.put({ ...stored, metadata: { ...stored.metadata, finalizers: ['example.com/hold'] } });
    await node.settle();
    node.api.remove(PODS, target, 5);
    await node.advance(60_000);
    assert.equal(deletes.length, 1);
    assert.ok(node.pod());
    assert.deepEqual(await node.runtime.listPodSandboxes(), []);
    assert.equal(node.pod()?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 143);
  });

  it('that was deleted by force is ended all the same', async () => {
    const node = new HollowNode();
    await node.startAgent();
    node.put(storedPod());
    await node.settle();
    node.api.remove(PODS, target, 0);
    await node.settle();
    assert.deepEqual(await node.runtime.listPodSandboxes(), []);
  });

  it('and its namesake of another uid are two pods', async () => {
    const node = new HollowNode();
    await node.startAgent();
    node.put(storedPod({ uid: 'old' }));
    await node.settle();
    node.api.remove(PODS, target, 0);
    node.put(storedPod({ uid: 'new', revision: 50 }));
    await node.settle();
    const sandboxes = await node.runtime.listPodSandboxes();
    assert.deepEqual(
      sandboxes.map((each) => each.podUid),
      ['new'],
    );
    assert.equal(node.pod()?.status?.phase, 'Running');
  });
});

describe('images', () => {
  it('an image that nobody may pull starts its container the moment it is loaded', async () => {
    const node = new HollowNode();
    await node.startAgent();
    node.put(storedPod({ containers: [{ name: 'main', image: 'app:1', imagePullPolicy: 'Never' }] }));
    await node.settle();
    const waiting = () => node.pod()?.status?.containerStatuses?.[0]?.state?.waiting;
    assert.deepEqual(waiting(), {
      reason: 'ErrImageNeverPull',
      message: 'Container image "app:1" is not present with pull policy of Never',
    });
    await node.runtime.pullImage('app:1');
    await node.settle();
    assert.equal(waiting(), undefined);
    assert.deepEqual(await node.running(), ['main#0']);
  });

  it('a pull that fails is repeated after 10 s, 20 s, 40 s', async () => {
    const pullsAtS: number[] = [];
    let second = 0;
    const node = new HollowNode({
      runtime: {
        hasImage: () => false,
        intercept: (call) => void (call === 'pullImage' && pullsAtS.push(second)),
      },
    });
    await node.startAgent();
    node.put(storedPod());
    for (; second < 75; second++) await node.advance(second === 0 ? 0 : 1_000);
    assert.deepEqual(pullsAtS, [0, 10, 30, 70]);
    const [container] = node.pod()?.status?.containerStatuses ?? [];
    assert.equal(container?.state?.waiting?.reason, 'ErrImagePull');
    await node.advance(5_000);
    const waiting = node.pod()?.status?.containerStatuses?.[0]?.state?.waiting;
    assert.equal(waiting?.reason, 'ImagePullBackOff');
    assert.match(
      waiting?.message ?? '',
      /^Back-off pulling image "app:1": ErrImagePull: rpc error: code = NotFound/,
    );
    assert.equal(node.pod()?.status?.phase, 'Pending');
  });

  it('a name that cannot exist is told as such', async () => {
    const node = new HollowNode();
    await node.startAgent();
    node.put(storedPod({ containers: [{ name: 'main', image: 'Not:A:Name' }] }));
    await node.settle();
    assert.deepEqual(node.pod()?.status?.containerStatuses?.[0]?.state?.waiting, {
      reason: 'InvalidImageName',
      message:
        'Failed to apply default image tag "Not:A:Name": couldn\'t parse image name "Not:A:Name": invalid reference format',
    });
    assert.ok(node.events().includes('Failed: Error: InvalidImageName'));
  });
});

describe('an agent', () => {
  it('that starts again adopts what runs, without touching it and without a word', async () => {
    const node = new HollowNode();
    await node.startAgent();
    node.put(
      storedPod({
        containers: [{ name: 'main', image: 'app:1', readinessProbe: { exec: { command: ['x'] } } }],
      }),
    );
    await node.settle();
    const before = node.pod()?.status;
    assert.equal(before?.conditions?.find((each) => each.type === 'Ready')?.status, 'True');
    const events = node.events().length;
    const writes = node.api.whys.length;
    node.killAgent();
    await node.startAgent();
    await node.advance(60_000);
    assert.deepEqual(node.pod()?.status, before);
    assert.equal(node.api.whys.length, writes);
    assert.equal(node.events().length, events);
  });

  it('killed between sandbox and container goes on with the same sandbox', async () => {
    const stuck = Promise.withResolvers<void>();
    let hang = true;
    const node = new HollowNode({
      runtime: { intercept: (call) => (call === 'createContainer' && hang ? stuck.promise : undefined) },
    });
    await node.startAgent();
    node.put(storedPod());
    await node.settle();
    const sandboxes = await node.runtime.listPodSandboxes();
    assert.equal(sandboxes.length, 1);
    node.killAgent();
    hang = false;
    await node.startAgent();
    assert.deepEqual(await node.runtime.listPodSandboxes(), sandboxes);
    assert.deepEqual(await node.running(), ['main#0']);
    assert.equal(node.pod()?.status?.phase, 'Running');
  });

  it('killed between create and start starts the same attempt again', async () => {
    const stuck = Promise.withResolvers<void>();
    let hang = true;
    const node = new HollowNode({
      runtime: { intercept: (call) => (call === 'startContainer' && hang ? stuck.promise : undefined) },
    });
    await node.startAgent();
    node.put(storedPod());
    await node.settle();
    node.killAgent();
    hang = false;
    await node.startAgent();
    assert.deepEqual(await node.running(), ['main#0']);
    assert.equal((await node.runtime.listContainers()).length, 1);
  });

  it('ends pods that vanished from the API while it was away', async () => {
    const node = new HollowNode();
    await node.startAgent();
    node.put(storedPod());
    await node.settle();
    node.killAgent();
    node.api.remove(PODS, target, 0);
    await node.startAgent();
    assert.deepEqual(await node.runtime.listPodSandboxes(), []);
  });

  it('remembers how long a crashing container has to wait', async () => {
    const node = new HollowNode({ runtime: { behaviour: () => ({ runMs: 1_000, exitCode: 1 }) } });
    await node.startAgent();
    node.put(storedPod());
    for (let second = 0; second < 14; second++) await node.advance(1_000);
    assert.equal(node.pod()?.status?.containerStatuses?.[0]?.restartCount, 2);
    node.killAgent();
    await node.startAgent();
    await node.advance(18_000);
    assert.equal(node.pod()?.status?.containerStatuses?.[0]?.restartCount, 2);
    await node.advance(2_000);
    assert.equal(node.pod()?.status?.containerStatuses?.[0]?.restartCount, 3);
  });

  it('believes the end of a container that ended before its start was answered', async () => {
    const node = new HollowNode();
    const start = node.runtime.startContainer.bind(node.runtime);
    let died = false;
    node.runtime.startContainer = async (id) => {
      await start(id);
      if (died) return;
      died = true;
      await node.runtime.stopContainer(id, 0);
      // The end is told, and looked into, while the caller still waits.
      for (let i = 0; i < 20; i++) await Promise.resolve();
    };
    await node.startAgent();
    node.put(storedPod());
    await node.settle();
    assert.deepEqual(await node.running(), ['main#1']);
    const [status] = node.pod()?.status?.containerStatuses ?? [];
    assert.deepEqual([status?.restartCount, status?.lastState?.terminated?.exitCode], [1, 137]);
  });

  it('takes an outage of the API neither for deletion nor for success', async () => {
    let out = false;
    const node = new HollowNode({
      intercept: () => {
        if (out) throw new ApiError('ServiceUnavailable', 'down');
      },
    });
    await node.startAgent();
    node.put(storedPod());
    await node.settle();
    out = true;
    const [id] = (await node.runtime.listContainers()).map((each) => each.id);
    await node.runtime.stopContainer(id ?? '', 0);
    await node.advance(30_000);
    assert.deepEqual(await node.running(), ['main#1']);
    assert.equal(node.pod()?.status?.containerStatuses?.[0]?.restartCount, 0);
    out = false;
    await node.advance(10_000);
    assert.equal(node.pod()?.status?.containerStatuses?.[0]?.restartCount, 1);
  });

  it('keeps asking a runtime that fails, ever more slowly', async () => {
    const triesAtMs: number[] = [];
    const node: HollowNode = new HollowNode({
      runtime: {
        intercept: (call) => {
          if (call !== 'runPodSandbox') return;
          triesAtMs.push(node.clock.nowMs() - startMs);
          throw new ApiError('InternalError', 'no network');
        },
      },
    });
    const startMs = node.clock.nowMs();
    await node.startAgent();
    node.put(storedPod());
    for (let i = 0; i < 40; i++) await node.advance(1_000);
    assert.deepEqual(triesAtMs, [0, 1_000, 3_000, 7_000, 15_000, 25_000, 35_000]);
    assert.ok(node.events().includes('FailedCreatePodSandBox: Failed to create pod sandbox: no network'));
  });

  it('makes a sandbox that died anew and restarts its containers', async () => {
    const node = new HollowNode();
    await node.startAgent();
    node.put(storedPod());
    await node.settle();
    const [sandbox] = await node.runtime.listPodSandboxes();
    await node.runtime.stopPodSandbox(sandbox?.id ?? '');
    await node.settle();
    assert.deepEqual(await node.running(), ['main#1']);
    assert.equal(node.pod()?.status?.podIP, '10.244.1.3');
    assert.deepEqual(node.pod()?.status?.podIPs, [{ ip: '10.244.1.3' }]);
    assert.ok(node.events().some((event) => event.startsWith('SandboxChanged')));
  });
});
