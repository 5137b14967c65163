/** What a write is prepared against. */
import type { ObjectKey, Revision } from '@reckon/api';
import type { Entry } from '../cache/entry.ts';
import { pathOf } from '../cache/resource-cache.ts';
import type { WatchCache } from '../cache/watch-cache.ts';
import { Unsaved } from './encode.ts';
import type { PlannedWrite } from './plan.ts';
import type { ObjectAt } from './types.ts';

/** An object as it is, or as an earlier operation of the same transaction will make it. */
export interface Current extends ObjectAt {
  /** In the log; 0 if the transaction itself creates it. */
  readonly rev: Revision;
  readonly uid: string;
}

export interface State {
  get(key: ObjectKey): Current | undefined;
  /** All of a namespace by name, of a cluster-scoped resource (namespace '') all. */
  list(resource: string, namespace: string): readonly Current[];
}

/** The cache, at whatever head it has, and single objects that somebody knows to be newer. */
export class CachedState implements State {
  readonly #cache: WatchCache;
  readonly #newer: readonly Entry[];

  /** @param newer at most one entry for an object. */
  constructor(cache: WatchCache, newer: readonly Entry[] = []) {
    this.#cache = cache;
    // What the cache has reached it knows better.
    this.#newer = newer.filter(({ rev }) => rev > cache.head);
  }

  get(key: ObjectKey): Entry | undefined {
    const newer = this.#newer.find((entry) => sameKey(entry.key, key));
    return newer ?? this.#cache.resource(key.resource).get(pathOf(key));
  }

  list(resource: string, namespace: string): readonly Entry[] {
    const items = this.#cache.resource(resource).within(namespace);
    const newer = this.#newer.filter(
      ({ key }) => key.resource === resource && (namespace === '' || key.namespace === namespace),
    );
    if (newer.length === 0) return items;
    return inOrder(new Map([...items, ...newer].map((entry) => [pathOf(entry.key), entry])));
  }
}

export function sameKey(a: ObjectKey, b: ObjectKey): boolean {
  return a.name === b.name && a.namespace === b.namespace && a.resource === b.resource;
}

function inOrder<Item>(byPath: ReadonlyMap<string, Item>): readonly Item[] {
  return [...byPath].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

/** The cache under what a transaction has planned so far. */
export class TransactionState implements State {
  readonly #base: State;
  readonly #planned = new Map<string, Current | undefined>();

  constructor(base: State) {
    this.#base = base;
  }

  get(key: ObjectKey): Current | undefined {
    const id = `${key.resource} ${pathOf(key)}`;
    return this.#planned.has(id) ? this.#planned.get(id) : this.#base.get(key);
  }

  list(resource: string, namespace: string): readonly Current[] {
    const byPath = new Map(this.#base.list(resource, namespace).map((one) => [pathOf(one.key), one]));
    for (const [id, current] of this.#planned) {
      if (!id.startsWith(`${resource} `)) continue;
      const path = id.slice(resource.length + 1);
      if (!current) byPath.delete(path);
      else if (namespace === '' || current.key.namespace === namespace) byPath.set(path, current);
    }
    return inOrder(byPath);
  }

  add(writes: readonly PlannedWrite[]): void {
    for (const { op, key, uid, value, expectedRev } of writes) {
      const current = op === 'delete' ? undefined : new Unsaved({ key, uid, value, rev: expectedRev });
      this.#planned.set(`${key.resource} ${pathOf(key)}`, current);
    }
  }
}
