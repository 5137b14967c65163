import type { ContainerConfig, PodSandboxConfig } from '@reckon/proto/runtime/v1/api.ts';
import type { PodModel } from '../pod/model.ts';
import { BACKOFF_MS, CONTAINER_HASH, CONTAINER_NAME, GRACE_PERIOD_S, podLabels } from '../runtime/labels.ts';
import type { ContainerRequest, PodHost } from './types.ts';

/** The host of a hollow node: pods need nothing there. */
export class HollowHost implements PodHost {
  async sandboxConfig(pod: PodModel, attempt: number): Promise<PodSandboxConfig> {
    const { name, namespace, uid, hostNetwork } = pod;
    const network = hostNetwork ? { network: 2 as const } : {};
    return {
      metadata: { name, namespace, uid, attempt },
      labels: podLabels(pod),
      linux: { securityContext: { namespaceOptions: network } },
    };
  }

  async runtimeHandler(): Promise<string> {
    return '';
  }

  async prepareVolumes(): Promise<void> {}

  async releaseVolumes(): Promise<void> {}

  async containerConfig(request: ContainerRequest): Promise<ContainerConfig> {
    const { pod, container, attempt, image, backoffMs } = request;
    return {
      metadata: { name: container.name, attempt },
      image: { image: image.ref },
      command: [...(container.spec.command ?? [])],
      args: [...(container.spec.args ?? [])],
      labels: { ...podLabels(pod), [CONTAINER_NAME]: container.name },
      annotations: {
        ...pod.object.metadata.annotations,
        [CONTAINER_HASH]: container.hash,
        [BACKOFF_MS]: String(backoffMs),
        [GRACE_PERIOD_S]: String(pod.graceS),
      },
    };
  }

  async terminationMessage(): Promise<string> {
    return '';
  }

  logPath(): undefined {
    return undefined;
  }

  async removeContainer(): Promise<void> {}

  async cleanUp(): Promise<void> {}

  async leftovers(): Promise<readonly string[]> {
    return [];
  }
}
