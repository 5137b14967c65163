import type { Revision } from '@reckon/api';
import type { Entry } from './entry.ts';
import { LabelIndex, sameLabels } from './label-index.ts';
import { OrderedMap, prefixRange, type Range } from './ordered-map.ts';
import type { Selection } from './selection.ts';

/** Comes before everything that a name may hold, so that paths sort by namespace, then name, as the store lists. */
const SEPARATOR = ' ';

/** The sort key of an object within its resource; cluster-scoped objects have an empty namespace. */
export function pathOf(key: { readonly namespace: string; readonly name: string }): string {
  return `${key.namespace}${SEPARATOR}${key.name}`;
}

export function splitPath(path: string): { readonly namespace: string; readonly name: string } {
  const at = path.indexOf(SEPARATOR);
  return { namespace: path.slice(0, at), name: path.slice(at + 1) };
}

/** The paths of a namespace; '' for all. */
export function namespaceRange(namespace: string): Range {
  return prefixRange(namespace === '' ? '' : `${namespace}${SEPARATOR}`);
}

export interface Page {
  readonly items: readonly Entry[];
  /** Path of the last item if more match after it. */
  readonly lastPath?: string;
  /** How many come after this page; only where nothing is filtered out. */
  readonly remaining?: number;
}

/** The live objects of one resource at the cache's head, in order and by label. */
export class ResourceCache {
  #objects = new OrderedMap<Entry>();
  #labels = new LabelIndex();
  #lastChangeRev: Revision;

  constructor(rev: Revision) {
    this.#lastChangeRev = rev;
  }

  /** Unchanged since this revision: a page of an older list can be served from the present while nothing changed. */
  get lastChangeRev(): Revision {
    return this.#lastChangeRev;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(path: string): Entry | undefined {
    return this.#objects.get(path);
  }

  /** Fills an empty cache. */
  load(entries: readonly Entry[]): void {
    this.#objects = OrderedMap.from(entries.map((entry) => [pathOf(entry.key), entry] as const));
    this.#labels = new LabelIndex();
    for (const entry of entries) this.#labels.add(pathOf(entry.key), entry.selectable.labels);
  }

  put(path: string, entry: Entry, previous: Entry | undefined): void {
    this.#objects.set(path, entry);
    this.#lastChangeRev = entry.rev;
    const labels = entry.selectable.labels;
    if (!previous) this.#labels.add(path, labels);
    else if (!sameLabels(previous.selectable.labels, labels)) {
      this.#labels.remove(path, previous.selectable.labels);
      this.#labels.add(path, labels);
    }
  }

  remove(path: string, rev: Revision): Entry | undefined {
    const previous = this.#objects.get(path);
    this.#lastChangeRev = rev;
    if (!previous) return undefined;
    this.#objects.delete(path);
    this.#labels.remove(path, previous.selectable.labels);
    return previous;
  }

  /** All of a namespace, in order; '' for all. */
  within(namespace: string): readonly Entry[] {
    const items: Entry[] = [];
    if (this.#objects.size === 0) return items;
    this.#objects.visit(namespaceRange(namespace), (entry) => {
      items.push(entry);
      return true;
    });
    return items;
  }

  snapshot(): OrderedMap<Entry> {
    return this.#objects.snapshot();
  }

  /** What the selection matches, in path order, after `afterPath`, at most `limit` (0: no limit). */
  list(selection: Selection, afterPath: string, limit: number): Page {
    const query = { selection, afterPath, limit };
    const few = selection.path === undefined ? this.#candidates(selection) : undefined;
    return few ? pageOfPaths(this.#objects, few, query) : pageOf(this.#objects, query);
  }

  /** Paths that the label index names for this selection, if that saves looking at most of the objects. */
  #candidates(selection: Selection): readonly ReadonlySet<string>[] | undefined {
    let best: readonly ReadonlySet<string>[] | undefined;
    let bestSize = this.#objects.size / 4;
    for (const { key, values } of selection.equalities) {
      const sets = this.#labels.with(key, values);
      let size = 0;
      for (const set of sets) size += set.size;
      if (size >= bestSize) continue;
      best = sets;
      bestSize = size;
    }
    return best;
  }
}

export interface PageQuery {
  readonly selection: Selection;
  readonly afterPath: string;
  readonly limit: number;
}

/** One page by walking the objects in order. */
export function pageOf(objects: OrderedMap<Entry>, { selection, afterPath, limit }: PageQuery): Page {
  if (selection.path !== undefined) return single(objects, selection, afterPath);
  const all = namespaceRange(selection.namespace);
  const range =
    afterPath !== '' && afterPath >= all.from ? { from: next(afterPath), before: all.before } : all;
  const items: Entry[] = [];
  let more = false;
  objects.visit(range, (entry) => {
    if (!selection.matches(entry.selectable)) return true;
    if (limit > 0 && items.length === limit) {
      more = true;
      return false;
    }
    items.push(entry);
    return true;
  });
  const last = items.at(-1);
  if (!more || !last) return { items };
  const lastPath = pathOf(last.key);
  if (!selection.everything) return { items, lastPath };
  return { items, lastPath, remaining: objects.count({ from: next(lastPath), before: all.before }) };
}

function pageOfPaths(
  objects: OrderedMap<Entry>,
  sets: readonly ReadonlySet<string>[],
  { selection, afterPath, limit }: PageQuery,
): Page {
  const prefix = namespaceRange(selection.namespace).from;
  const paths: string[] = [];
  for (const set of sets)
    for (const path of set) if (path > afterPath && path.startsWith(prefix)) paths.push(path);
  paths.sort();
  const items: Entry[] = [];
  for (const path of paths) {
    const entry = objects.get(path);
    if (!entry || !selection.matches(entry.selectable)) continue;
    if (limit > 0 && items.length === limit) {
      const last = items.at(-1);
      return last ? { items, lastPath: pathOf(last.key) } : { items };
    }
    items.push(entry);
  }
  return { items };
}

function single(objects: OrderedMap<Entry>, selection: Selection, afterPath: string): Page {
  const entry = selection.path === undefined ? undefined : objects.get(selection.path);
  if (!entry || pathOf(entry.key) <= afterPath || !selection.matches(entry.selectable)) return { items: [] };
  return { items: [entry] };
}

/** The first string after `path`. */
function next(path: string): string {
  return `${path}\0`;
}
