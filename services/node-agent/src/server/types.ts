/** What the node's server must know of the pods that run here. */
import type { StoredPod } from '../pod/model.ts';

export interface ContainerOnNode {
  readonly name: string;
  /** Undefined until the container was made for the first time. */
  readonly id: string | undefined;
  readonly running: boolean;
  /** Undefined while it has written none. */
  readonly logPath: string | undefined;
  /** Why it is not running, in the words of its status: `ContainerCreating`, `ErrImagePull`. */
  readonly waitingReason: string | undefined;
  /** The instance before this one, while the runtime still has it. */
  readonly previous: { readonly id: string; readonly logPath: string | undefined } | undefined;
}

export interface PodOnNode {
  readonly uid: string;
  /** Undefined while it has no (ready) sandbox. */
  readonly sandboxId: string | undefined;
  readonly containers: readonly ContainerOnNode[];
}

/** A pod as the agent has it. */
export interface KnownPod {
  readonly object: StoredPod;
  /** Names of the containers that run at this moment. */
  readonly running: ReadonlySet<string>;
}

export interface PodDirectory {
  all(): readonly KnownPod[];
  find(namespace: string, name: string): PodOnNode | undefined;
  /** Calls back once when this container has ended (at once if it has). The result cancels it. */
  onContainerEnd(containerId: string, listener: () => void): () => void;
}
