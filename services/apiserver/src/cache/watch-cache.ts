/**
 * The apiserver's projection of the log: every live object at one revision (the head of the cache), and the changes
 * that led there. Changes are applied strictly in order and without gaps (L1), so that at any moment the cache equals
 * the fold of the log at its head (L3).
 */
import { ApiError, type Head, type LogRecord, type Revision } from '@reckon/api';
import type { Clock } from '@reckon/service';
import type { KubeObject } from '../verbs/types.ts';
import { Change } from './change.ts';
import { changesFromLog } from './changes-from-log.ts';
import { Dispatcher } from './dispatcher.ts';
import { Entry, type Selectable } from './entry.ts';
import { HeadConfirmer } from './head-confirmer.ts';
import { LogFollower } from './log-follower.ts';
import { type Observer, Observers } from './observers.ts';
import type { LogSource } from './ports.ts';
import { namespaceRange, pathOf, ResourceCache } from './resource-cache.ts';
import { RevisionWaiters } from './revision-waiters.ts';
import { Ring, type RingLimits } from './ring.ts';
import type { Selection } from './selection.ts';
import { RecentValues } from './values.ts';
import { type BatchLimits, type ChangesAfter, Watch, type WatchHost } from './watch.ts';

export interface WatchCacheOptions {
  readonly source: LogSource;
  readonly clock: Clock;
  /** What selectors may look at, by resource. */
  readonly selectableOf: (resource: string, value: KubeObject) => Selectable;
  /** Deep-freezes every shared value: in tests, to notice whoever mutates one. */
  readonly freeze: boolean;
  readonly ring: RingLimits;
  /** Events that wait for one slow reader before it is set back to reading from the ring. */
  readonly watchBufferLimit: number;
  /** How many parsed objects are kept beside their bytes. */
  readonly parsedValues: number;
  readonly bookmarkPeriodMs: number;
  /** How long a consistent read waits for the cache to reach the head that it has seen. */
  readonly catchUpTimeoutMs: number;
  /** Told of trouble with the log that no caller sees; the cache goes on by itself. */
  readonly onTrouble: (error: ApiError) => void;
}

export interface WatchStart {
  readonly resource: string;
  readonly selection: Selection;
  readonly after: Revision;
  /** Hand out the present objects first, then what follows the head; `after` does not count. */
  readonly initial: boolean;
  readonly markInitialEnd: boolean;
  readonly bookmarks: boolean;
  readonly signal: AbortSignal;
}

interface Written {
  readonly value: KubeObject;
  entry?: Entry;
}

export class WatchCache implements WatchHost {
  readonly #options: WatchCacheOptions;
  readonly #values: RecentValues;
  readonly #dispatcher = new Dispatcher();
  readonly #watches = new Set<Watch>();
  readonly #observers = new Observers();
  readonly #waiters: RevisionWaiters;
  readonly #confirmer: HeadConfirmer;
  readonly #follower: LogFollower;
  readonly #stops: (() => void)[] = [];
  readonly #stopped = new AbortController();
  /** What writers know of the bodies that they commit; goes with them. */
  readonly #written = new WeakMap<Uint8Array, Written>();
  #resources = new Map<string, ResourceCache>();
  #ring: Ring;
  #logId = '';
  #head: Revision = 0;
  #startingOver: Promise<void> | undefined;

  constructor(options: WatchCacheOptions) {
    this.#options = options;
    this.#values = new RecentValues({ capacity: options.parsedValues, freeze: options.freeze });
    this.#waiters = new RevisionWaiters(options.clock);
    this.#ring = new Ring(options.ring, 0);
    this.#confirmer = new HeadConfirmer(() => this.#askHead());
    this.#follower = new LogFollower({
      source: options.source,
      clock: options.clock,
      host: {
        head: () => this.#head,
        apply: (record) => this.#apply(record),
        advance: (rev) => this.#advance(rev),
        settled: () => this.#waiters.reached(this.#head),
        trouble: options.onTrouble,
      },
    });
  }

  get head(): Revision {
    return this.#head;
  }

  /** Aborted when the cache is stopped. */
  get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  get logId(): string {
    return this.#logId;
  }

  /** Loads the present state and begins to follow the log. */
  async start(): Promise<void> {
    // Subscribed before the snapshot: what is committed in between is heard of, and read from the log.
    this.#stops.push(
      this.#options.source.onHead((head) => this.#heard(head)),
      this.#options.source.onCommit((records) => this.#follower.committed(records)),
    );
    await this.#load();
    // What was heard of while there was nothing to compare it with.
    await this.#askHead();
    this.#stops.push(
      this.#options.clock.every(this.#options.bookmarkPeriodMs, () => {
        for (const watch of this.#watches) watch.bookmark();
      }),
    );
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const stop of this.#stops.splice(0)) stop();
    this.#endWatches(new ApiError('ServiceUnavailable', 'the apiserver is shutting down'));
    await this.#follower.stop();
  }

  resource(groupResource: string): ResourceCache {
    let resource = this.#resources.get(groupResource);
    if (!resource) {
      resource = new ResourceCache(this.#head);
      this.#resources.set(groupResource, resource);
    }
    return resource;
  }

  /** Resolves once the cache has everything that was committed before the call: a read after it is consistent. */
  async confirm(): Promise<void> {
    const rev = await this.#confirmer.confirm();
    if (rev > this.#head) await this.waitFor(rev, this.#options.catchUpTimeoutMs);
  }

  /** As `waitFor`, but asks for the head first: the revision may be there without having been heard of. */
  async reach(rev: Revision, timeoutMs: number): Promise<void> {
    if (rev <= this.#head) return;
    await this.confirm();
    await this.waitFor(rev, timeoutMs);
  }

  /** Resolves once the cache has reached `rev`; fails with Timeout after `timeoutMs`. */
  waitFor(rev: Revision, timeoutMs: number): Promise<void> {
    if (rev <= this.#head) return Promise.resolve();
    return this.#waiters.wait(rev, timeoutMs, () => this.#head);
  }

  /**
   * Brackets a commit of this process: news of a newer head then usually is news of that commit, and the log need not
   * be read for it.
   */
  commitBegins(): void {
    this.#follower.commitBegins();
  }

  commitEnds(): void {
    this.#follower.commitEnds();
  }

  /** The value behind a body that is about to be committed, so that nobody has to parse it again. */
  expect(body: Uint8Array, value: KubeObject): void {
    this.#written.set(body, { value });
  }

  /** The shared entry that was made of a body which this process has committed. */
  entryOfBody(body: Uint8Array): Entry | undefined {
    return this.#written.get(body)?.entry;
  }

  watch(start: WatchStart): Watch {
    const { initial, ...rest } = start;
    const watch = new Watch({
      ...rest,
      // The snapshot and the head belong together: nothing may come between the two.
      after: initial ? this.#head : start.after,
      host: this,
      bufferLimit: this.#options.watchBufferLimit,
      ...(initial && { initial: this.resource(start.resource).snapshot() }),
    });
    this.#watches.add(watch);
    return watch;
  }

  /** Told of every object that is there, and of every change from then on, as it is applied. */
  observe(resource: string, observer: Observer): void {
    this.resource(resource)
      .snapshot()
      .visit(namespaceRange(''), (entry) => {
        observer.put(entry, undefined);
        return true;
      });
    this.#observers.add(resource, observer);
  }

  subscribe(watch: Watch): void {
    this.#dispatcher.add(watch);
  }

  unsubscribe(watch: Watch): void {
    this.#dispatcher.remove(watch);
  }

  ended(watch: Watch): void {
    this.#watches.delete(watch);
  }

  changesAfter(
    watch: { readonly resource: string; readonly selection: Selection },
    after: Revision,
    { limit, maxBytes }: BatchLimits,
  ): ChangesAfter | Promise<ChangesAfter> {
    if (after >= this.#ring.completeAfter) {
      const { changes, full } = this.#ring.read(after, watch.resource, limit);
      return { changes, through: full ? (changes.at(-1)?.rev ?? after) : this.#head };
    }
    return changesFromLog(
      { source: this.#options.source, entryOf: (record) => this.entryOf(record) },
      { ...watch, after, through: this.#ring.completeAfter, limit, maxBytes },
    );
  }

  /** The shared form of a record of the log; undefined if its body is no longer kept. */
  entryOf(record: LogRecord): Entry | undefined {
    const { key, rev, uid, body } = record;
    if (body === undefined) return undefined;
    const written = this.#written.get(body);
    if (!written) return this.entryFrom({ key, rev, uid, body });
    written.entry ??= this.entryFrom({ key, rev, uid, body }, withResourceVersion(written.value, rev));
    return written.entry;
  }

  entryFrom(
    object: {
      readonly key: Entry['key'];
      readonly rev: Revision;
      readonly uid: string;
      readonly body: Uint8Array;
    },
    value?: KubeObject,
  ): Entry {
    const selectable = this.#options.selectableOf(object.key.resource, value ?? parseBody(object.body));
    return new Entry({
      ...object,
      selectable,
      policy: this.#values,
      ...(value && { value: this.#values.protect(value) }),
    });
  }

  async #askHead(): Promise<Revision> {
    // A commit of ours may overtake the question: only what the cache had before it was asked tells a log that shrank.
    const known = this.#head;
    const head = await this.#options.source.head();
    if (head.logId !== this.#logId || head.rev < known) await this.#startOver(head);
    else this.#follower.hurry(head.rev);
    return head.rev;
  }

  #heard(head: Head): void {
    // Before the first snapshot there is nothing to compare with, and the snapshot will be newer.
    if (this.#logId === '') return;
    if (head.logId === this.#logId) this.#follower.heard(head.rev);
    else this.#startOver(head).catch((error) => this.#options.onTrouble(ApiError.from(error)));
  }

  /** Another history lies in the database now (a restore): nothing that was read from the old one is served on. */
  #startOver(head: Head): Promise<void> {
    this.#startingOver ??= this.#replace(head).finally(() => {
      this.#startingOver = undefined;
    });
    return this.#startingOver;
  }

  async #replace(head: Head): Promise<void> {
    const why = `the log was replaced: it was ${this.#logId} at ${this.#head} and is ${head.logId} at ${head.rev}`;
    this.#options.onTrouble(new ApiError('Gone', why));
    this.#endWatches(new ApiError('Expired', why));
    this.#follower.startOver();
    await this.#load();
    // What was committed while it was loaded may have gone to the state that is no more.
    this.#follower.hurry((await this.#options.source.head()).rev);
  }

  async #load(): Promise<void> {
    const { head, pages } = await this.#options.source.snapshot();
    const byResource = new Map<string, Entry[]>();
    for await (const page of pages) {
      for (const object of page) {
        const entries = byResource.get(object.key.resource) ?? [];
        if (entries.length === 0) byResource.set(object.key.resource, entries);
        entries.push(this.entryFrom(object));
      }
    }
    this.#logId = head.logId;
    this.#head = head.rev;
    this.#ring = new Ring(this.#options.ring, head.rev);
    this.#forgetObserved();
    this.#resources = new Map();
    for (const [resource, entries] of byResource) {
      this.resource(resource).load(entries);
      for (const entry of entries) this.#observers.put(resource, entry, undefined);
    }
    this.#waiters.reached(this.#head);
  }

  /** Of another history nothing is known to observers that they were not told. */
  #forgetObserved(): void {
    for (const [resource, cached] of this.#resources)
      cached.snapshot().visit(namespaceRange(''), (entry) => {
        this.#observers.remove(resource, entry);
        return true;
      });
  }

  #apply(record: LogRecord): void {
    const resource = this.resource(record.key.resource);
    const path = pathOf(record.key);
    const previous = resource.get(path);
    const entry = this.entryOf(record) ?? (record.op === 'delete' ? previous?.at(record.rev) : undefined);
    this.#head = record.rev;
    if (record.op === 'delete') {
      resource.remove(path, record.rev);
      if (previous) this.#observers.remove(record.key.resource, previous);
    }
    // A superseded heartbeat: the one that replaced it comes later.
    if (!entry) return;
    if (record.op !== 'delete') {
      resource.put(path, entry, previous);
      this.#observers.put(record.key.resource, entry, previous);
    }
    const change = new Change(record.op, entry, previous);
    this.#ring.push(change);
    this.#dispatcher.dispatch(change);
  }

  #advance(rev: Revision): void {
    this.#head = rev;
  }

  #endWatches(error: ApiError): void {
    for (const watch of [...this.#watches]) watch.fail(error);
  }
}

const decoder = new TextDecoder();

function parseBody(body: Uint8Array): KubeObject {
  return JSON.parse(decoder.decode(body)) as KubeObject;
}

function withResourceVersion(value: KubeObject, rev: Revision): KubeObject {
  return { ...value, metadata: { ...value.metadata, resourceVersion: String(rev) } };
}
