import { mkdir } from 'node:fs/promises';
import { BUSYBOX_IMAGE } from '@reckon/cri/testing/busybox.ts';
import { startContainerd } from '@reckon/cri/testing/containerd.ts';
import type { Lifecycle } from './lifecycle.ts';
import { commandOf, GRACE_S } from './workload.ts';

const POD_NAMESPACES = { network: 0, pid: 1, ipc: 0 } as const;
/** CRI's RuntimeDefault: what the node agent asks for, too. */
const SECCOMP = { profileType: 0 } as const;

/**
 * The least that any node agent must ask of the same containerd for such a pod, one call after the other, on a
 * containerd of its own: a sandbox with its network, and a container in it.
 */
export async function runtimeLifecycle(): Promise<Lifecycle> {
  const containerd = await startContainerd({ name: 'bench', subnet: 9 });
  const { runtime } = containerd;
  const running = new Map<string, { readonly sandboxId: string; readonly id: string }>();
  let made = 0;
  return {
    async start(name, behaviour) {
      const uid = `${name}-${made++}`;
      const logDirectory = `${containerd.dir}/logs/${uid}`;
      await mkdir(logDirectory, { recursive: true });
      const sandboxConfig = {
        metadata: { name, namespace: 'default', uid, attempt: 0 },
        hostname: name,
        logDirectory,
        linux: {
          cgroupParent: `${containerd.cgroupRoot}/${uid}`,
          securityContext: { namespaceOptions: POD_NAMESPACES, seccomp: SECCOMP },
        },
      };
      const sandboxId = await runtime.runPodSandbox(sandboxConfig);
      const id = await runtime.createContainer({
        sandboxId,
        sandboxConfig,
        config: {
          metadata: { name: 'main', attempt: 0 },
          image: { image: BUSYBOX_IMAGE },
          command: [...commandOf(behaviour)],
          logPath: 'main.log',
          linux: { securityContext: { namespaceOptions: POD_NAMESPACES, seccomp: SECCOMP } },
        },
      });
      await runtime.startContainer(id);
      running.set(name, { sandboxId, id });
    },
    async stop(name) {
      const pod = running.get(name);
      if (!pod) throw new Error(`there is no ${name}`);
      running.delete(name);
      await runtime.stopContainer(pod.id, GRACE_S);
      await runtime.stopPodSandbox(pod.sandboxId);
      await runtime.removePodSandbox(pod.sandboxId);
    },
    close: () => containerd.stop(),
  };
}
