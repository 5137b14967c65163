import { ApiError } from '@reckon/api';
import type { ApiClient, KubeObject, ResourceType, Selection, Stored } from '@reckon/client';
import type { Subscription } from '@reckon/cri';
import { aborted, type Clock, type Logger } from '@reckon/service';
import type { Follower } from './types.ts';

const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 2_000;

export interface FollowOptions<T extends KubeObject> {
  readonly client: Pick<ApiClient, 'watch'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly resource: ResourceType<T>;
  readonly selection: Selection;
  readonly follower: Follower<T>;
}

/**
 * Watches until closed. States: starting (present objects are collected until the API says that these were all) →
 * following → (stream breaks: watch again from the last revision; history gone: starting) → closed.
 */
export function follow<T extends KubeObject>(options: FollowOptions<T>): Subscription {
  const { clock, log, resource, selection } = options;
  const closing = new AbortController();
  const session = new Session(options, closing.signal);
  void run();
  return { close: () => closing.abort() };

  async function run(): Promise<void> {
    let waitMs = RETRY_MIN_MS;
    while (!closing.signal.aborted) {
      const error = await session.watch();
      if (closing.signal.aborted) return;
      if (session.madeProgress()) waitMs = RETRY_MIN_MS;
      log.warn('a watch broke off and is resumed', { resource: resource.groupResource, ...selection, error });
      await Promise.race([clock.sleep(waitMs), aborted(closing.signal)]);
      waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
    }
  }
}

class Session<T extends KubeObject> {
  readonly #options: FollowOptions<T>;
  readonly #signal: AbortSignal;
  /** Undefined: start from the present objects. */
  #after: number | undefined;
  #progress = false;

  constructor(options: FollowOptions<T>, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Whether anything came since this was last asked. */
  madeProgress(): boolean {
    const progress = this.#progress;
    this.#progress = false;
    return progress;
  }

  /** Resolves with what ended it. */
  async watch(): Promise<ApiError> {
    const { client, resource, selection, follower } = this.#options;
    const present: Stored<T>[] | undefined = this.#after === undefined ? [] : undefined;
    let collecting = present;
    try {
      const watch = client.watch(resource, {
        ...selection,
        after: this.#after,
        allowBookmarks: true,
        signal: this.#signal,
      });
      for await (const batch of watch) {
        for (const event of batch) {
          this.#progress = true;
          if (event.type === 'BOOKMARK') {
            if (event.initialEventsEnd && collecting) {
              follower.replace(collecting);
              collecting = undefined;
            }
          } else if (collecting) collecting.push(event.object);
          else if (event.type === 'DELETED') follower.remove(event.object);
          else follower.put(event.object);
          if (!collecting) this.#after = event.revision;
        }
      }
      return new ApiError('ServiceUnavailable', 'the watch ended');
    } catch (cause) {
      const error = ApiError.from(cause);
      if (error.retry === 'relist') this.#after = undefined;
      return error;
    }
  }
}
