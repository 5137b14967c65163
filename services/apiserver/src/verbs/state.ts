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

/** The cache, at whatever head it has. */
export class CachedState implements State {
  readonly #cache: WatchCache;

  constructor(cache: WatchCache) {
    this.#cache = cache;
  }

  get(key: ObjectKey): Entry | undefined {
    return this.#cache.resource(key.resource).get(pathOf(key));
  }

  list(resource: string, namespace: string): readonly Entry[] {
    return this.#cache.resource(resource).within(namespace);
  }
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
    return [...byPath].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, current]) => current);
  }

  add(writes: readonly PlannedWrite[]): void {
    for (const { op, key, uid, value, expectedRev } of writes) {
      const current = op === 'delete' ? undefined : new Unsaved({ key, uid, value, rev: expectedRev });
      this.#planned.set(`${key.resource} ${pathOf(key)}`, current);
    }
  }
}
