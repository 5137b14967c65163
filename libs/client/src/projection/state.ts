import type { LabelSelection, LogRecord, ObjectKey, Operation, Revision } from '@reckon/api';
import type { KubeObject, ResourceType, Stored } from '../types.ts';
import { isBound, isSameBinding } from './binding.ts';
import { Entry, type EntryPart } from './entry.ts';
import { ResourceState, sortEntries } from './resource-state.ts';
import type { Change, Index } from './types.ts';

interface Held {
  readonly type: ResourceType;
  readonly part: EntryPart;
  state: ResourceState;
}

/** The fold of the log for some resources: what a projection holds, without knowing how it came. */
export class ProjectionState {
  readonly #resources = new Map<string, Held>();

  /** `ownersOnly`: of these no more is kept than `Entry.owning` keeps. */
  constructor(resources: readonly ResourceType[], ownersOnly: readonly ResourceType[] = []) {
    for (const type of resources) {
      const part = ownersOnly.includes(type) ? 'owners' : 'all';
      this.#resources.set(type.groupResource, { type, part, state: new ResourceState() });
    }
  }

  /** Takes in one event of the log; undefined if it concerns none of these resources or tells nothing new. */
  apply(record: LogRecord, nowMs: number): Change | undefined {
    const resource = this.#resources.get(record.key.resource);
    if (!resource) return undefined;
    const { key, rev, uid, body } = record;
    if (record.op === 'delete') {
      const previous = resource.state.delete(key.namespace, key.name);
      const last = body ? Entry.fromBody({ key, rev, uid, learntAtMs: nowMs }, body, resource) : previous;
      return last && new EntryChange(resource.type, 'delete', rev, last, previous);
    }
    // The body of a superseded heartbeat is gone; the record that superseded it follows.
    if (!body) return undefined;
    const entry = Entry.fromBody({ key, rev, uid, learntAtMs: nowMs }, body, resource);
    const previous = resource.state.set(entry);
    return new EntryChange(resource.type, record.op, rev, entry, previous);
  }

  /**
   * Replaces a whole resource by a list of this revision, kept as it is. `anew`: everything in it counts as created.
   */
  replace(
    type: ResourceType,
    entries: readonly Entry[],
    { revision, anew }: { readonly revision: Revision; readonly anew: boolean },
  ): readonly Change[] {
    const resource = this.#require(type);
    const before = resource.state;
    const after = new ResourceState();
    const changes: Change[] = [];
    for (const entry of entries) {
      const previous = anew ? undefined : before.get(entry.key.namespace, entry.key.name);
      const known = previous && previous.rev === entry.rev && previous.uid === entry.uid;
      after.set(known ? previous : entry);
      if (known) continue;
      const operation = previous ? 'update' : 'create';
      changes.push(new EntryChange(resource.type, operation, entry.rev, entry, previous));
    }
    for (const previous of before.entries()) {
      if (after.get(previous.key.namespace, previous.key.name)) continue;
      changes.push(new EntryChange(resource.type, 'delete', revision, previous, previous));
    }
    resource.state = after;
    return changes;
  }

  *present(type: ResourceType): Iterable<Change> {
    for (const entry of this.#require(type).state.sorted())
      yield new EntryChange(type, 'create', entry.rev, entry, undefined);
  }

  /** One change that did not come from the log's own records (a watch). */
  put(type: ResourceType, key: ObjectKey, value: Stored, nowMs: number): Change {
    const resource = this.#require(type);
    const entry = Entry.fromValue(key, value, nowMs);
    const previous = resource.state.set(entry);
    return new EntryChange(resource.type, previous ? 'update' : 'create', entry.rev, entry, previous);
  }

  remove(type: ResourceType, key: ObjectKey, last: Stored, nowMs: number): Change {
    const resource = this.#require(type);
    const previous = resource.state.delete(key.namespace, key.name);
    const entry = Entry.fromValue(key, last, nowMs);
    return new EntryChange(resource.type, 'delete', entry.rev, entry, previous);
  }

  entry(type: ResourceType, namespace: string, name: string): Entry | undefined {
    return this.#require(type).state.get(namespace, name);
  }

  get<T extends KubeObject>(type: ResourceType<T>, namespace: string, name: string): Stored<T> | undefined {
    return storedOf<T>(this.#require(type).state.get(namespace, name));
  }

  byUid<T extends KubeObject>(type: ResourceType<T>, uid: string): Stored<T> | undefined {
    return storedOf<T>(this.#require(type).state.byUid(uid));
  }

  list<T extends KubeObject>(type: ResourceType<T>, namespace?: string): readonly Stored<T>[] {
    const sorted = this.#require(type).state.sorted();
    return values<T>(namespace ? sorted.filter((entry) => entry.key.namespace === namespace) : sorted);
  }

  ownedBy<T extends KubeObject>(type: ResourceType<T>, ownerUid: string): readonly Stored<T>[] {
    return values<T>(this.#require(type).state.ownedBy(ownerUid));
  }

  onNode<T extends KubeObject>(type: ResourceType<T>, nodeName: string): readonly Stored<T>[] {
    return values<T>(this.#require(type).state.onNode(nodeName));
  }

  lookup<T extends KubeObject>(index: Index<T>, value: string): readonly Stored<T>[] {
    const valuesOf = (object: Stored) => index.values(object as Stored<T>);
    return values<T>(this.#require(index.resource).state.lookup(index.name, valuesOf, value));
  }

  select<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string,
    selection: LabelSelection,
  ): readonly Stored<T>[] {
    const { state } = this.#require(type);
    if (selection.nothing) return [];
    const smallest = namespace ? smallestLabelSet(state, namespace, selection) : undefined;
    const candidates = smallest ? sortEntries(smallest) : state.sorted();
    return values<T>(
      candidates.filter(
        (entry) =>
          (!namespace || entry.key.namespace === namespace) && selection.matches(entry.value.metadata.labels),
      ),
    );
  }

  #require(type: ResourceType) {
    const resource = this.#resources.get(type.groupResource);
    if (!resource) throw new TypeError(`this projection does not hold ${type.groupResource}`);
    return resource;
  }
}

class EntryChange implements Change {
  readonly resource: ResourceType;
  readonly operation: Operation;
  readonly revision: Revision;
  readonly #entry: Entry;
  readonly #previous: Entry | undefined;

  constructor(
    resource: ResourceType,
    operation: Operation,
    revision: Revision,
    entry: Entry,
    previous: Entry | undefined,
  ) {
    this.resource = resource;
    this.operation = operation;
    this.revision = revision;
    this.#entry = entry;
    this.#previous = previous;
  }

  get namespace(): string {
    return this.#entry.key.namespace;
  }

  get mayBeBound(): boolean {
    const { binding, uid } = this.#entry;
    const before = this.#previous;
    if (!before) return isBound(binding);
    if (!isBound(binding) && !isBound(before.binding)) return false;
    return this.operation === 'delete' || uid !== before.uid || !isSameBinding(binding, before.binding);
  }

  get object(): Stored {
    return this.#entry.value;
  }

  get previous(): Stored | undefined {
    return this.#previous?.value;
  }
}

/** Among the labels that the selection demands, the one that the fewest objects have. */
function smallestLabelSet(
  state: ResourceState,
  namespace: string,
  selection: LabelSelection,
): ReadonlySet<Entry> | undefined {
  let smallest: ReadonlySet<Entry> | undefined;
  for (const { key, operator, values } of selection.requirements) {
    const [value] = values;
    if (value === undefined || !(operator === '=' || operator === '==')) continue;
    const entries = state.labelled(namespace, key, value);
    if (!smallest || entries.size < smallest.size) smallest = entries;
  }
  return smallest;
}

/** The resource type that was asked for says what its objects are. */
function storedOf<T extends KubeObject>(entry: Entry | undefined): Stored<T> | undefined {
  return entry?.value as Stored<T> | undefined;
}

function values<T extends KubeObject>(entries: readonly Entry[]): readonly Stored<T>[] {
  return entries.map((entry) => entry.value as Stored<T>);
}
