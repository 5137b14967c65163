import { ApiError, isOwnedBy, type OwnerReference } from '@reckon/api';
import {
  type ApiClient,
  EVENTS,
  type Frozen,
  type KubeObject,
  LEASES,
  NODES,
  type ObjectName,
  PODS,
  type Repetition,
  type ResourceType,
  SERVICE_ACCOUNTS,
  type Selection,
  type Stored,
} from '@reckon/client';
import type { Subscription } from '@reckon/cri';
import type {
  TokenRequest,
  TokenRequestSpec,
  TokenRequestStatus,
} from '@reckon/proto/reckon/api/authentication/v1/token_request.ts';
import type { LeaseSpec } from '@reckon/proto/reckon/api/coordination/v1/lease.ts';
import type { Event } from '@reckon/proto/reckon/api/core/v1/event.ts';
import type { Node, NodeStatus } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { PodStatus } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';
import type { Clock, Logger } from '@reckon/service';
import { follow } from './follow.ts';
import type { Follower, NodeApi, PodRef, Why } from './types.ts';

export interface ClientNodeApiOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
}

const FIELD_MANAGER = 'kubelet';
const LEASE_NAMESPACE = 'kube-node-lease';

/** `NodeApi` over the client of an API server. */
export class ClientNodeApi implements NodeApi {
  readonly #options: ClientNodeApiOptions;
  readonly #client: ApiClient;

  constructor(options: ClientNodeApiOptions) {
    this.#options = options;
    this.#client = options.client;
  }

  follow<T extends KubeObject>(
    resource: ResourceType<T>,
    selection: Selection,
    follower: Follower<T>,
  ): Subscription {
    return follow({ ...this.#options, resource, selection, follower });
  }

  async patchPodStatus(pod: PodRef, status: Frozen<PodStatus>, why: Why): Promise<Stored<Pod>> {
    // The uid is a precondition: a status must not land on the pod's namesake.
    const value = { metadata: { uid: pod.uid }, status };
    const patch = { type: 'strategic', value } as const;
    const options = { subresource: 'status', fieldManager: FIELD_MANAGER, ...why };
    return (await this.#client.patch<Pod>(PODS, pod, patch, options)).object;
  }

  async deletePod(pod: PodRef, why: Why): Promise<void> {
    try {
      const preconditions = { uid: pod.uid };
      await this.#client.delete(PODS, pod, { gracePeriodSeconds: 0, preconditions, ...why });
    } catch (error) {
      // Not there, or another pod of that name: either way this one is gone.
      if (error instanceof ApiError && (error.reason === 'NotFound' || error.reason === 'Conflict')) return;
      throw error;
    }
  }

  async createToken(account: ObjectName, spec: TokenRequestSpec): Promise<TokenRequestStatus> {
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: account.name, namespace: account.namespace },
      spec,
    };
    const written = await this.#client.create<TokenRequest>(SERVICE_ACCOUNTS, request, {
      subresource: 'token',
    });
    return { ...written.object.status };
  }

  async createEvent(event: Event): Promise<void> {
    await this.#client.create(EVENTS, event, { fieldManager: FIELD_MANAGER });
  }

  async repeatEvent(target: ObjectName, repeat: Repetition): Promise<void> {
    await this.#client.patch(
      EVENTS,
      target,
      { type: 'merge', value: repeat },
      { fieldManager: FIELD_MANAGER },
    );
  }

  getNode(name: string): Promise<Stored<Node>> {
    return this.#client.get<Node>(NODES, { namespace: '', name });
  }

  async createNode(node: Node): Promise<Stored<Node>> {
    const because = 'the node registers itself';
    return (await this.#client.create<Node>(NODES, node, { fieldManager: FIELD_MANAGER, because })).object;
  }

  async patchNode(
    name: string,
    metadata: Pick<NonNullable<Node['metadata']>, 'labels' | 'annotations'>,
  ): Promise<Stored<Node>> {
    const patch = { type: 'merge', value: { metadata } } as const;
    const options = { fieldManager: FIELD_MANAGER };
    return (await this.#client.patch<Node>(NODES, { namespace: '', name }, patch, options)).object;
  }

  async patchNodeStatus(name: string, status: Frozen<NodeStatus>, why: Why): Promise<Stored<Node>> {
    const patch = { type: 'strategic', value: { status } } as const;
    const options = { subresource: 'status', fieldManager: FIELD_MANAGER, ...why };
    return (await this.#client.patch<Node>(NODES, { namespace: '', name }, patch, options)).object;
  }

  async renewLease(name: string, spec: LeaseSpec, owner: OwnerReference | undefined): Promise<void> {
    const target = { namespace: LEASE_NAMESPACE, name };
    const options = { fieldManager: FIELD_MANAGER };
    const owned = owner ? { ownerReferences: [owner] } : {};
    const renew = async (value: object) =>
      (await this.#client.patch(LEASES, target, { type: 'merge', value }, options)).object;
    try {
      const lease = await renew({ spec });
      if (owner && !isOwnedBy(lease, owner.uid)) await renew({ metadata: owned });
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
      const metadata = { namespace: LEASE_NAMESPACE, name, ...owned };
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
      await this.#client.create(LEASES, lease, options);
    }
  }
}
