import { ApiError } from '@reckon/api';
import type { PodInRuntime } from '../../runtime/pod-in-runtime.ts';
import type { Rejection } from '../admission.ts';
import { backoffMs, START_BACKOFF } from '../backoff.ts';
import { endReason } from '../end-reason.ts';
import { allContainers, type ContainerModel, type PodModel, podModel, type StoredPod } from '../model.ts';
import { planPod } from '../plan.ts';
import type { PodStatusValue } from '../status/pod-status.ts';
import {
  type Action,
  type ContainerInstance,
  operationKey,
  type PlanInput,
  type PodEvent,
} from '../types.ts';
import { containerEnded, type ReportedEnd } from './actions/container-ended.ts';
import { perform } from './actions/perform.ts';
import type { PodContext, PodDeps } from './context.ts';
import { PodMemory } from './memory.ts';
import { PodProbes } from './pod-probes.ts';
import { StatusWriter } from './status-writer.ts';

/** 128 and SIGKILL. */
const KILLED = 137;

export interface PodWorkerOptions {
  readonly deps: PodDeps;
  readonly model: PodModel;
  /** The API has no such pod: what is left of it is ended. */
  readonly removed?: boolean;
  /** This node will not run it. */
  readonly rejection?: Rejection | undefined;
  /** What the runtime has of it from before. */
  readonly found?: PodInRuntime | undefined;
  /** Nothing of it is left, here or in the API. */
  readonly onGone: () => void;
}

/**
 * Drives one pod: whenever something becomes known it asks `planPod` what to do, begins what is new in the answer and
 * writes the status. Planning is serial and takes no time; actions run beside each other, each kind at most once.
 */
export class PodWorker implements PodContext {
  readonly deps: PodDeps;
  readonly memory: PodMemory;
  #model: PodModel;
  #removed: boolean;
  readonly rejection: Rejection | undefined;
  readonly #onGone: () => void;
  readonly #status: StatusWriter;
  readonly #probes: PodProbes;
  #lastStatus: PodStatusValue | undefined;
  readonly #listeners = new Set<() => void>();
  #scheduled = false;
  #stopped = false;
  #cancelWake: () => void = () => {};
  /** Actions that threw: how often in a row, and when they may be begun again. */
  readonly #refused = new Map<string, { readonly count: number; readonly retryAtMs: number }>();

  constructor(options: PodWorkerOptions) {
    const { deps, model } = options;
    this.deps = deps;
    this.#model = model;
    this.#removed = options.removed === true;
    this.rejection = options.rejection;
    this.#onGone = options.onGone;
    const startTime = model.object.status?.startTime;
    this.memory = new PodMemory(startTime ? Date.parse(startTime) : deps.clock.nowMs());
    this.#status = new StatusWriter({
      api: deps.api,
      clock: deps.clock,
      log: deps.log,
      current: () => this.#model.object,
      onWritten: (pod) => this.learn(pod),
    });
    this.#probes = new PodProbes(this);
    if (options.found) this.adopt(options.found, deps.clock.nowMs());
    this.changed();
  }

  get model(): PodModel {
    return this.#model;
  }

  /** The API's object changed. Older versions than the one at hand are ignored. */
  learn(object: StoredPod): void {
    if (Number(object.metadata.resourceVersion) <= Number(this.#model.object.metadata.resourceVersion))
      return;
    this.#model = podModel(object);
    this.changed();
  }

  /** The API has the pod no more; `last` is how it was then. */
  remove(last?: StoredPod): void {
    if (last) this.#model = podModel(last);
    this.#removed = true;
    this.#status.stop();
    this.changed();
  }

  /** Takes over what the runtime was found to have at a moment just past. */
  adopt(found: PodInRuntime, listedAtMs: number): void {
    const running = new Set(
      this.memory.containers.filter((each) => each.state === 'running').map(({ id }) => id),
    );
    this.memory.merge(found, listedAtMs);
    for (const instance of this.memory.containers)
      if (running.has(instance.id) && instance.state === 'exited') void this.#readLastWords(instance);
    for (const { id } of [...found.sandboxes, ...found.containers]) this.deps.owners.set(id, this.#model.uid);
    this.#refused.clear();
    this.changed();
  }

  containerEnded(id: string, reported: ReportedEnd): void {
    if (this.memory.sandboxes.some((sandbox) => sandbox.id === id)) {
      this.memory.sandboxDied(id);
      this.changed();
      return;
    }
    containerEnded(this, id, reported).then(
      () => this.changed(),
      (error) => this.deps.log.warn('how a container ended could not be read', { id, error }),
    );
  }

  /** The kernel killed a process of it. This may be told after the container's end, which was then put down as an error. */
  ranOutOfMemory(id: string): void {
    this.memory.outOfMemory.add(id);
    const known = this.memory.container(id);
    if (known?.state !== 'exited' || known.exitCode !== KILLED) return;
    this.memory.putContainer({ ...known, reason: 'OOMKilled' });
    this.changed();
  }

  waitsForImage(isMeant: (image: string) => boolean): boolean {
    return this.#waiting(isMeant).length > 0;
  }

  /** The image is there: containers that failed for want of it try again at once. */
  imagesChanged(isMeant: (image: string) => boolean): void {
    for (const container of this.#waiting(isMeant)) {
      this.memory.images.delete(container.name);
      this.changed();
    }
  }

  #waiting(isMeant: (image: string) => boolean): readonly ContainerModel[] {
    return allContainers(this.#model).filter(
      ({ name, image, pullPolicy }) =>
        pullPolicy !== 'Always' && this.memory.images.get(name)?.state === 'failed' && isMeant(image),
    );
  }

  /** What it waited for in vain may be there now (a ConfigMap, a Secret, the runtime). */
  retryNow(): void {
    for (const [name, failure] of this.memory.startFailures)
      this.memory.startFailures.set(name, { ...failure, retryAtMs: 0 });
    const { volumes, sandboxFailure } = this.memory;
    if (sandboxFailure) this.memory.sandboxFailure = { ...sandboxFailure, retryAtMs: 0 };
    if (volumes.state === 'failed')
      this.memory.volumes = { ...volumes, failure: { ...volumes.failure, retryAtMs: 0 } };
    this.#refused.clear();
    this.changed();
  }

  /** Calls back after every look at the pod. The result ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: PodEvent): void {
    this.deps.events.aboutPod(this.#model.object, event);
  }

  statusWritten(): Promise<void> {
    return this.#status.flushed();
  }

  changed(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#stopped) this.#step();
    });
  }

  /** Lets go of the pod without touching it: for the end of the agent. */
  stop(): void {
    this.#stopped = true;
    this.#cancelWake();
    this.#status.stop();
    this.#probes.stop();
  }

  #step(): void {
    const { clock, node } = this.deps;
    const nowMs = clock.nowMs();
    const input: PlanInput = {
      pod: { model: this.#model, removed: this.#removed, rejection: this.rejection },
      observed: this.memory,
      nowMs,
      node: node(),
      lastStatus: this.#lastStatus,
    };
    const plan = planPod(input);
    this.#lastStatus = plan.status;
    if (!this.#removed && !this.memory.deleted) this.#status.write(plan.status);
    this.#probes.follow(endReason(input) !== undefined);
    let wakeAtMs = plan.wakeAtMs;
    for (const action of plan.actions) {
      const retryAtMs = this.#refused.get(operationKey(action))?.retryAtMs ?? 0;
      if (retryAtMs <= nowMs) this.#begin(action);
      else wakeAtMs = Math.min(wakeAtMs ?? retryAtMs, retryAtMs);
    }
    this.#wakeAt(wakeAtMs);
    for (const listener of this.#listeners) listener();
    if (this.#removed && this.memory.cleaned && this.memory.underWay.size === 0) {
      this.stop();
      this.#onGone();
    }
  }

  #begin(action: Action): void {
    if (action.do === 'announce') {
      this.memory.announced.add(action.key);
      this.tell(action.event);
      return;
    }
    const key = operationKey(action);
    this.memory.underWay.set(key, action);
    perform(this, action)
      .then(
        () => this.#refused.delete(key),
        (error) => this.#refuse(key, action, ApiError.from(error)),
      )
      .finally(() => {
        this.memory.underWay.delete(key);
        this.changed();
      });
  }

  #refuse(key: string, action: Action, error: ApiError): void {
    const count = (this.#refused.get(key)?.count ?? 0) + 1;
    const retryAtMs = this.deps.clock.nowMs() + backoffMs(START_BACKOFF, count);
    this.#refused.set(key, { count, retryAtMs });
    const { namespace, name } = this.#model;
    this.deps.log.warn('a step for a pod failed', {
      pod: `${namespace}/${name}`,
      step: action.do,
      count,
      error,
    });
  }

  /** Of a container whose end nobody reported. */
  async #readLastWords(instance: ContainerInstance): Promise<void> {
    const message = await this.deps.host.terminationMessage(this.#model, instance);
    if (message) this.memory.putContainer({ ...instance, message });
    this.changed();
  }

  #wakeAt(atMs: number | undefined): void {
    this.#cancelWake();
    if (atMs === undefined) return;
    const { clock } = this.deps;
    this.#cancelWake = clock.after(Math.max(0, atMs - clock.nowMs()), () => this.changed());
  }
}
