/**
 * What the planner of a pod knows, and what it can ask for. `PodObservation` is all of it: what the runtime has, what
 * earlier actions brought to light, and which actions are still under way.
 */
import type { Frozen } from '@reckon/client';
import type { PodStatus } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';
import type { UsableImage } from '../images/types.ts';
import type { Rejection } from './admission.ts';
import type { ContainerModel, PodModel } from './model.ts';

export interface SandboxState {
  readonly id: string;
  readonly attempt: number;
  readonly ready: boolean;
  /** Its network was taken away and its address given back; one that died by itself still has both. */
  readonly stopped: boolean;
  /** Empty in the node's own network. */
  readonly ips: readonly string[];
  readonly createdAtMs: number;
}

export interface ContainerInstance {
  readonly id: string;
  readonly name: string;
  /** Also the restart count. */
  readonly attempt: number;
  readonly sandboxId: string;
  readonly state: 'created' | 'running' | 'exited';
  readonly createdAtMs: number;
  /** 0: never. */
  readonly startedAtMs: number;
  /** 0: not yet. */
  readonly finishedAtMs: number;
  readonly exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, `StartError`… */
  readonly reason: string;
  /** Termination message, or what the runtime said. */
  readonly message: string;
  readonly image: string;
  readonly imageRef: string;
  /** `definitionHash` of the specification it was made from. */
  readonly hash: string;
  /** How long its successor has to wait if it fails; 0: not at all. Kept in the runtime, so that it survives us. */
  readonly backoffMs: number;
}

/** Whether a container's image can be used for its next attempt. */
export type ImageState =
  | { readonly state: 'ready'; readonly image: UsableImage }
  | {
      readonly state: 'failed';
      /** ErrImagePull, ErrImageNeverPull, InvalidImageName, ImageInspectError… */
      readonly reason: string;
      readonly message: string;
      /** Not to be tried again before; undefined: only when images change. */
      readonly retryAtMs: number | undefined;
      /** ErrImagePull becomes ImagePullBackOff once this moment has passed. */
      readonly failedAtMs: number;
    };

/** Why something could not be made, and when to try again. */
export interface Failure {
  /** CreateContainerConfigError, CreateContainerError, RunContainerError… */
  readonly reason: string;
  readonly message: string;
  readonly retryAtMs: number;
  /** Failures in a row. */
  readonly count: number;
}

export type VolumesState =
  | { readonly state: 'absent' }
  | { readonly state: 'ready' }
  | { readonly state: 'failed'; readonly failure: Failure };

/** What probes found out about one instance; absent: not asked yet. */
export interface ProbeState {
  /** Startup probe succeeded. */
  readonly started?: boolean | undefined;
  readonly ready?: boolean | undefined;
  /** Set when the container has to be killed. */
  readonly failed?: 'liveness' | 'startup' | undefined;
}

export interface PodObservation {
  /** Newest first. */
  readonly sandboxes: readonly SandboxState[];
  /** Newest first. */
  readonly containers: readonly ContainerInstance[];
  readonly volumes: VolumesState;
  readonly sandboxFailure: Failure | undefined;
  /** By container name. */
  readonly images: ReadonlyMap<string, ImageState>;
  /** By container name. */
  readonly startFailures: ReadonlyMap<string, Failure>;
  /** By container id. */
  readonly probes: ReadonlyMap<string, ProbeState>;
  /** By `operationKey` of the action that is under way. */
  readonly underWay: ReadonlyMap<string, Action>;
  /** Keys of what was told already. */
  readonly announced: ReadonlySet<string>;
  /** The API did as the action `deletePod` asked; finalizers may still keep the object. */
  readonly deleted: boolean;
  /** Nothing of the pod is left on this node. */
  readonly cleaned: boolean;
  /** When the agent first dealt with this pod. */
  readonly firstSeenAtMs: number;
}

export interface PlanInput {
  readonly pod: PlannedPod;
  readonly observed: PodObservation;
  readonly nowMs: number;
  readonly node: NodeFacts;
  /** What was planned last, which the API may not have yet: times of transitions are taken from it. */
  readonly lastStatus: Frozen<PodStatus> | undefined;
}

/** What of the node shows in the status of its pods. */
export interface NodeFacts {
  readonly ips: readonly string[];
  /** Prefix of container ids: `containerd`. */
  readonly runtimeName: string;
}

/** The pod that is wanted, and whether the API still has it. */
export interface PlannedPod {
  readonly model: PodModel;
  /** The API has no such pod any more: end it, tell nobody. */
  readonly removed: boolean;
  /** Why this node will not run it. */
  readonly rejection?: Rejection | undefined;
}

export type Action =
  | { readonly do: 'prepareVolumes' }
  | { readonly do: 'releaseVolumes' }
  | { readonly do: 'runSandbox'; readonly attempt: number; readonly because: string }
  | { readonly do: 'stopSandbox'; readonly id: string; readonly because: string }
  | { readonly do: 'removeSandbox'; readonly id: string }
  | { readonly do: 'ensureImage'; readonly container: ContainerModel }
  | {
      readonly do: 'startContainer';
      readonly container: ContainerModel;
      readonly attempt: number;
      readonly sandbox: SandboxState;
      /** Whose processes it sees. */
      readonly target?: ContainerInstance;
      readonly image: UsableImage;
      readonly backoffMs: number;
      readonly because: string;
    }
  | {
      readonly do: 'killContainer';
      readonly container: ContainerInstance;
      readonly graceS: number;
      /** For people, in the event: `Stopping container web`. */
      readonly message: string;
      readonly because: string;
    }
  | { readonly do: 'removeContainer'; readonly container: ContainerInstance }
  | { readonly do: 'deletePod'; readonly because: string }
  /** Everything of the pod on this node: sandboxes, containers, volumes, cgroup, logs. */
  | { readonly do: 'cleanUp' }
  | { readonly do: 'announce'; readonly key: string; readonly event: PodEvent };

export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Container that it is about. */
  readonly container?: string | undefined;
}

/** At most one action of a key is under way at any moment. */
export function operationKey(action: Action): string {
  switch (action.do) {
    case 'prepareVolumes':
    case 'releaseVolumes':
      return 'volumes';
    case 'runSandbox':
      return 'sandbox';
    case 'stopSandbox':
    case 'removeSandbox':
      return `sandbox/${action.id}`;
    case 'ensureImage':
      return `image/${action.container.name}`;
    case 'startContainer':
      return `start/${action.container.name}`;
    case 'killContainer':
      // A shorter grace may overtake a longer one.
      return `kill/${action.container.id}/${action.graceS}`;
    case 'removeContainer':
      return `container/${action.container.id}`;
    case 'deletePod':
    case 'cleanUp':
      return action.do;
    case 'announce':
      return `announce/${action.key}`;
  }
}
