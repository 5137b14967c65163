import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BUSYBOX_IMAGE as image } from '@reckon/cri/testing/busybox.ts';
import { whyNoContainerd } from '@reckon/cri/testing/containerd.ts';
import { hasCgroupV2 } from '../cgroup/detect.ts';
import { isReady, RealNode } from '../testing/real-node.ts';

const command = ['sleep', '3600'];
const MIB = 1024 * 1024;

describe('resources and security on containerd', { skip: whyNoContainerd() ?? false, concurrency: 4 }, () => {
  let node: RealNode;
  before(async () => {
    node = await RealNode.start({ name: 'limit', subnet: 14 });
  });
  after(() => node.stop());

  /** A value of the pod's (or a container's) cgroup, whichever version the machine has. */
  async function cgroup(
    name: string,
    v1: readonly [controller: string, file: string],
    v2: string,
    level: 'pod' | 'container',
  ) {
    const pod = node.pod(name);
    const id = pod?.status?.containerStatuses?.[0]?.containerID?.replace(/^.*:\/\//, '') ?? '';
    const path = join(node.containerd.cgroupRoot, `pod${pod?.metadata.uid}`, level === 'pod' ? '' : id);
    const [controller, file] = v1;
    const full = hasCgroupV2()
      ? join('/sys/fs/cgroup', path, v2)
      : join('/sys/fs/cgroup', controller, path, file);
    return (await readFile(full, 'utf8')).trim();
  }

  it('limits and requests are what the kernel enforces, for the container and for the pod', async () => {
    const resources = { requests: { cpu: '250m', memory: '16Mi' }, limits: { cpu: '500m', memory: '32Mi' } };
    node.create('limited', { containers: [{ name: 'main', image, command, resources }] });
    await node.until('limited', isReady);
    for (const level of ['pod', 'container'] as const) {
      const quota = await cgroup('limited', ['cpu', 'cpu.cfs_quota_us'], 'cpu.max', level);
      assert.equal(quota, hasCgroupV2() ? '50000 100000' : '50000');
      assert.equal(
        await cgroup('limited', ['memory', 'memory.limit_in_bytes'], 'memory.max', level),
        String(32 * MIB),
      );
      if (!hasCgroupV2())
        assert.equal(await cgroup('limited', ['cpu', 'cpu.shares'], 'cpu.weight', level), '256');
    }
    assert.equal(node.pod('limited')?.status?.qosClass, 'Burstable');
  });

  it('a container that takes more memory than it may is killed, and its status says so', async () => {
    const resources = { limits: { memory: '16Mi' } };
    node.create('greedy', {
      restartPolicy: 'Never',
      containers: [{ name: 'main', image, command: ['tail', '/dev/zero'], resources }],
    });
    await node.until('greedy', (pod) => pod?.status?.phase === 'Failed');
    // The runtime may tell why it ended after it has told that it ended.
    await node.until(
      'greedy',
      (pod) => pod?.status?.containerStatuses?.[0]?.state?.terminated?.reason === 'OOMKilled',
    );
    assert.equal(node.pod('greedy')?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 137);
  });

  it('a container runs as the user, groups and with the capabilities it asks for', async () => {
    node.create('user', {
      securityContext: { runAsUser: 1234, runAsGroup: 5678, fsGroup: 999, supplementalGroups: [42] },
      containers: [
        {
          name: 'main',
          image,
          command,
          securityContext: {
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
    });
    await node.until('user', isReady);
    assert.equal(await node.exec('user', 'id', '-u'), '1234');
    assert.equal(await node.exec('user', 'id', '-g'), '5678');
    assert.deepEqual((await node.exec('user', 'id', '-G')).split(' ').sort(), ['42', '5678', '999']);
    await node.exec('user', 'touch', '/data/file');
    assert.equal(await node.exec('user', 'stat', '-c', '%g', '/data/file'), '999');
    await assert.rejects(node.exec('user', 'touch', '/tmp/file'), /Read-only file system/);
    const status = await node.exec('user', 'cat', '/proc/self/status');
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^CapBnd:\t0+$/m);
  });

  it('an image that runs as root is refused where that is forbidden', async () => {
    node.create('root', {
      containers: [{ name: 'main', image, command, securityContext: { runAsNonRoot: true } }],
    });
    const waiting = () => node.pod('root')?.status?.containerStatuses?.[0]?.state?.waiting;
    await node.until('root', () => waiting()?.reason === 'CreateContainerConfigError');
    assert.match(
      waiting()?.message ?? '',
      /^container has runAsNonRoot and image will run as root \(pod: "root_default\(/,
    );
  });

  it('a privileged container sees the devices of the node, another does not', async () => {
    node.create('mighty', {
      containers: [{ name: 'main', image, command, securityContext: { privileged: true } }],
    });
    node.create('meek', { containers: [{ name: 'main', image, command }] });
    await Promise.all([node.until('mighty', isReady), node.until('meek', isReady)]);
    const devices = async (name: string) => (await node.exec(name, 'ls', '/dev')).split('\n').length;
    assert.ok((await devices('mighty')) > (await devices('meek')));
  });

  it('containers of one pod see each other’s processes only if they ask for it', async () => {
    const containers = ['a', 'b'].map((name) => ({ name, image, command }));
    node.create('together', { shareProcessNamespace: true, containers });
    node.create('apart', { containers });
    await Promise.all([node.until('together', isReady), node.until('apart', isReady)]);
    const sleeps = async (name: string) => (await node.exec(name, 'ps')).match(/sleep 3600/g)?.length;
    assert.deepEqual([await sleeps('together'), await sleeps('apart')], [2, 1]);
  });

  it('a pod in the node’s network has the node’s address and name', async () => {
    node.create('host', { hostNetwork: true, containers: [{ name: 'main', image, command }] });
    await node.until('host', isReady);
    assert.equal(node.pod('host')?.status?.podIP, '127.0.0.1');
    assert.match(await node.exec('host', 'cat', '/proc/net/dev'), new RegExp(`${node.containerd.bridge}:`));
  });
});
