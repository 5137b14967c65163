/**
 * One watch. It is always in one of these states:
 *
 *   initial  the objects that were there when it began are being handed out
 *   behind   it reads changes after its cursor from the ring, or from the log where the ring no longer has them
 *   live     the dispatcher puts changes into its buffer as they are applied
 *   ended    by its reader, its signal, or an error
 *
 * A reader that is too slow for the buffer falls back from live to behind: its buffer is dropped and it resumes from
 * what it was last handed. So nothing buffers without bound, and every reader gets each change once, in order (L4).
 */
import { ApiError, type Revision } from '@reckon/api';
import type { WatchEvent } from '../verbs/types.ts';
import type { Change } from './change.ts';
import type { Subscriber } from './dispatcher.ts';
import type { Entry } from './entry.ts';
import type { OrderedMap } from './ordered-map.ts';
import { namespaceRange, pathOf } from './resource-cache.ts';
import type { Selection } from './selection.ts';

export interface BatchLimits {
  /** How many events a batch has at most, and how many changes are looked at for one. */
  readonly limit: number;
  /** A batch ends with the event that brings it above this: so much is held for a client that does not read. */
  readonly maxBytes: number;
}

const BATCH: BatchLimits = { limit: 512, maxBytes: 256 * 1024 };
/** What is waiting for a slow reader, and shared with others, ends likewise. */
const WAITING_BYTES = 4 * 1024 * 1024;

export interface ChangesAfter {
  readonly changes: readonly Change[];
  /** All changes up to here have been seen. */
  readonly through: Revision;
}

/** What a watch needs of the cache. */
export interface WatchHost {
  readonly head: Revision;
  changesAfter(
    watch: { resource: string; selection: Selection },
    after: Revision,
    limits: BatchLimits,
  ): ChangesAfter | Promise<ChangesAfter>;
  /** From now on every change is offered to it. */
  subscribe(watch: Watch): void;
  unsubscribe(watch: Watch): void;
  /** It will not ask for anything any more. */
  ended(watch: Watch): void;
}

export interface WatchInit {
  readonly host: WatchHost;
  readonly resource: string;
  readonly selection: Selection;
  /** Changes after this revision are handed out. */
  readonly after: Revision;
  /** Handed out first: the objects as they were at `after`. */
  readonly initial?: OrderedMap<Entry>;
  /** Ends the initial objects with a bookmark (`sendInitialEvents`). */
  readonly markInitialEnd: boolean;
  readonly bookmarks: boolean;
  readonly bufferLimit: number;
  readonly signal: AbortSignal;
}

type State = 'initial' | 'behind' | 'live' | 'ended';

export class Watch implements Subscriber, AsyncIterableIterator<readonly WatchEvent[]> {
  readonly resource: string;
  readonly selection: Selection;
  readonly #host: WatchHost;
  readonly #init: WatchInit;
  #state: State;
  /** Everything up to here has been handed out, or does not concern this watch. */
  #cursor: Revision;
  /** The path of the last initial object handed out. */
  #initialAfter = '';
  #buffer: WatchEvent[] = [];
  #bufferBytes = 0;
  #bookmarkDue = false;
  #error: ApiError | undefined;
  #wake: (() => void) | undefined;
  readonly #onAbort = () => this.#end(undefined);

  constructor(init: WatchInit) {
    this.#init = init;
    this.#host = init.host;
    this.resource = init.resource;
    this.selection = init.selection;
    this.#cursor = init.after;
    this.#state = init.initial ? 'initial' : 'behind';
    if (init.signal.aborted) this.#end(undefined);
    else init.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get term(): string {
    return this.selection.term;
  }

  /** Called by the dispatcher with every change that may concern this watch, in order. */
  offer(change: Change): void {
    if (change.rev <= this.#cursor) return;
    const event = this.#see(change);
    if (event) this.#push(event, change.entry.sizeBytes);
  }

  /** The time for a bookmark has come. It stands behind everything up to `head` that is still to be handed out. */
  bookmark(): void {
    if (!this.#init.bookmarks || this.#state === 'ended') return;
    // A watch from a revision that is not there yet has nothing to promise.
    if (this.#state === 'live' && this.#host.head >= this.#cursor)
      this.#push({ type: 'BOOKMARK', rev: this.#host.head }, 0);
    else this.#bookmarkDue = true;
  }

  /** Ends the watch for its reader, after what is buffered is dropped. */
  fail(error: ApiError): void {
    this.#end(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<readonly WatchEvent[]>> {
    try {
      for (;;) {
        const batch = await this.#take();
        if (batch === undefined) {
          if (this.#error) throw this.#error;
          return { done: true, value: undefined };
        }
        if (batch.length > 0) return { done: false, value: batch };
      }
    } catch (error) {
      const failure = ApiError.from(error);
      this.#end(failure);
      this.#error = undefined;
      throw failure;
    }
  }

  return(): Promise<IteratorResult<readonly WatchEvent[]>> {
    this.#end(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The next batch, an empty one if the state has changed, undefined at the end. */
  #take(): Promise<readonly WatchEvent[]> | readonly WatchEvent[] | undefined {
    switch (this.#state) {
      case 'initial':
        return this.#takeInitial();
      case 'behind':
        return this.#takeBehind();
      case 'live':
        return this.#takeLive();
      case 'ended':
        return undefined;
    }
  }

  #takeInitial(): readonly WatchEvent[] {
    const events: WatchEvent[] = [];
    const { namespace, path, matches } = this.selection;
    const range = path !== undefined ? { from: path, before: `${path}\0` } : namespaceRange(namespace);
    const from = this.#initialAfter === '' ? range.from : `${this.#initialAfter}\0`;
    let bytes = 0;
    const isFull = () => events.length >= BATCH.limit || bytes > BATCH.maxBytes;
    this.#init.initial?.visit({ from, before: range.before }, (entry) => {
      this.#initialAfter = pathOf(entry.key);
      if (!matches(entry.selectable)) return true;
      events.push({ type: 'ADDED', object: entry, rev: entry.rev });
      bytes += entry.sizeBytes;
      return !isFull();
    });
    if (isFull()) return events;
    this.#state = 'behind';
    if (this.#init.markInitialEnd && this.#init.bookmarks)
      events.push({ type: 'BOOKMARK', rev: this.#cursor, initialEventsEnd: true });
    return events;
  }

  async #takeBehind(): Promise<readonly WatchEvent[]> {
    if (this.#cursor < this.#host.head) {
      const { changes, through } = await this.#host.changesAfter(this, this.#cursor, BATCH);
      if (this.#state !== 'behind') return [];
      const events: WatchEvent[] = [];
      let bytes = 0;
      for (const change of changes) {
        const event = this.#see(change);
        if (!event) continue;
        events.push(event);
        bytes += change.entry.sizeBytes;
        if (bytes <= BATCH.maxBytes) continue;
        this.#cursor = change.rev;
        return events;
      }
      this.#cursor = Math.max(this.#cursor, through);
      if (events.length > 0 || this.#cursor < this.#host.head) return events;
    }
    // No await since the head was looked at: no change can slip between the last one read and the first one offered.
    this.#state = 'live';
    this.#host.subscribe(this);
    if (this.#bookmarkDue) {
      this.#bookmarkDue = false;
      this.bookmark();
    }
    return [];
  }

  #takeLive(): Promise<readonly WatchEvent[]> | readonly WatchEvent[] {
    const batch = this.#buffer;
    if (batch.length > 0) {
      this.#buffer = [];
      this.#bufferBytes = 0;
      this.#cursor = Math.max(this.#cursor, batch.at(-1)?.rev ?? 0);
      return batch;
    }
    return new Promise((resolve) => {
      // Resolved within the pass over a batch of changes; the reader runs after it and takes all of them at once.
      this.#wake = () => resolve([]);
    });
  }

  #see(change: Change): WatchEvent | undefined {
    const { path, namespace } = this.selection;
    const { key } = change.entry;
    if (path !== undefined ? path !== pathOf(key) : namespace !== '' && namespace !== key.namespace)
      return undefined;
    return change.seenThrough(this.selection);
  }

  #push(event: WatchEvent, sizeBytes: number): void {
    if (this.#buffer.length >= this.#init.bufferLimit || this.#bufferBytes > WAITING_BYTES) {
      this.#buffer = [];
      this.#bufferBytes = 0;
      this.#state = 'behind';
      this.#host.unsubscribe(this);
      return;
    }
    this.#buffer.push(event);
    this.#bufferBytes += sizeBytes;
    this.#awaken();
  }

  #awaken(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #end(error: ApiError | undefined): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#error = error;
    this.#buffer = [];
    this.#init.signal.removeEventListener('abort', this.#onAbort);
    this.#host.unsubscribe(this);
    this.#host.ended(this);
    this.#awaken();
  }
}
