import { isDeepStrictEqual } from 'node:util';
import { parseImageName } from '@reckon/api';
import { PODS } from '@reckon/client';
import type { RuntimeEvent, Subscription } from '@reckon/cri';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { NodeApi } from './api/types.ts';
import { rejection } from './pod/admission.ts';
import { type PodModel, podModel, type StoredPod } from './pod/model.ts';
import type { PodDeps } from './pod/worker/context.ts';
import { PodWorker } from './pod/worker/pod-worker.ts';
import { listPods, type PodInRuntime } from './runtime/pod-in-runtime.ts';

export interface PodsOptions {
  readonly deps: PodDeps;
  readonly api: Pick<NodeApi, 'follow'>;
  readonly nodeName: string;
  /** Labels or annotations of a pod changed, which its files may show. */
  readonly onRelabelled?: ((worker: PodWorker) => void) | undefined;
  /** Something about some pod changed, or a pod is gone. */
  readonly onChange?: (() => void) | undefined;
}

/** Listing again after everything was told is only for what nobody can foresee. */
const RELIST_EVERY_MS = 300_000;
const RELIST_RETRY_MS = 1_000;
/** When the runtime tells of an image, its CRI side may know of it only a moment later. */
const IMAGE_CHECKS_MS = [0, 100, 1_000];

/**
 * All pods of this node: what the API wants here, what the runtime has here, and one worker for each of either. No
 * worker exists before the runtime was listed (it would make anew what is there), and nothing counts as left over
 * before the API has shown all pods of this node (an outage is not an empty list).
 */
export class Pods {
  readonly #options: PodsOptions;
  readonly #workers = new Map<string, PodWorker>();
  readonly #subscriptions: Subscription[] = [];
  /** Undefined until first listed. */
  #found: ReadonlyMap<string, PodInRuntime> | undefined;
  /** Undefined until the API has shown all. */
  #wanted: Map<string, StoredPod> | undefined;
  #cancelRelist: () => void = () => {};
  #relisting = false;
  /** It was interrupted by another reason to list. */
  #relistAgain = false;
  #stopped = false;
  readonly #ready = Promise.withResolvers<void>();

  constructor(options: PodsOptions) {
    this.#options = options;
  }

  /** Resolves once API and runtime were both read and each pod has its worker. */
  start(): Promise<void> {
    const { deps, api, nodeName } = this.#options;
    this.#subscriptions.push(
      deps.runtime.events((event) => this.#onRuntimeEvent(event)),
      api.follow<Pod>(
        PODS,
        { fieldSelector: `spec.nodeName=${nodeName}` },
        {
          replace: (pods) => this.#replace(pods),
          put: (pod) => this.#put(pod),
          remove: (pod) => this.#remove(pod),
        },
      ),
    );
    return this.#ready.promise;
  }

  /** Lets go of all pods; they go on running. */
  stop(): void {
    this.#stopped = true;
    this.#cancelRelist();
    for (const subscription of this.#subscriptions) subscription.close();
    for (const worker of this.#workers.values()) worker.stop();
  }

  byUid(uid: string): PodWorker | undefined {
    return this.#workers.get(uid);
  }

  byName(namespace: string, name: string): PodWorker | undefined {
    const matching = [...this.#workers.values()].filter(
      ({ model }) => model.name === name && model.namespace === namespace,
    );
    // Of namesakes (one still being ended) the one that is meant is the one the API knows.
    return matching.find(({ model }) => this.#wanted?.has(model.uid)) ?? matching[0];
  }

  all(): readonly PodWorker[] {
    return [...this.#workers.values()];
  }

  /** What pods waited for in vain may be there now. */
  retryNow(): void {
    for (const worker of this.#workers.values()) worker.retryNow();
  }

  #replace(pods: readonly StoredPod[]): void {
    const before = this.#wanted ?? new Map<string, StoredPod>();
    this.#wanted = new Map(pods.map((pod) => [pod.metadata.uid, pod]));
    for (const [uid, pod] of before) if (!this.#wanted.has(uid)) this.#remove(pod);
    if (this.#found) this.#begin(this.#found);
    for (const pod of pods) this.#learn(before.get(pod.metadata.uid), pod);
  }

  #put(pod: StoredPod): void {
    const { uid } = pod.metadata;
    const before = this.#wanted?.get(uid);
    this.#wanted?.set(uid, pod);
    if (!this.#wanted || !this.#found) return;
    if (this.#workers.has(uid)) this.#learn(before, pod);
    else this.#add(podModel(pod), undefined, false);
  }

  #learn(before: StoredPod | undefined, pod: StoredPod): void {
    const worker = this.#workers.get(pod.metadata.uid);
    worker?.learn(pod);
    const isRelabelled = before && !isDeepStrictEqual(describing(before), describing(pod));
    if (worker && isRelabelled) this.#options.onRelabelled?.(worker);
  }

  #remove(last: StoredPod): void {
    this.#wanted?.delete(last.metadata.uid);
    this.#workers.get(last.metadata.uid)?.remove(last);
  }

  /** Gives a worker to everything that has none. */
  #begin(found: ReadonlyMap<string, PodInRuntime>): void {
    const wanted = this.#wanted;
    if (!wanted || this.#stopped) return;
    // What runs already keeps what it has; of the others the older come first.
    const age = ({ metadata: { uid, creationTimestamp = '' } }: StoredPod) =>
      `${found.get(uid)?.sandboxes.length ? 0 : 1} ${creationTimestamp}`;
    const inOrder = [...wanted].sort(([, a], [, b]) => compareText(age(a), age(b)));
    for (const [uid, pod] of inOrder)
      if (!this.#workers.has(uid)) this.#add(podModel(pod), found.get(uid), false);
    for (const [uid, pod] of found) if (!this.#workers.has(uid)) this.#add(orphan(pod), pod, true);
    this.#ready.resolve();
  }

  #add(model: PodModel, found: PodInRuntime | undefined, removed: boolean): void {
    const { deps, onChange } = this.#options;
    const { uid } = model;
    const onGone = () => {
      this.#workers.delete(uid);
      onChange?.();
    };
    // What runs already was admitted once.
    const isNew = !removed && (found?.sandboxes.length ?? 0) === 0;
    const refused = isNew ? rejection(model, this.#admitted()) : undefined;
    const worker = new PodWorker({ deps, model, found, removed, rejection: refused, onGone });
    if (onChange) worker.onChange(onChange);
    this.#workers.set(uid, worker);
  }

  /** What takes up ports here: all that the API knows, and that has not ended. */
  #admitted(): readonly PodModel[] {
    const active = this.all().filter(({ model, memory, rejection: refused }) => {
      const phase = model.object.status?.phase;
      const runs = memory.containers.some((each) => each.state === 'running') || memory.underWay.size > 0;
      const isOver = phase === 'Succeeded' || phase === 'Failed' || (model.deletion !== undefined && !runs);
      return !refused && !isOver && this.#wanted?.has(model.uid) === true;
    });
    return active.map(({ model }) => model);
  }

  /** Of a container or a sandbox. */
  #workerOf(id: string): PodWorker | undefined {
    const uid = this.#options.deps.owners.get(id);
    return uid === undefined ? undefined : this.#workers.get(uid);
  }

  #onRuntimeEvent(event: RuntimeEvent): void {
    const { deps } = this.#options;
    switch (event.type) {
      case 'connected':
        deps.images.changed();
        void this.#relist();
        return;
      case 'disconnected':
        deps.log.warn('the container runtime is gone', { error: event.error });
        return;
      case 'oom':
        this.#workerOf(event.containerId)?.ranOutOfMemory(event.containerId);
        return;
      case 'exited': {
        const { containerId, exitCode, atMs } = event;
        this.#workerOf(containerId)?.containerEnded(containerId, { exitCode, atMs });
        return;
      }
      case 'image':
        void this.#imageChanged(event.name);
        return;
      case 'started':
        return;
    }
  }

  async #relist(): Promise<void> {
    if (this.#stopped) return;
    if (this.#relisting) {
      this.#relistAgain = true;
      return;
    }
    this.#relisting = true;
    this.#relistAgain = false;
    this.#cancelRelist();
    const { deps } = this.#options;
    let nextMs = RELIST_EVERY_MS;
    try {
      const listedAtMs = deps.clock.nowMs();
      const found = await this.#findAll();
      if (this.#stopped) return;
      this.#found = found;
      for (const [uid, worker] of this.#workers)
        worker.adopt(found.get(uid) ?? nothing(worker.model), listedAtMs);
      this.#begin(found);
    } catch (error) {
      deps.log.warn('the container runtime could not be listed', { error });
      nextMs = RELIST_RETRY_MS;
    } finally {
      this.#relisting = false;
      if (this.#relistAgain) nextMs = 0;
      if (!this.#stopped) this.#cancelRelist = deps.clock.after(nextMs, () => void this.#relist());
    }
  }

  /** What the runtime has, and what only the machine has (volumes of a pod whose sandbox is gone). */
  async #findAll(): Promise<ReadonlyMap<string, PodInRuntime>> {
    const { runtime, host } = this.#options.deps;
    const [listed, leftovers] = await Promise.all([listPods(runtime), host.leftovers()]);
    const found = new Map(listed);
    for (const uid of leftovers) {
      if (!found.has(uid)) found.set(uid, { ...nothing({ uid, namespace: '', name: '' }) });
    }
    return found;
  }

  async #imageChanged(name: string): Promise<void> {
    const { images, clock } = this.#options.deps;
    images.changed();
    if (
      ![...this.#workers.values()].some((worker) => worker.waitsForImage((image) => isSameImage(image, name)))
    )
      return;
    for (const delayMs of IMAGE_CHECKS_MS) {
      if (delayMs > 0) await clock.sleep(delayMs);
      if (this.#stopped) return;
      if (!(await images.find(name).catch(() => undefined))) continue;
      for (const worker of this.#workers.values()) worker.imagesChanged((image) => isSameImage(image, name));
      return;
    }
  }
}

function isSameImage(image: string, eventName: string): boolean {
  const parsed = parseImageName(image);
  return image === eventName || (parsed.problem === undefined && parsed.full === eventName);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function describing({ metadata: { labels, annotations } }: StoredPod): readonly unknown[] {
  return [labels ?? {}, annotations ?? {}];
}

function nothing(pod: {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}): PodInRuntime {
  const { uid, namespace, name } = pod;
  return { uid, namespace, name, graceS: undefined, sandboxes: [], containers: [] };
}

/** As much of a pod as is needed to end it: the API has forgotten the rest. */
function orphan({ uid, namespace, name, graceS }: PodInRuntime): PodModel {
  return podModel({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { uid, namespace, name, resourceVersion: '', creationTimestamp: '' },
    spec: { terminationGracePeriodSeconds: graceS },
  });
}
