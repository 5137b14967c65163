import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { ApiError } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { VolumeMount } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Mount } from '@reckon/proto/runtime/v1/api.ts';
import { DEFAULT_TERMINATION_MESSAGE_PATH } from '../container/container-config.ts';
import { expand } from '../container/expand.ts';
import { hostsFile } from '../container/hosts-file.ts';
import { mountSubPath } from '../volumes/sub-path.ts';
import type { Volumes } from '../volumes/volumes.ts';
import type { Layout } from './layout.ts';
import type { ContainerRequest } from './types.ts';

export interface MountParts {
  readonly request: ContainerRequest;
  readonly env: ReadonlyMap<string, string>;
  readonly layout: Layout;
  readonly volumes: Volumes;
  readonly podIps: readonly string[];
  readonly clusterDomain: string;
  /** The node's own /etc/hosts. */
  readonly nodeHosts: string;
}

const PROPAGATION = { None: 0, HostToContainer: 1, Bidirectional: 2 } as const;
const HOSTS_PATH = '/etc/hosts';

/** Everything that is mounted into a container; makes what has to be there for it. */
export async function containerMounts(parts: MountParts): Promise<readonly Mount[]> {
  const { spec } = parts.request.container;
  const mounts = await Promise.all(
    (spec.volumeMounts ?? []).map((mount, index) => volumeMount(parts, mount, index)),
  );
  const isMounted = (path: string) => mounts.some((mount) => mount.containerPath === path);
  if (!isMounted(HOSTS_PATH)) mounts.push(await hostsMount(parts));
  mounts.push(await terminationMount(parts));
  return mounts;
}

async function volumeMount(parts: MountParts, mount: Frozen<VolumeMount>, index: number): Promise<Mount> {
  const { request, env, volumes, layout } = parts;
  const { name = '', mountPath = '', readOnly, mountPropagation } = mount;
  const volumeDir = volumes.pathOf(request.pod, name);
  const subPath = mount.subPathExpr
    ? expand(mount.subPathExpr, (key) => env.get(key))
    : (mount.subPath ?? '');
  let hostPath = volumeDir;
  if (subPath) {
    if (mount.subPathExpr && isAbsolute(subPath))
      throw new ApiError('BadRequest', `error SubPath "${subPath}" must not be an absolute path`);
    hostPath = layout.subPathFile(request.pod.uid, request.container.name, index);
    await mountSubPath({ volumeDir, subPath, target: hostPath });
  }
  const propagation = PROPAGATION[mountPropagation as keyof typeof PROPAGATION] ?? PROPAGATION.None;
  return {
    containerPath: isAbsolute(mountPath) ? mountPath : `/${mountPath}`,
    hostPath,
    readonly: readOnly === true,
    propagation,
  };
}

async function hostsMount({ request, layout, podIps, clusterDomain, nodeHosts }: MountParts): Promise<Mount> {
  const path = layout.hostsFile(request.pod.uid);
  await writeFile(path, hostsFile(request.pod, { podIps, clusterDomain, nodeHosts }));
  return { containerPath: HOSTS_PATH, hostPath: path, readonly: false, propagation: PROPAGATION.None };
}

/** Any user of the container may write its last words. */
async function terminationMount({ request, layout }: MountParts): Promise<Mount> {
  const { pod, container, attempt } = request;
  const path = layout.terminationFile(pod.uid, { name: container.name, attempt });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '');
  // Not as it is made: the agent's own umask would have its say.
  await chmod(path, 0o666);
  const containerPath = container.spec.terminationMessagePath || DEFAULT_TERMINATION_MESSAGE_PATH;
  return { containerPath, hostPath: path, readonly: false, propagation: PROPAGATION.None };
}
