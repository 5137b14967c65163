import { ApiError, type Revision } from '@reckon/api';
import { type Clock, type Logger, silentLogger } from '@reckon/service';
import { Backoff } from '../backoff.ts';
import { nameOf, objectKey } from '../keys.ts';
import type { ApiClient, KubeObject, ResourceType, Selection, WatchEvent } from '../types.ts';
import { BaseProjection } from './base-projection.ts';
import { Entry } from './entry.ts';

/** Which objects of a resource. */
export interface WatchedResource extends Selection {
  readonly resource: ResourceType;
}

export interface WatchProjectionOptions {
  readonly api: Pick<ApiClient, 'list' | 'watch'>;
  /** Each resource once. */
  readonly watched: readonly WatchedResource[];
  readonly clock: Clock;
  readonly log?: Logger | undefined;
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number } | undefined;
}

/**
 * The projection of those who may not read the log: node agents and clients from outside. Each resource follows a
 * watch of its own, so that the snapshot as a whole is only known to be at `revision` or later: what all watches have
 * reached. Quiet watches reach it with their bookmarks, so `waitFor` may take a minute. It never confirms the head, and
 * so never measures silence.
 */
export class WatchProjection extends BaseProjection {
  readonly #options: WatchProjectionOptions;
  readonly #log: Logger;
  /** By resource; absent: not loaded yet. */
  readonly #reached = new Map<string, Revision>();
  #logId = '';

  constructor(options: WatchProjectionOptions) {
    super(
      options.watched.map(({ resource }) => resource),
      options.clock,
    );
    this.#options = options;
    this.#log = options.log ?? silentLogger;
  }

  get revision(): Revision {
    return this.#loaded ? Math.min(...this.#reached.values()) : 0;
  }

  get logId(): string {
    return this.#loaded ? this.#logId : '';
  }

  get confirmedForMs(): number {
    return 0;
  }

  confirmedSince(): undefined {
    return undefined;
  }

  silentForMs(): number {
    return 0;
  }

  protected async follow(started: () => void, signal: AbortSignal): Promise<void> {
    const loaded = () => {
      if (this.#loaded) started();
    };
    await Promise.all(this.#options.watched.map((watched) => this.#followOne(watched, loaded, signal)));
  }

  get #loaded(): boolean {
    return this.#reached.size === this.resources.length;
  }

  async #followOne(watched: WatchedResource, loaded: () => void, signal: AbortSignal): Promise<void> {
    const { clock, backoff: delays = { baseMs: 50, maxMs: 2_000 } } = this.#options;
    const backoff = new Backoff(clock, delays);
    let after: Revision | undefined;
    while (!signal.aborted) {
      try {
        after ??= await this.#load(watched, signal);
        loaded();
        for await (const events of this.#options.api.watch(watched.resource, {
          ...selectionOf(watched),
          after,
          allowBookmarks: true,
          signal,
        })) {
          backoff.reset();
          for (const event of events) this.#take(watched.resource, event);
          after = this.#advance(watched.resource, events) ?? after;
        }
      } catch (error) {
        if (signal.aborted) return;
        const failure = ApiError.from(error);
        if (failure.retry === 'relist') after = undefined;
        const resource = watched.resource.groupResource;
        this.#log.info('watching again', { resource, after, error: failure.message });
      }
      await backoff.wait(signal).catch(() => undefined);
    }
  }

  async #load(watched: WatchedResource, signal: AbortSignal): Promise<Revision> {
    const { resource } = watched;
    const list = await this.#options.api.list(resource, { ...selectionOf(watched), signal });
    const nowMs = this.clock.monotonicMs();
    const entries = list.items.map((value) =>
      Entry.fromValue(objectKey(resource, nameOf(value)), value, nowMs),
    );
    const { revision } = list;
    const anew = this.#logId !== '' && list.logId !== this.#logId;
    const changes = this.state.replace(resource, entries, { revision, anew });
    this.#logId = list.logId;
    this.#reached.set(resource.groupResource, revision);
    for (const change of changes) this.tell(change);
    this.reached(anew ? Number.POSITIVE_INFINITY : this.revision);
    return revision;
  }

  #take<T extends KubeObject>(resource: ResourceType, event: WatchEvent<T>): void {
    if (event.type === 'BOOKMARK') return;
    const key = objectKey(resource, nameOf(event.object));
    const nowMs = this.clock.monotonicMs();
    this.tell(
      event.type === 'DELETED'
        ? this.state.remove(resource, key, event.object, nowMs)
        : this.state.put(resource, key, event.object, nowMs),
    );
  }

  #advance(resource: ResourceType, events: readonly WatchEvent<KubeObject>[]): Revision | undefined {
    const last = events.at(-1);
    if (!last) return undefined;
    this.#reached.set(resource.groupResource, last.revision);
    this.reached(this.revision);
    return last.revision;
  }
}

function selectionOf({ namespace, labelSelector, fieldSelector }: WatchedResource): Selection {
  return { namespace, labelSelector, fieldSelector };
}
