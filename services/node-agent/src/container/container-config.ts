import type { ContainerConfig, Mount } from '@reckon/proto/runtime/v1/api.ts';
import type { ContainerRequest } from '../host/types.ts';
import {
  BACKOFF_MS,
  CONTAINER_HASH,
  CONTAINER_NAME,
  GRACE_PERIOD_S,
  podLabels,
  RESTART_COUNT,
  TERMINATION_MESSAGE_PATH,
  TERMINATION_MESSAGE_POLICY,
} from '../runtime/labels.ts';
import { expand } from './expand.ts';
import { containerShare, linuxResources, type OomSettings, oomScoreAdj } from './resources.ts';
import { containerSecurity } from './security.ts';

export interface ContainerParts {
  readonly request: ContainerRequest;
  readonly env: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
  /** Below the pod's log directory. */
  readonly logPath: string;
  readonly oom: OomSettings;
  /** A container of cgroup v2 is killed as a whole when its memory runs out. */
  readonly cgroupV2: boolean;
}

export const DEFAULT_TERMINATION_MESSAGE_PATH = '/dev/termination-log';

/** What a container is made with: pure, everything that had to be looked up is given. */
export function containerConfig({
  request,
  env,
  mounts,
  logPath,
  oom,
  cgroupV2,
}: ContainerParts): ContainerConfig {
  const { pod, container, attempt, image, backoffMs } = request;
  const { spec } = container;
  const lookUp = (name: string) => env.get(name);
  const expanded = (words: readonly string[] | undefined) =>
    (words ?? []).map((word) => expand(word, lookUp));
  const resources = linuxResources(containerShare(spec.resources), oomScoreAdj(pod, spec.resources, oom));
  return {
    metadata: { name: container.name, attempt },
    image: { image: image.ref, userSpecifiedImage: container.image },
    command: expanded(spec.command),
    args: expanded(spec.args),
    workingDir: spec.workingDir ?? '',
    envs: [...env].map(([key, value]) => ({ key, value: Buffer.from(value) })),
    mounts: [...mounts],
    labels: { ...podLabels(pod), [CONTAINER_NAME]: container.name },
    annotations: {
      [CONTAINER_HASH]: container.hash,
      [RESTART_COUNT]: String(attempt),
      [BACKOFF_MS]: String(backoffMs),
      [GRACE_PERIOD_S]: String(pod.graceS),
      [TERMINATION_MESSAGE_PATH]: spec.terminationMessagePath || DEFAULT_TERMINATION_MESSAGE_PATH,
      [TERMINATION_MESSAGE_POLICY]: spec.terminationMessagePolicy || 'File',
    },
    logPath,
    stdin: spec.stdin === true,
    stdinOnce: spec.stdinOnce === true,
    tty: spec.tty === true,
    linux: {
      resources: cgroupV2 ? { ...resources, unified: { 'memory.oom.group': '1' } } : resources,
      securityContext: containerSecurity(request),
    },
  };
}
