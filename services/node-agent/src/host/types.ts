/**
 * What a pod needs of its machine besides the runtime: directories, volumes, cgroups, files. `LinuxHost` does it;
 * hollow nodes have one that does nothing.
 */
import type { ContainerConfig, PodSandboxConfig } from '@reckon/proto/runtime/v1/api.ts';
import type { UsableImage } from '../images/types.ts';
import type { ContainerModel, PodModel } from '../pod/model.ts';
import type { ContainerInstance, SandboxState } from '../pod/types.ts';

export interface PodHost {
  /** What its sandbox is made with: the same for the same pod and attempt. Makes what it names (directories, cgroup). */
  sandboxConfig(pod: PodModel, attempt: number): Promise<PodSandboxConfig>;
  /** What its RuntimeClass names for the container runtime; '' without one. NotFound if the class is gone. */
  runtimeHandler(pod: PodModel): Promise<string>;
  /** Rejects with what to tell people (event FailedMount). Repeating it is harmless. */
  prepareVolumes(pod: PodModel): Promise<void>;
  /** Takes the volumes away that live no longer than the pod. */
  releaseVolumes(pod: PodModel): Promise<void>;
  /**
   * Resolves environment, mounts, user, limits. Rejects with what to tell people (CreateContainerConfigError): a
   * ConfigMap that is not there, a key that it does not have, an image that would run as root.
   */
  containerConfig(request: ContainerRequest): Promise<ContainerConfig>;
  /** What the container left as its last words; empty if nothing. */
  terminationMessage(pod: PodModel, instance: ContainerInstance): Promise<string>;
  /** Where the container's log is; undefined if there can be none. */
  logPath(pod: PodModel, container: { readonly name: string; readonly attempt: number }): string | undefined;
  /** Files that were made for one container. */
  removeContainer(pod: PodModel, instance: ContainerInstance): Promise<void>;
  /** Everything of the pod on this machine. Repeating it is harmless. */
  cleanUp(uid: string): Promise<void>;
  /** Pods (uids) of which something is on this machine. */
  leftovers(): Promise<readonly string[]>;
}

export interface ContainerRequest {
  readonly pod: PodModel;
  readonly container: ContainerModel;
  readonly attempt: number;
  readonly sandbox: SandboxState;
  /** Whose processes it sees; absent: only its own. */
  readonly target?: ContainerInstance | undefined;
  readonly image: UsableImage;
  readonly backoffMs: number;
}
