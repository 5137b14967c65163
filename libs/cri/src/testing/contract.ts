import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PodSandboxConfig } from '@reckon/proto/runtime/v1/api.ts';
import type { Runtime, RuntimeEvent } from '../types.ts';
import { EventLog } from './event-log.ts';

export interface RuntimeUnderTest {
  readonly runtime: Runtime;
  /** One that is there, with `sleep` and `sh`. */
  readonly image: string;
  readonly missingImage: string;
  readonly logDir: string;
  readonly cgroupRoot: string;
}

/** What every runtime must do; the twin in memory and containerd both run it. */
export function runtimeContract(
  name: string,
  skip: string | undefined,
  start: () => Promise<RuntimeUnderTest>,
  stop: () => Promise<void>,
): void {
  describe(name, { skip: skip ?? false }, () => {
    let t: RuntimeUnderTest;
    let events: EventLog;
    let podCount = 0;

    const sandboxConfig = (): PodSandboxConfig => {
      const uid = `contract-${podCount++}`;
      return {
        metadata: { name: 'web', namespace: 'default', uid, attempt: 0 },
        hostname: 'web',
        logDirectory: `${t.logDir}/${uid}`,
        labels: { app: 'web' },
        annotations: { note: 'kept' },
        linux: {
          cgroupParent: `${t.cgroupRoot}/${uid}`,
          securityContext: { namespaceOptions: { network: 0, pid: 1, ipc: 0 } },
        },
      };
    };
    const run = async (command: string[] = ['sleep', '3600'], attempt = 0) => {
      const config = sandboxConfig();
      const sandboxId = await t.runtime.runPodSandbox(config);
      const id = await t.runtime.createContainer({
        sandboxId,
        sandboxConfig: config,
        config: {
          metadata: { name: 'main', attempt },
          image: { image: t.image },
          command,
          labels: { role: 'main' },
          annotations: { hash: '1' },
          logPath: `main-${attempt}.log`,
          linux: { securityContext: { namespaceOptions: { network: 0, pid: 1, ipc: 0 } } },
        },
      });
      await t.runtime.startContainer(id);
      return { sandboxId, id, config };
    };
    const remove = async (sandboxId: string) => {
      await t.runtime.stopPodSandbox(sandboxId);
      await t.runtime.removePodSandbox(sandboxId);
    };

    before(async () => {
      t = await start();
      await t.runtime.pullImage(t.image).catch(() => {});
      events = new EventLog(t.runtime);
      await events.next((event) => event.type === 'connected');
    });
    after(async () => {
      events?.close();
      await stop();
    });

    it('is ready and says what it is', async () => {
      assert.deepEqual(await t.runtime.health(), { runtimeReady: true, networkReady: true, message: '' });
      assert.ok((await t.runtime.version()).name);
    });

    it('a sandbox has an address of its own, what it was made with, and is listed', async () => {
      const one = await t.runtime.runPodSandbox(sandboxConfig());
      const other = await t.runtime.runPodSandbox(sandboxConfig());
      const status = await t.runtime.podSandboxStatus(one);
      assert.equal(status.state, 'ready');
      assert.equal(status.podNamespace, 'default');
      assert.deepEqual([status.labels, status.annotations], [{ app: 'web' }, { note: 'kept' }]);
      assert.match(status.ips[0] ?? '', /^\d+\.\d+\.\d+\.\d+$/);
      assert.notEqual(status.ips[0], (await t.runtime.podSandboxStatus(other)).ips[0]);
      const ids = (await t.runtime.listPodSandboxes()).map((each) => each.id);
      assert.ok(ids.includes(one) && ids.includes(other));
      await remove(one);
      await remove(other);
      await assert.rejects(t.runtime.podSandboxStatus(one), { reason: 'NotFound' });
    });

    it('a container goes from created to running to exited, and tells each step', async () => {
      const { id, sandboxId } = await run();
      await events.next((event) => event.type === 'started' && event.containerId === id);
      const running = await t.runtime.containerStatus(id);
      assert.equal(running.state, 'running');
      assert.equal(running.name, 'main');
      assert.deepEqual([running.labels, running.annotations], [{ role: 'main' }, { hash: '1' }]);
      assert.ok(running.startedAtMs >= running.createdAtMs);
      assert.deepEqual(
        (await t.runtime.listContainers()).filter((each) => each.id === id).map((each) => each.sandboxId),
        [sandboxId],
      );
      await t.runtime.stopContainer(id, 0);
      const exit = await events.next((event) => event.type === 'exited' && event.containerId === id);
      assert.equal(exit.type === 'exited' && exit.exitCode, 137);
      const exited = await t.runtime.containerStatus(id);
      assert.deepEqual([exited.state, exited.exitCode, exited.reason], ['exited', 137, 'Error']);
      assert.ok(exited.finishedAtMs >= exited.startedAtMs);
      await t.runtime.removeContainer(id);
      await assert.rejects(t.runtime.containerStatus(id), { reason: 'NotFound' });
      await remove(sandboxId);
    });

    it('stopping a sandbox ends its containers', async () => {
      const { id, sandboxId } = await run();
      await t.runtime.stopPodSandbox(sandboxId);
      await events.next((event) => event.type === 'exited' && event.containerId === id);
      await events.next((event) => event.type === 'exited' && event.containerId === sandboxId);
      assert.equal((await t.runtime.podSandboxStatus(sandboxId)).state, 'notReady');
      assert.equal((await t.runtime.containerStatus(id)).state, 'exited');
      await remove(sandboxId);
    });

    it('stopping and removing twice is harmless', async () => {
      const { id, sandboxId } = await run();
      await t.runtime.stopContainer(id, 0);
      await t.runtime.stopContainer(id, 0);
      await t.runtime.removeContainer(id);
      await t.runtime.removeContainer(id);
      await remove(sandboxId);
      await remove(sandboxId);
    });

    it('the same attempt of a sandbox is not made twice', async () => {
      const config = sandboxConfig();
      const id = await t.runtime.runPodSandbox(config);
      await assert.rejects(t.runtime.runPodSandbox(config));
      await remove(id);
    });

    it('runs a command in a container to its end', async () => {
      const { id, sandboxId } = await run();
      assert.equal((await t.runtime.execSync(id, ['true'], 5)).exitCode, 0);
      await t.runtime.stopContainer(id, 0);
      await assert.rejects(t.runtime.execSync(id, ['true'], 5));
      await remove(sandboxId);
    });

    it('an image that is not there has no status and cannot be pulled', async () => {
      assert.equal(await t.runtime.imageStatus(t.missingImage), undefined);
      await assert.rejects(t.runtime.pullImage(t.missingImage), /^ApiError: rpc error: code = /);
      assert.match((await t.runtime.imageStatus(t.image))?.id ?? '', /^sha256:/);
    });

    it('a closed subscription hears nothing more', async () => {
      const heard: RuntimeEvent[] = [];
      const subscription = t.runtime.events((event) => heard.push(event));
      subscription.close();
      const { id, sandboxId } = await run();
      await events.next((event) => event.type === 'started' && event.containerId === id);
      assert.deepEqual(heard, []);
      await remove(sandboxId);
    });
  });
}
