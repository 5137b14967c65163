import type { Behaviour } from './workload.ts';

/** Whoever brings pods up and takes them away again: the whole cluster, or the container runtime alone. */
export interface Lifecycle {
  /** Resolves when it is Ready (the cluster) or its container was started (the runtime). */
  start(name: string, behaviour: Behaviour): Promise<void>;
  /** With a grace of one second; resolves when nothing of it is left. */
  stop(name: string): Promise<void>;
  close(): Promise<void>;
}
