import { ApiError, jsonEqual, type OwnerReference } from '@reckon/api';
import { type Frozen, NODES, type Stored } from '@reckon/client';
import type { ImageInfo, Runtime, Subscription } from '@reckon/cri';
import type { Node, NodeStatus } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { Clock, Logger } from '@reckon/service';
import type { NodeApi } from '../api/types.ts';
import type { EventRecorder } from '../events/recorder.ts';
import { nodeConditions } from './conditions.ts';
import type { MachineFacts, MachinePressure } from './machine.ts';
import {
  isExtended,
  type NodeIdentity,
  type NodeResources,
  newNode,
  nodeLabels,
  nodeStatus,
  withExtended,
} from './node-object.ts';

export interface NodeKeeperOptions {
  readonly api: Pick<NodeApi, 'follow' | 'getNode' | 'createNode' | 'patchNode' | 'patchNodeStatus'>;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly identity: NodeIdentity;
  readonly machine: MachineFacts;
  readonly resources: NodeResources;
  readonly pressure: () => Promise<MachinePressure>;
  /** The node went from not ready to ready. */
  readonly onReady?: (() => void) | undefined;
}

/** Nothing tells of memory and disk running low: they are looked at this often. */
const LOOK_EVERY_MS = 10_000;
/** While something is missing that will come by itself (the network, the runtime). */
const LOOK_WHEN_UNREADY_MS = 250;
/** An unchanged status is written this often, as a kubelet does. */
const REPEAT_EVERY_MS = 300_000;
const REGISTER_RETRY_MS = 1_000;

type StoredNode = Stored<Node>;

/** Registers the node and keeps its status true: written when something changes, otherwise every five minutes. */
export class NodeKeeper {
  readonly #options: NodeKeeperOptions;
  #node: StoredNode | undefined;
  #writtenAtMs = 0;
  #working = false;
  #again = false;
  #stopped = false;
  #wasReady = false;
  #cancel: () => void = () => {};
  #subscription: Subscription | undefined;

  constructor(options: NodeKeeperOptions) {
    this.#options = options;
  }

  /** Resolves once the API has the node with its first status. Tries until it has, or until stopped. */
  async start(): Promise<void> {
    const { log, clock } = this.#options;
    while (!this.#stopped) {
      try {
        this.#node = await this.#register();
        break;
      } catch (error) {
        log.warn('the node could not be registered', { error: ApiError.from(error) });
        await clock.sleep(REGISTER_RETRY_MS);
      }
    }
    await this.look();
    const selection = { fieldSelector: `metadata.name=${this.#options.identity.name}` };
    this.#subscription = this.#options.api.follow<Node>(NODES, selection, {
      replace: ([node]) => this.#seen(node),
      put: (node) => this.#seen(node),
      remove: () => void this.#removed(),
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#subscription?.close();
    this.#cancel();
  }

  /** How what belongs to the node refers to it; undefined until it is registered. */
  get reference(): OwnerReference | undefined {
    const { name, uid } = this.#node?.metadata ?? {};
    return name && uid ? { apiVersion: 'v1', kind: 'Node', name, uid } : undefined;
  }

  get ready(): boolean {
    return this.#wasReady;
  }

  /** Something may have changed: the runtime came or went, an image arrived. */
  async look(): Promise<void> {
    if (this.#stopped || !this.#node) return;
    if (this.#working) {
      this.#again = true;
      return;
    }
    this.#working = true;
    this.#cancel();
    const { clock, log } = this.#options;
    try {
      await this.#report(this.#node);
    } catch (error) {
      log.warn('the status of the node could not be written', { error: ApiError.from(error) });
    } finally {
      this.#working = false;
      const soon = this.#again ? 0 : this.#wasReady ? LOOK_EVERY_MS : LOOK_WHEN_UNREADY_MS;
      this.#again = false;
      if (!this.#stopped) this.#cancel = clock.after(soon, () => void this.look());
    }
  }

  /** Somebody else wrote to the node, perhaps that it was silent for too long. */
  #seen(node: StoredNode | undefined): void {
    if (!node || !this.#node) return;
    if (Number(node.metadata.resourceVersion) <= Number(this.#node.metadata.resourceVersion)) return;
    this.#node = node;
    const ready = node.status?.conditions?.find((each) => each.type === 'Ready')?.status;
    if ((ready === 'True') !== this.#wasReady || offersOther(node)) void this.look();
  }

  /** Somebody deleted the node while it lives: it comes back. */
  async #removed(): Promise<void> {
    const { log } = this.#options;
    try {
      this.#node = await this.#register();
    } catch (error) {
      // The next status that is to be written finds no node, and registers it.
      log.warn('the node was removed and could not be registered again', { error: ApiError.from(error) });
      this.#writtenAtMs = 0;
    }
    await this.look();
  }

  async #register(): Promise<StoredNode> {
    const { api, identity, machine } = this.#options;
    try {
      const node = await api.getNode(identity.name);
      const labels = nodeLabels(identity.name, machine);
      const missing = Object.entries(labels).some(([key, value]) => node.metadata.labels?.[key] !== value);
      return missing ? await api.patchNode(identity.name, { labels }) : node;
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
      return api.createNode(newNode(identity, machine));
    }
  }

  async #report(node: StoredNode): Promise<void> {
    const { api, clock, identity, machine, resources, pressure } = this.#options;
    const before = node.status?.conditions ?? [];
    const [facts, pressed] = await Promise.all([this.#runtimeFacts(), pressure()]);
    const { version, images, problems } = facts;
    const conditions = nodeConditions({ pressure: pressed, problems }, before, clock.nowMs());
    const all = withExtended(resources, node.status);
    const wanted = {
      ...nodeStatus({ identity, machine, resources: all, runtime: version, images }),
      conditions,
    };
    const patch = statusPatch(node.status, wanted);
    const overdue = clock.nowMs() - this.#writtenAtMs >= REPEAT_EVERY_MS;
    if (patch || overdue) {
      const because = patch ? describe(node.status, wanted) : 'the status is repeated every five minutes';
      this.#node = await this.#write(api, patch ?? { conditions }, because);
      this.#writtenAtMs = clock.nowMs();
      this.#tell(before, conditions);
    }
    const ready = problems.length === 0;
    if (ready && !this.#wasReady) this.#options.onReady?.();
    this.#wasReady = ready;
  }

  async #write(
    api: NodeKeeperOptions['api'],
    patch: Frozen<NodeStatus>,
    because: string,
  ): Promise<StoredNode> {
    try {
      return await api.patchNodeStatus(this.#options.identity.name, patch, { because });
    } catch (error) {
      // Somebody deleted the node while it lives: it comes back.
      if (error instanceof ApiError && error.reason === 'NotFound') this.#node = await this.#register();
      throw error;
    }
  }

  async #runtimeFacts(): Promise<{
    readonly version: { readonly name: string; readonly version: string };
    readonly images: readonly ImageInfo[];
    readonly problems: readonly string[];
  }> {
    const { runtime } = this.#options;
    try {
      const [version, images, health] = await Promise.all([
        runtime.version(),
        runtime.listImages(),
        runtime.health(),
      ]);
      const networkProblem = `container runtime network not ready: NetworkReady=false ${health.message}`;
      const problems = !health.runtimeReady
        ? [`container runtime is down: ${health.message}`]
        : health.networkReady
          ? []
          : [networkProblem];
      return { version, images, problems };
    } catch (error) {
      const { nodeInfo } = this.#node?.status ?? {};
      const [name = '', version = ''] = (nodeInfo?.containerRuntimeVersion ?? '').split('://');
      const problems = [`container runtime is down: ${ApiError.from(error).message}`];
      return { version: { name, version }, images: [], problems };
    }
  }

  /** Transitions that people look for in `kubectl describe node`. */
  #tell(before: readonly Condition[], after: readonly Condition[]): void {
    const { events, identity } = this.#options;
    if (!this.#node) return;
    for (const { type, status } of after) {
      const last = before.find((each) => each.type === type)?.status;
      const reason = EVENT_REASONS[`${type}=${status}`];
      if (last === status || !reason) continue;
      const message = `Node ${identity.name} status is now: ${reason}`;
      events.aboutNode(this.#node, { type: 'Normal', reason, message });
    }
  }
}

/** Of extended resources not what it has: somebody has just written how much that is. */
function offersOther({ status }: StoredNode): boolean {
  const { capacity = {}, allocatable = {} } = status ?? {};
  const names = Object.keys({ ...capacity, ...allocatable }).filter(isExtended);
  return names.some((name) => capacity[name] !== allocatable[name]);
}

type Condition = NonNullable<Frozen<NodeStatus>['conditions']>[number];

const EVENT_REASONS: Readonly<Record<string, string>> = {
  'Ready=True': 'NodeReady',
  'Ready=False': 'NodeNotReady',
  'MemoryPressure=True': 'NodeHasInsufficientMemory',
  'MemoryPressure=False': 'NodeHasSufficientMemory',
  'DiskPressure=True': 'NodeHasDiskPressure',
  'DiskPressure=False': 'NodeHasNoDiskPressure',
  'PIDPressure=True': 'NodeHasInsufficientPID',
  'PIDPressure=False': 'NodeHasSufficientPID',
};

/** Undefined if nothing but heartbeats would change. Lists that a merge would mix are replaced. */
function statusPatch(
  recorded: Frozen<NodeStatus> | undefined,
  wanted: Frozen<NodeStatus>,
): object | undefined {
  const patch: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(wanted)) {
    if (field === 'conditions') continue;
    const before = recorded?.[field as keyof NodeStatus];
    if (jsonEqual(before, value)) continue;
    const replace = field === 'addresses' && Array.isArray(before) && Array.isArray(value);
    patch[field] = replace ? [...value, { $patch: 'replace' }] : value;
    if (field === 'allocatable') patch[field] = { ...withdrawn(recorded, wanted), ...wanted.allocatable };
  }
  const changed = (wanted.conditions ?? []).some((condition) => {
    const before = recorded?.conditions?.find((each) => each.type === condition.type);
    return (
      before?.status !== condition.status ||
      before?.reason !== condition.reason ||
      before?.message !== condition.message
    );
  });
  if (!changed && Object.keys(patch).length === 0) return undefined;
  return { ...patch, conditions: wanted.conditions };
}

/** A merge takes away only what it is told to. */
function withdrawn(
  recorded: Frozen<NodeStatus> | undefined,
  wanted: Frozen<NodeStatus>,
): Readonly<Record<string, null>> {
  const gone = Object.keys(recorded?.allocatable ?? {}).filter(
    (name) => !(name in (wanted.allocatable ?? {})),
  );
  return Object.fromEntries(gone.map((name) => [name, null]));
}

function describe(recorded: Frozen<NodeStatus> | undefined, wanted: Frozen<NodeStatus>): string {
  for (const { type, status, message } of wanted.conditions ?? []) {
    const before = recorded?.conditions?.find((each) => each.type === type)?.status;
    if (before !== status) return `${type} is ${status}: ${message}`;
  }
  return 'what the node has changed';
}
