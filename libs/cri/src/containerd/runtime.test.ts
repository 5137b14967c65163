import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { PodSandboxConfig } from '@reckon/proto/runtime/v1/api.ts';
import { systemClock } from '@reckon/service';
import { importImage } from '../image/import.ts';
import { BUSYBOX_IMAGE, busyboxArchive } from '../testing/busybox.ts';
import { startContainerd, type TestContainerd, whyNoContainerd } from '../testing/containerd.ts';
import { runtimeContract } from '../testing/contract.ts';
import { EventLog } from '../testing/event-log.ts';
import { ContainerdRuntime } from './runtime.ts';

let shared: TestContainerd;

runtimeContract(
  'containerd',
  whyNoContainerd(),
  async () => {
    shared = await startContainerd({ name: 'cri', subnet: 1 });
    return {
      runtime: shared.runtime,
      image: BUSYBOX_IMAGE,
      missingImage: 'registry.invalid/missing:1',
      logDir: `${shared.dir}/logs`,
      cgroupRoot: shared.cgroupRoot,
    };
  },
  () => shared.stop(),
);

describe('containerd, beyond what every runtime does', { skip: whyNoContainerd() ?? false }, () => {
  let c: TestContainerd;
  before(async () => {
    c = await startContainerd({ name: 'crix', subnet: 2 });
  });
  after(() => c.stop());

  async function run(uid: string, command: string[], memoryLimitBytes?: bigint) {
    const sandboxConfig: PodSandboxConfig = {
      metadata: { name: uid, namespace: 'default', uid, attempt: 0 },
      logDirectory: `${c.dir}/logs/${uid}`,
      linux: {
        cgroupParent: `${c.cgroupRoot}/${uid}`,
        securityContext: { namespaceOptions: { network: 0, pid: 1, ipc: 0 } },
      },
    };
    const sandboxId = await c.runtime.runPodSandbox(sandboxConfig);
    const resources = memoryLimitBytes === undefined ? {} : { memoryLimitInBytes: memoryLimitBytes };
    const config = {
      metadata: { name: 'main', attempt: 0 },
      image: { image: BUSYBOX_IMAGE },
      command,
      logPath: 'main.log',
      linux: { resources },
    };
    const id = await c.runtime.createContainer({ sandboxId, sandboxConfig, config });
    return { id, sandboxId };
  }

  it('does not report the end of an exec as the end of its container', async () => {
    const events = new EventLog(c.runtime);
    await events.next((event) => event.type === 'connected');
    const { id } = await run('exec', ['sleep', '3600']);
    await c.runtime.startContainer(id);
    await c.runtime.execSync(id, ['sh', '-c', 'exit 7'], 5);
    await c.runtime.stopContainer(id, 0);
    await events.next((event) => event.type === 'exited');
    const exits = events.events.filter((event) => event.type === 'exited' && event.containerId === id);
    assert.equal(exits.length, 1);
    events.close();
  });

  it('reports the exit code, output and errors of a command, and Timeout if it runs too long', async () => {
    const { id } = await run('sync', ['sleep', '3600']);
    await c.runtime.startContainer(id);
    const result = await c.runtime.execSync(id, ['sh', '-c', 'echo out; echo err >&2; exit 3'], 5);
    assert.deepEqual(
      [result.exitCode, Buffer.from(result.stdout).toString(), Buffer.from(result.stderr).toString()],
      [3, 'out\n', 'err\n'],
    );
    await assert.rejects(c.runtime.execSync(id, ['sleep', '60'], 1), { reason: 'Timeout' });
  });

  it('tells of want of memory before it tells of the end', async () => {
    const events = new EventLog(c.runtime);
    await events.next((event) => event.type === 'connected');
    const { id } = await run('oom', ['sh', '-c', 'tail /dev/zero'], 16n * 1024n * 1024n);
    await c.runtime.startContainer(id);
    await events.next((event) => event.type === 'oom' && event.containerId === id);
    await events.next((event) => event.type === 'exited' && event.containerId === id);
    events.close();
  });

  it('tells of an image that was loaded', async () => {
    const events = new EventLog(c.runtime);
    await events.next((event) => event.type === 'connected');
    await writeFile(`${c.dir}/extra.tar`, await busyboxArchive('docker.io/library/extra:1'));
    assert.deepEqual(await importImage(c.socket, `${c.dir}/extra.tar`), ['docker.io/library/extra:1']);
    await events.next((event) => event.type === 'image' && event.name === 'docker.io/library/extra:1');
    events.close();
  });

  it('loses no container when it is killed, and its client comes back by itself', async () => {
    const events = new EventLog(c.runtime);
    await events.next((event) => event.type === 'connected');
    const { id } = await run('survivor', ['sleep', '3600']);
    await c.runtime.startContainer(id);
    await c.restart();
    await events.next((event) => event.type === 'disconnected');
    const lost = events.events.findIndex((event) => event.type === 'disconnected');
    await events.next((event) => event.type === 'connected' && events.events.indexOf(event) > lost);
    assert.equal((await c.runtime.containerStatus(id)).state, 'running');
    await c.runtime.stopContainer(id, 0);
    await events.next((event) => event.type === 'exited' && event.containerId === id);
    events.close();
  });

  it('a socket where nobody listens is ServiceUnavailable, not an empty list', async () => {
    const nobody = new ContainerdRuntime({ socket: `${c.dir}/nobody.sock`, clock: systemClock });
    await assert.rejects(nobody.listContainers(), { reason: 'ServiceUnavailable' });
    nobody.close();
  });
});
