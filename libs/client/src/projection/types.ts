/**
 * A projection: the present state of some resources in this process, all at ONE revision of the log. It starts from
 * lists at one revision and follows the log from there; it knows when it is behind and when it is not.
 */
import type { LabelSelection, Operation as LogOperation, Revision } from '@reckon/api';
import type { KubeObject, ResourceType, Stored } from '../types.ts';

/** Finds objects by a value computed from each of them. Kept up to date at every change. */
export interface Index<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly resource: ResourceType<T>;
  values(object: Stored<T>): Iterable<string>;
}

/**
 * What a controller may look at. It is all of one revision, and stays so until the caller awaits something: use it
 * synchronously and keep the objects (they are frozen), not the snapshot.
 */
export interface Snapshot {
  readonly revision: Revision;
  get<T extends KubeObject>(
    resource: ResourceType<T>,
    namespace: string,
    name: string,
  ): Stored<T> | undefined;
  byUid<T extends KubeObject>(resource: ResourceType<T>, uid: string): Stored<T> | undefined;
  /** Ordered by namespace and name. No namespace: all of them. */
  list<T extends KubeObject>(resource: ResourceType<T>, namespace?: string): readonly Stored<T>[];
  /** Objects with an owner reference to this uid. */
  ownedBy<T extends KubeObject>(resource: ResourceType<T>, ownerUid: string): readonly Stored<T>[];
  /** Objects of a namespace ('' = all) whose labels match (`labelSelectorOf`, `selectionOfLabels` of @reckon/api). */
  select<T extends KubeObject>(
    resource: ResourceType<T>,
    namespace: string,
    selection: LabelSelection,
  ): readonly Stored<T>[];
  /** Objects whose `spec.nodeName` is this one. */
  onNode<T extends KubeObject>(resource: ResourceType<T>, nodeName: string): readonly Stored<T>[];
  /** By an index that was given to the projection when it was made. */
  lookup<T extends KubeObject>(index: Index<T>, value: string): readonly Stored<T>[];
  /**
   * For how long this snapshot has without interruption been at the confirmed head of the log, in ms of the
   * monotonic clock; 0 if it is not now. Whoever judges that something is absent must know this.
   */
  readonly confirmedForMs: number;
  /**
   * For how long this object has verifiably stayed as it is: the time since its present revision was learnt of, but
   * never longer than `confirmedForMs`. This is the only safe measure of silence (a node's Lease).
   */
  silentForMs(object: Stored): number;
}

/** One change of one object, as a projection shows it to those who map it to keys. */
export interface Change<T extends KubeObject = KubeObject> {
  readonly revision: Revision;
  readonly operation: LogOperation;
  readonly resource: ResourceType<T>;
  /** Empty: it is in no namespace. Unlike the objects it is known without parsing anything. */
  readonly namespace: string;
  /**
   * False: the object had and has no owners and is not being deleted, or is an update that leaves its owners, finalizers
   * and deletion as they were. Known without parsing it, too.
   */
  readonly mayBeBound: boolean;
  /** After the change; of a delete, the last object. */
  readonly object: Stored<T>;
  /** Before it; undefined for a create and in the first load. */
  readonly previous: Stored<T> | undefined;
}

export interface Projection extends Snapshot {
  /** Empty until started. */
  readonly logId: string;
  /** The resources that it holds; asking it for another one is an error. */
  readonly resources: readonly ResourceType[];
  /** Resolves once the first load stands. Subscribers have then seen a `create` for every object. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** All objects of a resource, as if each had just been created. Nothing is parsed that nobody looks at. */
  present(resource: ResourceType): Iterable<Change>;
  /**
   * Called for each change, in order, while the projection is at the change's revision. After a change of the log's
   * id (a restored backup) everything is told anew. Must not throw. The result ends it. Changes of other resources than
   * these (default: all that it holds) cost the listener nothing.
   */
  subscribe(listener: (change: Change) => void, resources?: readonly ResourceType[]): () => void;
  /** Resolves once `revision` is at least this one; rejects with the signal's reason. */
  waitFor(revision: Revision, signal?: AbortSignal): Promise<void>;
  /**
   * Since when (Clock.nowMs) it has without interruption been at the confirmed head; undefined if it is not now.
   * See `Snapshot.confirmedForMs`, which a jump of the clock does not disturb.
   */
  confirmedSince(): number | undefined;
}
