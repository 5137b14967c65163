import { ApiError, type LabelSelection, type Revision } from '@reckon/api';
import type { Clock } from '@reckon/service';
import type { KubeObject, ResourceType, Stored } from '../types.ts';
import { RevisionWaiters } from './revision-waiters.ts';
import { ProjectionState } from './state.ts';
import type { Change, Index, Projection } from './types.ts';

/** What all projections have in common, however they follow the cluster. */
export abstract class BaseProjection implements Projection {
  readonly resources: readonly ResourceType[];
  protected readonly clock: Clock;
  protected readonly state: ProjectionState;
  readonly #waiters = new RevisionWaiters();
  /** By the name of the resource whose changes they are told. */
  readonly #listeners = new Map<string, Set<(change: Change) => void>>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(resources: readonly ResourceType[], clock: Clock, ownersOnly?: readonly ResourceType[]) {
    this.resources = resources;
    this.clock = clock;
    this.state = new ProjectionState(resources, ownersOnly);
  }

  abstract get revision(): Revision;
  abstract get logId(): string;
  abstract get confirmedForMs(): number;
  abstract confirmedSince(): number | undefined;
  abstract silentForMs(object: Stored): number;
  /** Follows until the signal is aborted; calls `started` once the first load stands. */
  protected abstract follow(started: () => void, signal: AbortSignal): Promise<void>;

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = this.#stop;
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      this.#running ??= this.follow(resolve, signal);
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort(new ApiError('ServiceUnavailable', 'the projection has been stopped'));
    await this.#running;
  }

  subscribe(
    listener: (change: Change) => void,
    resources: readonly ResourceType[] = this.resources,
  ): () => void {
    for (const { groupResource } of resources) {
      const listeners = this.#listeners.get(groupResource);
      if (listeners) listeners.add(listener);
      else this.#listeners.set(groupResource, new Set([listener]));
    }
    return () => {
      for (const { groupResource } of resources) this.#listeners.get(groupResource)?.delete(listener);
    };
  }

  present(type: ResourceType): Iterable<Change> {
    return this.state.present(type);
  }

  async waitFor(revision: Revision, signal?: AbortSignal): Promise<void> {
    if (this.revision >= revision && this.logId) return;
    const stop = this.#stop.signal;
    await this.#waiters.wait(revision, signal ? AbortSignal.any([signal, stop]) : stop);
  }

  get<T extends KubeObject>(type: ResourceType<T>, namespace: string, name: string): Stored<T> | undefined {
    return this.state.get(type, namespace, name);
  }

  byUid<T extends KubeObject>(type: ResourceType<T>, uid: string): Stored<T> | undefined {
    return this.state.byUid(type, uid);
  }

  list<T extends KubeObject>(type: ResourceType<T>, namespace?: string): readonly Stored<T>[] {
    return this.state.list(type, namespace);
  }

  ownedBy<T extends KubeObject>(type: ResourceType<T>, ownerUid: string): readonly Stored<T>[] {
    return this.state.ownedBy(type, ownerUid);
  }

  select<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string,
    selection: LabelSelection,
  ): readonly Stored<T>[] {
    return this.state.select(type, namespace, selection);
  }

  onNode<T extends KubeObject>(type: ResourceType<T>, nodeName: string): readonly Stored<T>[] {
    return this.state.onNode(type, nodeName);
  }

  lookup<T extends KubeObject>(index: Index<T>, value: string): readonly Stored<T>[] {
    return this.state.lookup(index, value);
  }

  protected tell(change: Change): void {
    for (const listener of this.#listeners.get(change.resource.groupResource) ?? []) listener(change);
  }

  /** Those who wait for this revision, or an earlier one, wait no longer. */
  protected reached(revision: Revision): void {
    this.#waiters.reached(revision);
  }
}
