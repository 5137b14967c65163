import type { PodInRuntime } from '../../runtime/pod-in-runtime.ts';
import type {
  Action,
  ContainerInstance,
  Failure,
  ImageState,
  PodObservation,
  ProbeState,
  SandboxState,
  VolumesState,
} from '../types.ts';

/** What a worker knows of its pod. Everything in it can be found again in the runtime, or found out again. */
export class PodMemory implements PodObservation {
  sandboxes: readonly SandboxState[] = [];
  containers: readonly ContainerInstance[] = [];
  volumes: VolumesState = { state: 'absent' };
  sandboxFailure: Failure | undefined;
  readonly images = new Map<string, ImageState>();
  /** Failed pulls in a row, by container name. */
  readonly pullFailures = new Map<string, number>();
  readonly startFailures = new Map<string, Failure>();
  readonly probes = new Map<string, ProbeState>();
  readonly underWay = new Map<string, Action>();
  readonly announced = new Set<string>();
  /** Containers in which the kernel killed a process for want of memory. */
  readonly outOfMemory = new Set<string>();
  deleted = false;
  cleaned = false;
  firstSeenAtMs: number;

  constructor(firstSeenAtMs: number) {
    this.firstSeenAtMs = firstSeenAtMs;
  }

  putSandbox(sandbox: SandboxState): void {
    const others = this.sandboxes.filter((each) => each.id !== sandbox.id);
    this.sandboxes = [...others, sandbox].sort(
      (a, b) => b.attempt - a.attempt || b.createdAtMs - a.createdAtMs,
    );
  }

  /** The sandbox's process ended by itself. */
  sandboxDied(id: string): void {
    this.sandboxes = this.sandboxes.map((each) => (each.id === id ? { ...each, ready: false } : each));
  }

  sandboxStopped(id: string): void {
    this.sandboxes = this.sandboxes.map((each) =>
      each.id === id ? { ...each, ready: false, stopped: true } : each,
    );
  }

  removeSandbox(id: string): void {
    this.sandboxes = this.sandboxes.filter((each) => each.id !== id);
    for (const container of this.containers)
      if (container.sandboxId === id) this.removeContainer(container.id);
  }

  container(id: string): ContainerInstance | undefined {
    return this.containers.find((each) => each.id === id);
  }

  putContainer(container: ContainerInstance): void {
    const others = this.containers.filter((each) => each.id !== container.id);
    this.containers = [...others, container].sort(
      (a, b) => b.attempt - a.attempt || b.createdAtMs - a.createdAtMs,
    );
  }

  /** Never takes back an end that was reported while the start was still being answered. */
  containerStarted(id: string, startedAtMs: number): void {
    const container = this.container(id);
    if (container?.state === 'created') this.putContainer({ ...container, state: 'running', startedAtMs });
  }

  removeContainer(id: string): void {
    this.containers = this.containers.filter((each) => each.id !== id);
    this.probes.delete(id);
    this.outOfMemory.delete(id);
  }

  /**
   * Brings this in line with what the runtime was found to have at `listedAtMs`. Nothing goes backwards: what ended
   * stays ended, and what was made since then is not in the list.
   */
  merge(listed: PodInRuntime, listedAtMs: number): void {
    const sandboxIds = new Set(listed.sandboxes.map((each) => each.id));
    for (const { id, createdAtMs } of this.sandboxes)
      if (!sandboxIds.has(id) && createdAtMs < listedAtMs) this.removeSandbox(id);
    for (const sandbox of listed.sandboxes) {
      const known = this.sandboxes.find((each) => each.id === sandbox.id);
      if (!known) this.putSandbox(sandbox);
      else if (known.ready && !sandbox.ready) this.sandboxDied(sandbox.id);
    }
    const ids = new Set(listed.containers.map((each) => each.id));
    for (const { id, createdAtMs } of this.containers)
      if (!ids.has(id) && createdAtMs < listedAtMs) this.removeContainer(id);
    for (const container of listed.containers) {
      const known = this.container(container.id);
      if (!known || ORDER[known.state] < ORDER[container.state]) this.putContainer(container);
    }
  }
}

const ORDER = { created: 0, running: 1, exited: 2 } as const;
