/** Writers and a watcher that go on whatever happens, and remember what they were told. */
import { ApiError, type Revision } from '@reckon/api';
import type { GrpcApi } from '@reckon/client';
import { CONFIG_MAPS } from '@reckon/client';
import { systemClock } from '@reckon/service';

const WRITERS = 4;
const PAUSE_MS = 20;
const RETRY_MS = 100;

export interface SeenEvent {
  readonly rev: Revision;
  readonly type: string;
  readonly name: string;
}

export class Load {
  readonly #api: GrpcApi;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[];
  /** Acknowledged writes: revision and what was written. */
  readonly acknowledged = new Map<Revision, string>();
  readonly seen: SeenEvent[] = [];
  /** Watches that were told to start anew: their history is gone. */
  expired = 0;
  /** Writes that were refused because they were prepared from a log that is no more. */
  replaced = 0;
  #seenThrough: Revision;
  #writing = true;
  #count = 0;
  /** Of the log as it is: after a restore lower than those before. */
  #lastAcknowledged: Revision = 0;

  private constructor(api: GrpcApi, after: Revision) {
    this.#api = api;
    this.#seenThrough = after;
    this.#running = Array.from({ length: WRITERS }, (_, i) => this.#write(`load-${i}`));
    this.#running.push(this.#watch());
  }

  /** Everything after `after` is watched. */
  static start(api: GrpcApi, after: Revision): Load {
    return new Load(api, after);
  }

  /** Resolves once so many further writes have been acknowledged. */
  async progress(writes: number): Promise<void> {
    const target = this.#count + writes;
    while (this.#count < target && this.#writing) await systemClock.sleep(PAUSE_MS);
  }

  /** Ends the writers, lets the watch come to the last acknowledged write, and ends that. */
  async stop(): Promise<void> {
    this.#writing = false;
    await Promise.all(this.#running.slice(0, WRITERS));
    while (this.#seenThrough < this.#lastAcknowledged) await systemClock.sleep(PAUSE_MS);
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  /** Ends everything at once: for a test that has failed. */
  abandon(): void {
    this.#writing = false;
    this.#stop.abort();
  }

  async #write(name: string): Promise<void> {
    for (let round = 0; this.#writing; round++) {
      const text = `${name} ${round}`;
      try {
        const object = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace: 'default' },
          data: { text },
        };
        const written = await this.#api.apply(CONFIG_MAPS, object, {
          fieldManager: 'load',
          timeoutMs: 5_000,
        });
        this.acknowledged.set(written.revision, text);
        this.#lastAcknowledged = written.revision;
        this.#count++;
        await systemClock.sleep(PAUSE_MS);
      } catch (error) {
        if (isReplaced(error)) this.replaced++;
        else if (!isOutage(error)) throw error;
        await systemClock.sleep(RETRY_MS);
      }
    }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    let anew = false;
    while (!signal.aborted) {
      try {
        if (anew)
          this.#seenThrough = (await this.#api.list(CONFIG_MAPS, { namespace: 'default', signal })).revision;
        anew = false;
        const watch = this.#api.watch(CONFIG_MAPS, {
          namespace: 'default',
          after: this.#seenThrough,
          signal,
        });
        for await (const events of watch)
          for (const event of events) {
            if (event.type !== 'BOOKMARK')
              this.seen.push({ rev: event.revision, type: event.type, name: event.object.metadata.name });
            this.#seenThrough = event.revision;
          }
      } catch (error) {
        if (signal.aborted) return;
        if (isReplaced(error)) {
          this.expired++;
          anew = true;
        } else if (!isOutage(error)) throw error;
        await systemClock.sleep(RETRY_MS, signal).catch(() => undefined);
      }
    }
  }
}

/** The log that the caller read from is no more, or no longer goes back so far. */
function isReplaced(error: unknown): boolean {
  return error instanceof ApiError && (error.reason === 'Expired' || error.reason === 'Gone');
}

/** What a client may be told while things are broken. A conflict or an empty answer would be a lie. */
function isOutage(error: unknown): boolean {
  return (
    error instanceof ApiError && ['ServiceUnavailable', 'Timeout', 'TooManyRequests'].includes(error.reason)
  );
}
