import { ApiError, type OwnerReference } from '@reckon/api';
import {
  EVENTS,
  type Frozen,
  type KubeObject,
  LEASES,
  NODES,
  type ObjectName,
  PODS,
  type Repetition,
  type ResourceType,
  type Selection,
  type Stored,
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
import type { Clock } from '@reckon/service';
import type { Follower, NodeApi, PodRef, Why } from './types.ts';

interface Following {
  readonly resource: string;
  matches(object: Stored): boolean;
  readonly follower: Follower<KubeObject>;
}

export interface MemoryNodeApiOptions {
  readonly clock: Clock;
  /** Told each call before it is done; may wait or throw. */
  readonly intercept?: ((call: string) => Promise<void> | void) | undefined;
}

/**
 * The part of a cluster that one node sees, in memory. It does what the API server does where a node depends on it:
 * revisions, uid preconditions, graceful deletion, and telling followers of each change.
 */
export class MemoryNodeApi implements NodeApi {
  readonly #options: MemoryNodeApiOptions;
  readonly #objects = new Map<string, Stored>();
  readonly #followings = new Set<Following>();
  #revision = 0;
  /** Reasons of all writes, in order. */
  readonly whys: Why[] = [];

  constructor(options: MemoryNodeApiOptions) {
    this.#options = options;
  }

  /** Writes an object as somebody else in the cluster would; answers it as stored. */
  put<T extends KubeObject>(resource: ResourceType<T>, object: Frozen<T>): Stored<T> {
    const key = keyOf(resource, object.metadata?.namespace ?? '', object.metadata?.name ?? '');
    const before = this.#objects.get(key);
    this.#revision++;
    const stored = {
      ...object,
      apiVersion: object.apiVersion ?? 'v1',
      kind: object.kind ?? resource.kind,
      metadata: {
        creationTimestamp: this.#now(),
        uid: before?.metadata.uid ?? `uid-${this.#revision}`,
        ...object.metadata,
        resourceVersion: String(this.#revision),
      },
    } as Stored<T>;
    this.#objects.set(key, stored);
    this.#tell(resource, stored, (follower) => follower.put(stored));
    return stored;
  }

  /** As `kubectl delete`: a pod on a node goes gracefully, unless the grace is 0. */
  remove(resource: ResourceType, target: ObjectName, graceS?: number): void {
    const key = keyOf(resource, target.namespace, target.name);
    const object = this.#objects.get(key);
    if (!object) throw notFound(resource, target.name);
    const grace = graceS ?? (object as Stored<Pod>).spec?.terminationGracePeriodSeconds ?? 30;
    const deletion = { deletionTimestamp: this.#now(), deletionGracePeriodSeconds: grace };
    if (resource.groupResource === PODS.groupResource && (grace > 0 || object.metadata.finalizers?.length)) {
      this.put(resource, { ...object, metadata: { ...object.metadata, ...deletion } });
      return;
    }
    this.#objects.delete(key);
    this.#revision++;
    const metadata = { ...object.metadata, resourceVersion: String(this.#revision), ...deletion };
    const last = { ...object, metadata };
    this.#tell(resource, last, (follower) => follower.remove(last));
  }

  find<T extends KubeObject>(
    resource: ResourceType<T>,
    namespace: string,
    name: string,
  ): Stored<T> | undefined {
    return this.#objects.get(keyOf(resource, namespace, name)) as Stored<T> | undefined;
  }

  list<T extends KubeObject>(resource: ResourceType<T>): readonly Stored<T>[] {
    const prefix = `${resource.groupResource}/`;
    const found = [...this.#objects].filter(([key]) => key.startsWith(prefix));
    return found.map(([, object]) => object as Stored<T>);
  }

  follow<T extends KubeObject>(
    resource: ResourceType<T>,
    selection: Selection,
    follower: Follower<T>,
  ): Subscription {
    const following: Following = {
      resource: resource.groupResource,
      matches: (object) => matches(object, selection),
      follower: follower as unknown as Follower<KubeObject>,
    };
    queueMicrotask(() => {
      if (!this.#followings.has(following)) return;
      follower.replace(this.list(resource).filter((object) => following.matches(object)));
    });
    this.#followings.add(following);
    return { close: () => this.#followings.delete(following) };
  }

  /** As after an interruption: every follower is shown all there is again. */
  resync(): void {
    for (const { resource, matches, follower } of this.#followings) {
      const all = [...this.#objects].filter(([key]) => key.startsWith(`${resource}/`));
      follower.replace(all.map(([, object]) => object).filter(matches));
    }
  }

  async patchPodStatus(pod: PodRef, status: Frozen<PodStatus>, why: Why): Promise<Stored<Pod>> {
    await this.#options.intercept?.('patchPodStatus');
    const stored = this.find<Pod>(PODS, pod.namespace, pod.name);
    if (!stored) throw notFound(PODS, pod.name);
    if (stored.metadata.uid !== pod.uid) throw new ApiError('Conflict', 'the uid is another one');
    this.whys.push(why);
    return this.put<Pod>(PODS, {
      ...stored,
      status: mergeStatus(stored.status ?? {}, status),
    } as Frozen<Pod>);
  }

  async deletePod(pod: PodRef, why: Why): Promise<void> {
    await this.#options.intercept?.('deletePod');
    if (this.find<Pod>(PODS, pod.namespace, pod.name)?.metadata.uid !== pod.uid) return;
    this.whys.push(why);
    this.remove(PODS, pod, 0);
  }

  async createToken(account: ObjectName, spec: TokenRequestSpec): Promise<TokenRequestStatus> {
    await this.#options.intercept?.('createToken');
    const seconds = spec.expirationSeconds ?? 3600;
    const expirationTimestamp = new Date(this.#options.clock.nowMs() + seconds * 1_000).toISOString();
    return { token: `token-${account.namespace}-${account.name}-${++this.#revision}`, expirationTimestamp };
  }

  async createEvent(event: Event): Promise<void> {
    await this.#options.intercept?.('createEvent');
    this.put(EVENTS, event);
  }

  async repeatEvent(target: ObjectName, repeat: Repetition): Promise<void> {
    await this.#options.intercept?.('repeatEvent');
    const event = this.find(EVENTS, target.namespace, target.name);
    if (!event) throw notFound(EVENTS, target.name);
    this.put(EVENTS, { ...event, ...repeat });
  }

  async getNode(name: string): Promise<Stored<Node>> {
    await this.#options.intercept?.('getNode');
    const node = this.find<Node>(NODES, '', name);
    if (!node) throw notFound(NODES, name);
    return node;
  }

  async createNode(node: Node): Promise<Stored<Node>> {
    await this.#options.intercept?.('createNode');
    return this.put<Node>(NODES, node);
  }

  async patchNode(name: string, metadata: object): Promise<Stored<Node>> {
    const node = await this.getNode(name);
    return this.put<Node>(NODES, { ...node, metadata: { ...node.metadata, ...metadata } });
  }

  async patchNodeStatus(name: string, status: Frozen<NodeStatus>, why: Why): Promise<Stored<Node>> {
    await this.#options.intercept?.('patchNodeStatus');
    const node = await this.getNode(name);
    this.whys.push(why);
    return this.put<Node>(NODES, { ...node, status: mergeStatus(node.status ?? {}, status) } as Frozen<Node>);
  }

  async renewLease(name: string, spec: LeaseSpec, owner: OwnerReference | undefined): Promise<void> {
    await this.#options.intercept?.('renewLease');
    const metadata = { namespace: 'kube-node-lease', name, ...(owner && { ownerReferences: [owner] }) };
    this.put(LEASES, { metadata, spec } as KubeObject);
  }

  #now(): string {
    return new Date(this.#options.clock.nowMs()).toISOString();
  }

  #tell(resource: ResourceType, object: Stored, tell: (follower: Follower<KubeObject>) => void): void {
    for (const following of this.#followings) {
      if (following.resource === resource.groupResource && following.matches(object))
        tell(following.follower);
    }
  }
}

function keyOf(resource: ResourceType, namespace: string, name: string): string {
  return `${resource.groupResource}/${namespace}/${name}`;
}

function notFound(resource: ResourceType, name: string): ApiError {
  return new ApiError('NotFound', `${resource.groupResource} "${name}" not found`);
}

/** Field selectors as a node uses them. */
function matches(object: Stored, selection: Selection): boolean {
  if (selection.namespace && object.metadata.namespace !== selection.namespace) return false;
  for (const term of selection.fieldSelector?.split(',') ?? []) {
    const [path = '', value = ''] = term.split('=');
    let field: unknown = object;
    for (const part of path.split('.')) field = (field as Record<string, unknown> | undefined)?.[part];
    if (field !== value) return false;
  }
  return true;
}

/** Strategic merge as far as statuses of pods and nodes need it: conditions and addresses by type, null removes. */
function mergeStatus(base: object, patch: object): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else if (field === 'conditions') merged[field] = mergeByType(merged[field], value);
    else if (Array.isArray(value)) merged[field] = value.filter((each) => !isDirective(each));
    else merged[field] = isMap(value) ? withoutNulls({ ...asMap(merged[field]), ...value }) : value;
  }
  return merged;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : {};
}

function withoutNulls(map: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null));
}

/** `{ $patch: replace }`: all lists but conditions are replaced here anyway. */
function isDirective(element: unknown): boolean {
  return typeof element === 'object' && element !== null && '$patch' in element;
}

function mergeByType(base: unknown, patch: unknown): readonly unknown[] {
  const entries = new Map<unknown, unknown>();
  for (const entry of [...asList(base), ...asList(patch)])
    entries.set((entry as { type?: unknown }).type, entry);
  return [...entries.values()];
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
