import type { CpuAndMemory } from '../container/resources.ts';

/**
 * The cgroups of pods. The agent makes one for each pod, with the pod's share of the node; the runtime makes those of
 * the containers in it.
 */
export interface PodCgroups {
  /** What the runtime is told as the pod's parent: a path below the cgroup mount. */
  pathOf(uid: string): string;
  /** Creates it or brings its limits up to date. */
  set(uid: string, share: CpuAndMemory): Promise<void>;
  /** Rejects while processes are left in it. Harmless if it is not there. */
  remove(uid: string): Promise<void>;
  /** The uids of all pods that have one. */
  list(): Promise<readonly string[]>;
  /** For the end of the node. */
  removeAll(): Promise<void>;
}
