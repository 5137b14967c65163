import { ContainerdRuntime } from '@reckon/cri';
import { systemClock } from '@reckon/service';

/** Ends all pods of one runtime: containers get SIGTERM and `graceSeconds`, then their sandboxes and networks go. */
export async function stopPods(socket: string, graceSeconds: number): Promise<number> {
  const runtime = new ContainerdRuntime({ socket, clock: systemClock });
  try {
    const containers = await runtime.listContainers();
    const running = containers.filter(({ state }) => state === 'running');
    await Promise.all(running.map(({ id }) => runtime.stopContainer(id, graceSeconds)));
    const sandboxes = await runtime.listPodSandboxes();
    await Promise.all(
      sandboxes.map(async ({ id }) => {
        await runtime.stopPodSandbox(id);
        await runtime.removePodSandbox(id);
      }),
    );
    return sandboxes.length;
  } finally {
    runtime.close();
  }
}
