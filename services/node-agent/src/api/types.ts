/**
 * What a node asks of the cluster's API, and nothing more: `ClientNodeApi` asks an API server, `MemoryNodeApi` is its
 * twin for tests. Everything rejects with `ApiError`.
 */
import type { OwnerReference, Revision } from '@reckon/api';
import type {
  Frozen,
  KubeObject,
  ObjectName,
  Repetition,
  ResourceType,
  Selection,
  Stored,
} from '@reckon/client';
import type { Subscription } from '@reckon/cri';
import type {
  TokenRequestSpec,
  TokenRequestStatus,
} from '@reckon/proto/reckon/api/authentication/v1/token_request.ts';
import type { LeaseSpec } from '@reckon/proto/reckon/api/coordination/v1/lease.ts';
import type { Event } from '@reckon/proto/reckon/api/core/v1/event.ts';
import type { Node, NodeStatus } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { PodStatus } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';

/** A pod of one life: its namesake of another uid is another pod. */
export interface PodRef extends ObjectName {
  readonly uid: string;
}

/** Kept in the log beside the write. */
export interface Why {
  /** The revision that made the node act. */
  readonly cause?: Revision | undefined;
  /** One sentence for people. */
  readonly because: string;
}

/** Is shown the objects of a selection, first all, then each change. Must not throw. */
export interface Follower<T extends KubeObject> {
  /** All there are: at the start, and after an interruption over which changes may have been missed. */
  replace(objects: readonly Stored<T>[]): void;
  put(object: Stored<T>): void;
  remove(object: Stored<T>): void;
}

export interface NodeApi {
  /** Never ends by itself: an outage shows as silence, never as an empty `replace`. */
  follow<T extends KubeObject>(
    resource: ResourceType<T>,
    selection: Selection,
    follower: Follower<T>,
  ): Subscription;

  /** Strategic merge of a partial status. NotFound or Conflict if the pod of this uid is gone. */
  patchPodStatus(pod: PodRef, status: Frozen<PodStatus>, why: Why): Promise<Stored<Pod>>;
  /** Removes the object for good (grace 0). Resolves as well if the pod of this uid is gone already. */
  deletePod(pod: PodRef, why: Why): Promise<void>;
  /** A token for a ServiceAccount. */
  createToken(account: ObjectName, spec: TokenRequestSpec): Promise<TokenRequestStatus>;

  createEvent(event: Event): Promise<void>;
  /** Says that an event happened again. NotFound if it has been removed. */
  repeatEvent(target: ObjectName, repeat: Repetition): Promise<void>;

  /** NotFound if this node never registered. */
  getNode(name: string): Promise<Stored<Node>>;
  createNode(node: Node): Promise<Stored<Node>>;
  /** Strategic merge of labels and annotations that the node owns. */
  patchNode(
    name: string,
    metadata: Pick<NonNullable<Node['metadata']>, 'labels' | 'annotations'>,
  ): Promise<Stored<Node>>;
  patchNodeStatus(name: string, status: Frozen<NodeStatus>, why: Why): Promise<Stored<Node>>;
  /** Creates or replaces the Lease of this name in kube-node-lease, which goes with its owner. */
  renewLease(name: string, spec: LeaseSpec, owner: OwnerReference | undefined): Promise<void>;
}
