import type { ContainerModel, PodModel } from '../pod/model.ts';
import type { PodEvent, ProbeState } from '../pod/types.ts';

/** A running container whose probes are to be asked. */
export interface ProbeTarget {
  readonly pod: PodModel;
  readonly container: ContainerModel;
  readonly containerId: string;
  /** Where HTTP, TCP and gRPC probes go unless they name a host. */
  readonly podIp: string;
  readonly startedAtMs: number;
  /** What is known of it from before. */
  readonly initially: ProbeState;
  /** Told each time that the verdict changes. */
  readonly report: (state: ProbeState) => void;
  readonly tell: (event: PodEvent) => void;
}

export interface ProbeWatch {
  /** The pod is being ended: it is still asked whether it is ready, but no longer killed for not being alive. */
  ending(): void;
  stop(): void;
}

/** Asks probes of containers for as long as they run. */
export interface Prober {
  watch(target: ProbeTarget): ProbeWatch;
}
