import type { Stored } from '../types.ts';
import { ownersIn } from './binding.ts';
import type { Entry } from './entry.ts';
import { type IndexRule, IndexState } from './index-state.ts';

const BY_OWNER = '(owner)';
const BY_LABEL = '(label)';
const BY_NODE = '(node)';

/**
 * The present objects of one resource. Indexes are built when first asked for and kept up to date from then on, so
 * that nobody pays for those that nobody uses.
 */
export class ResourceState {
  readonly #entries = new Map<string, Entry>();
  readonly #byUid = new Map<string, Entry>();
  readonly #indexes = new Map<string, IndexState>();
  #sorted: readonly Entry[] | undefined;

  get size(): number {
    return this.#entries.size;
  }

  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  get(namespace: string, name: string): Entry | undefined {
    return this.#entries.get(idOf(namespace, name));
  }

  byUid(uid: string): Entry | undefined {
    return this.#byUid.get(uid);
  }

  /** Returns what was there before. */
  set(entry: Entry): Entry | undefined {
    const id = idOf(entry.key.namespace, entry.key.name);
    const previous = this.#entries.get(id);
    this.#sorted = undefined;
    this.#entries.set(id, entry);
    if (previous && previous.uid !== entry.uid) this.#forgetUid(previous);
    this.#byUid.set(entry.uid, entry);
    for (const index of this.#indexes.values()) {
      if (previous) index.replace(previous, entry);
      else index.add(entry);
    }
    return previous;
  }

  /** Returns what was there. */
  delete(namespace: string, name: string): Entry | undefined {
    const id = idOf(namespace, name);
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    this.#sorted = undefined;
    this.#entries.delete(id);
    this.#forgetUid(entry);
    for (const index of this.#indexes.values()) index.remove(entry);
    return entry;
  }

  /** By namespace and name. */
  sorted(): readonly Entry[] {
    this.#sorted ??= sortEntries(this.#entries.values());
    return this.#sorted;
  }

  ownedBy(uid: string): readonly Entry[] {
    return sortEntries(this.#index(BY_OWNER, OWNERS).get(uid));
  }

  onNode(nodeName: string): readonly Entry[] {
    return sortEntries(this.#index(BY_NODE, NODE).get(nodeName));
  }

  /** Entries of a namespace with exactly this label. */
  labelled(namespace: string, key: string, value: string): ReadonlySet<Entry> {
    return this.#index(BY_LABEL, LABELS).get(labelId(namespace, key, value));
  }

  lookup(name: string, valuesOf: (object: Stored) => Iterable<string>, value: string): readonly Entry[] {
    return sortEntries(this.#index(name, byObject(valuesOf)).get(value));
  }

  #index(name: string, rule: IndexRule): IndexState {
    let index = this.#indexes.get(name);
    if (!index) {
      index = new IndexState(rule, this.#entries.values());
      this.#indexes.set(name, index);
    }
    return index;
  }

  #forgetUid(entry: Entry): void {
    if (this.#byUid.get(entry.uid) === entry) this.#byUid.delete(entry.uid);
  }
}

export function sortEntries(entries: Iterable<Entry>): readonly Entry[] {
  return [...entries].sort(compareEntries);
}

function compareEntries(a: Entry, b: Entry): number {
  if (a.key.namespace !== b.key.namespace) return a.key.namespace < b.key.namespace ? -1 : 1;
  if (a.key.name !== b.key.name) return a.key.name < b.key.name ? -1 : 1;
  return 0;
}

/** Names and namespaces never contain '/'. */
function idOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function labelId(namespace: string, key: string, value: string): string {
  return `${namespace}\n${key}\n${value}`;
}

function byObject(valuesOf: (object: Stored) => Iterable<string>): IndexRule {
  return { valuesOf: (entry) => valuesOf(entry.value) };
}

/** Most changes leave the owners as they are, and heartbeats are superseded before anybody looks at them. */
const OWNERS: IndexRule = {
  valuesOf: ({ binding }) => ownersIn(binding),
  areAlike: (before, after) => before.binding.ownerReferences === after.binding.ownerReferences,
};

const LABELS = byObject(function* labelsOf(object) {
  const { namespace = '', labels = {} } = object.metadata;
  for (const [key, value] of Object.entries(labels)) yield labelId(namespace, key, value);
});

const NODE = byObject((object: Stored & { readonly spec?: { readonly nodeName?: string } }) =>
  object.spec?.nodeName ? [object.spec.nodeName] : [],
);
