import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { BUSYBOX_IMAGE as image } from '@reckon/cri/testing/busybox.ts';
import { whyNoContainerd } from '@reckon/cri/testing/containerd.ts';
import { isReady, RealNode } from '../testing/real-node.ts';

const command = ['sleep', '3600'];

describe('an agent that is killed', { skip: whyNoContainerd() ?? false }, () => {
  let node: RealNode;
  before(async () => {
    node = await RealNode.start({ name: 'adopt', subnet: 16 });
  });
  after(() => node.stop());

  const idOf = (name: string) => node.pod(name)?.status?.containerStatuses?.[0]?.containerID;
  const sandboxesOf = async (uid: string) =>
    (await node.containerd.runtime.listPodSandboxes()).filter((each) => each.podUid === uid);

  it('finds its running pods again and leaves them as they are', async () => {
    node.create('stay', { containers: [{ name: 'main', image, command }] });
    const before = await node.ready('stay');
    const events = node.events('stay').length;
    await node.killAgent();
    await node.startAgent();
    assert.deepEqual(node.pod('stay')?.status, before.status);
    assert.equal(node.events('stay').length, events);
    node.delete('stay');
    await node.until('stay', (pod) => !pod);
  });

  it('sees what ended while it was away, and restarts it', async () => {
    node.create('fell', { containers: [{ name: 'main', image, command }] });
    await node.ready('fell');
    const id = idOf('fell');
    await node.killAgent();
    await node.containerd.runtime.stopContainer(id?.replace(/^.*:\/\//, '') ?? '', 0);
    await node.startAgent();
    await node.until('fell', (pod) => isReady(pod) && idOf('fell') !== id);
    const [status] = node.pod('fell')?.status?.containerStatuses ?? [];
    assert.equal(status?.restartCount, 1);
    assert.equal(status?.lastState?.terminated?.exitCode, 137);
    assert.equal(status?.lastState?.terminated?.containerID, id);
  });

  for (const [moment, step] of [
    ['making a sandbox', 'runPodSandbox'],
    ['between sandbox and container', 'createContainer'],
    ['between create and start', 'startContainer'],
  ] as const) {
    it(`goes on after being killed while ${moment}`, async () => {
      const reached = Promise.withResolvers<void>();
      const { runtime } = node.agentParts();
      const original = runtime[step].bind(runtime);
      // The call goes out, its answer never comes: what an agent that dies then leaves behind.
      runtime[step] = (async (...args: Parameters<typeof original>) => {
        if (step === 'runPodSandbox')
          void (original as (...all: unknown[]) => Promise<unknown>)(...args).catch(() => {});
        reached.resolve();
        return new Promise(() => {});
      }) as never;
      const name = `cut-${step.toLowerCase()}`;
      const { uid } = node.create(name, { containers: [{ name: 'main', image, command }] }).metadata;
      await reached.promise;
      await node.killAgent();
      await node.startAgent();
      await node.until(name, isReady);
      const ready = (await sandboxesOf(uid)).filter((each) => each.state === 'ready');
      assert.equal(ready.length, 1);
      assert.equal(node.pod(name)?.status?.containerStatuses?.[0]?.restartCount, 0);
    });
  }

  it('removes what belongs to pods that are gone: sandboxes, containers, volumes, cgroups, logs', async () => {
    const { uid } = node.create('orphan', {
      containers: [{ name: 'main', image, command, volumeMounts: [{ name: 'm', mountPath: '/m' }] }],
      volumes: [{ name: 'm', emptyDir: { medium: 'Memory' } }],
    }).metadata;
    await node.ready('orphan');
    await node.killAgent();
    node.delete('orphan', 0);
    // And something of a pod of which only files are left.
    await mkdir(`${node.stateDir}/pods/long-gone/volumes/v`, { recursive: true });
    await writeFile(`${node.stateDir}/pods/long-gone/volumes/v/file`, 'x');
    await node.startAgent();
    await Promise.all([node.forgotten(uid), node.forgotten('long-gone')]);
    assert.deepEqual(await sandboxesOf(uid), []);
    const script = `find ${node.stateDir} /sys/fs/cgroup -name '*${uid}*' -o -name long-gone; grep ${uid} /proc/self/mounts; true`;
    assert.equal((await promisify(execFile)('sh', ['-c', script])).stdout, '');
  });

  it('a node that was rebooted makes its pods anew', async () => {
    node.create('reboot', { containers: [{ name: 'main', image, command }] });
    const before = await node.ready('reboot');
    const { uid } = before.metadata;
    await node.killAgent();
    // What a reboot leaves: the sandbox is known, its processes and its network are not.
    for (const { id } of await sandboxesOf(uid)) await node.containerd.runtime.stopPodSandbox(id);
    await node.startAgent();
    await node.until(
      'reboot',
      (pod) => isReady(pod) && pod?.status?.containerStatuses?.[0]?.restartCount === 1,
    );
    assert.notEqual(node.pod('reboot')?.status?.podIP, before.status?.podIP);
  });

  it('a sandbox whose process dies is made anew, and the address of the dead one is free again', async () => {
    const pids = new Map<string, number>();
    const subscription = node.containerd.runtime.events((event) => {
      if (event.type === 'started') pids.set(event.containerId, event.pid);
    });
    const { uid } = node.create('fragile', { containers: [{ name: 'main', image, command }] }).metadata;
    const before = await node.ready('fragile');
    const [sandbox] = await sandboxesOf(uid);
    process.kill(pids.get(sandbox?.id ?? '') ?? 0, 'SIGKILL');
    await node.until('fragile', (pod) => isReady(pod) && pod?.status?.podIP !== before.status?.podIP);
    const taken = await readdir(`${node.containerd.dir}/ipam/${node.containerd.bridge}`);
    assert.ok(taken.includes(node.pod('fragile')?.status?.podIP ?? ''));
    assert.ok(!taken.includes(before.status?.podIP ?? ''));
    assert.ok(node.events('fragile').some((event) => event.startsWith('SandboxChanged')));
    subscription.close();
  });

  it('and a runtime that is killed costs no container, and what ends meanwhile is noticed', async () => {
    node.create('deaf', {
      containers: [
        { name: 'main', image, command: ['sh', '-c', 'while ! test -e /tmp/end; do sleep 0.05; done'] },
      ],
    });
    await node.ready('deaf');
    const id = idOf('deaf');
    await node.containerd.restart();
    await node.exec('deaf', 'touch', '/tmp/end');
    await node.until('deaf', (pod) => isReady(pod) && idOf('deaf') !== id);
  });
});
