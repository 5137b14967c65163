/**
 * The control plane in one process under virtual time, from one seed: two schedulers and two controller managers that
 * elect leaders, over the API in memory; writes that fail or whose answers are lost; processes that are killed; nodes
 * that fall silent. The same seed gives the same log, event for event.
 */
import { ApiError, type LogRecord, rfc3339 } from '@reckon/api';
import {
  type ApiClient,
  EventRecorder,
  InterceptedApi,
  LEASES,
  LeaderElector,
  LogProjection,
  MemoryApi,
  NODES,
  nameOf,
  PODS,
  type ResourceType,
  type Stored,
  type Term,
} from '@reckon/client';
import { runControlLoops } from '@reckon/controller-manager/control-loops.ts';
import { ALL_RESOURCES } from '@reckon/controller-manager/resources.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { SCHEDULER_RESOURCES } from '@reckon/scheduler/resources.ts';
import { Scheduler } from '@reckon/scheduler/shell/scheduler.ts';
import { SeededRandom, silentLogger, VirtualClock } from '@reckon/service';

const STEP_MS = 100;
const HEARTBEAT_MS = 1_000;
const LEASE_S = 4;
const NODE_GRACE_MS = 6_000;
const TIMING = { leaseSeconds: 5, renewDeadlineSeconds: 3, retrySeconds: 1 };

export interface Faults {
  /** Chance of a write that does not happen. */
  readonly refused: number;
  /** Chance of a write that happens and whose answer is lost. */
  readonly unanswered: number;
  /** Chance, at each step, that one process is killed and another takes its place. */
  readonly killed: number;
}

/** What a node agent does with its time. */
interface Agent {
  /** When its Lease is to be renewed next. */
  beatAtMs: number;
  /** Until then it does nothing at all; then it does what was due. */
  stalledUntilMs: number;
}

const NO_FAULTS: Faults = { refused: 0, unanswered: 0, killed: 0 };

export class SimulatedCluster {
  readonly clock = new VirtualClock();
  readonly api: MemoryApi;
  faults: Faults = NO_FAULTS;
  /** How often something went wrong. */
  readonly count = { refused: 0, unanswered: 0, killed: 0 };
  readonly #random: SeededRandom;
  readonly #chance: SeededRandom;
  readonly #nodes = new Map<string, Agent>();
  readonly #processes: Process[] = [];
  readonly #ended: Promise<void>[] = [];

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#chance = new SeededRandom(seed + 1);
    this.api = new MemoryApi({ clock: this.clock, random: this.#random });
    for (const kind of [SCHEDULER, CONTROLLER_MANAGER]) {
      for (const name of ['a', 'b']) this.#processes.push(this.#start(kind, name));
    }
  }

  async addNode(name: string, cpu: string): Promise<void> {
    this.#nodes.set(name, { beatAtMs: this.clock.nowMs(), stalledUntilMs: 0 });
    await this.api.create(NODES, { metadata: { name } });
    await this.api.create(LEASES, { metadata: { name, namespace: 'kube-node-lease' } });
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: rfc3339(this.clock.nowMs()) }];
    const status = { allocatable: { cpu, memory: '8Gi', pods: '110' }, conditions };
    const target = { namespace: '', name };
    await this.api.patch(NODES, target, { type: 'merge', value: { status } }, { subresource: 'status' });
  }

  /** Its agent hangs for so long, and then goes on. */
  stallNode(name: string, ms: number): void {
    const agent = this.#nodes.get(name);
    if (agent) agent.stalledUntilMs = this.clock.nowMs() + ms;
  }

  /** It falls silent, with whatever runs there. */
  loseNode(name: string): void {
    this.#nodes.delete(name);
  }

  async pods(): Promise<readonly Stored<Pod>[]> {
    return (await this.api.list(PODS, { namespace: 'default' })).items;
  }

  async log(): Promise<readonly LogRecord[]> {
    const records: LogRecord[] = [];
    for await (const chunk of this.api.readLog({ after: 0 })) records.push(...chunk.records);
    return records;
  }

  /** Lets virtual time pass, with everybody working; `check` sees every step. */
  async run(ms: number, check: () => Promise<void> = async () => {}): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) {
      this.#killSomebody();
      await this.#beat();
      await this.#runPods();
      await this.clock.advance(STEP_MS);
      await check();
    }
  }

  async stop(): Promise<void> {
    for (const process of this.#processes) this.#ended.push(process.kill());
    await this.clock.advance(10_000);
    await Promise.all(this.#ended);
  }

  #start(kind: ProcessKind, name: string): Process {
    const { clock } = this;
    const api = new InterceptedApi(this.api.as(kind.user), {
      before: () => {
        if (this.#chance.next() >= this.faults.refused) return;
        this.count.refused++;
        throw new ApiError('ServiceUnavailable', 'simulated: no connection');
      },
      after: () => {
        if (this.#chance.next() >= this.faults.unanswered) return;
        this.count.unanswered++;
        throw new ApiError('Timeout', 'simulated: no answer');
      },
    });
    return new Process(kind, name, { api, clock, random: this.#random });
  }

  #killSomebody(): void {
    if (this.#chance.next() >= this.faults.killed) return;
    const at = Math.floor(this.#chance.next() * this.#processes.length);
    const victim = this.#processes[at];
    if (!victim) return;
    this.count.killed++;
    this.#ended.push(victim.kill());
    this.#processes[at] = this.#start(victim.kind, victim.name);
  }

  #works(node: string): boolean {
    const agent = this.#nodes.get(node);
    return agent !== undefined && agent.stalledUntilMs <= this.clock.nowMs();
  }

  async #beat(): Promise<void> {
    const nowMs = this.clock.nowMs();
    for (const [name, agent] of this.#nodes) {
      if (!this.#works(name) || agent.beatAtMs > nowMs) continue;
      while (agent.beatAtMs <= nowMs) agent.beatAtMs += HEARTBEAT_MS;
      const value = {
        spec: { holderIdentity: name, leaseDurationSeconds: LEASE_S, renewTime: rfc3339(nowMs) },
      };
      await this.api.patch(LEASES, { namespace: 'kube-node-lease', name }, { type: 'merge', value });
    }
  }

  /** What node agents would do: run what is bound, end what is deleted. */
  async #runPods(): Promise<void> {
    for (const pod of await this.pods()) {
      if (!this.#works(pod.spec?.nodeName ?? '')) continue;
      const target = nameOf(pod);
      const { uid, deletionTimestamp } = pod.metadata;
      if (deletionTimestamp) {
        await this.api.delete(PODS, target, { gracePeriodSeconds: 0, preconditions: { uid } });
      } else if (pod.status?.phase !== 'Running') {
        const now = rfc3339(this.clock.nowMs());
        const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: now }];
        const value = { status: { phase: 'Running', conditions } };
        await this.api.patch(PODS, target, { type: 'merge', value }, { subresource: 'status' });
      }
    }
  }
}

interface ProcessKind {
  readonly user: string;
  readonly lease: string;
  readonly resources: readonly ResourceType[];
  lead(term: Term, parts: { readonly clock: VirtualClock; readonly random: SeededRandom }): Promise<void>;
}

const SCHEDULER: ProcessKind = {
  user: 'system:kube-scheduler',
  lease: 'kube-scheduler',
  resources: SCHEDULER_RESOURCES,
  lead: (term, { clock }) => new Scheduler({ ...term, clock, log: silentLogger }, term.signal).run(),
};

const CONTROLLER_MANAGER: ProcessKind = {
  user: 'system:kube-controller-manager',
  lease: 'kube-controller-manager',
  resources: ALL_RESOURCES,
  lead: (term, parts) =>
    runControlLoops({ ...term, ...parts, workers: 4, nodeGraceMs: NODE_GRACE_MS }, term.signal),
};

interface ProcessParts {
  readonly api: ApiClient;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
}

class Process {
  readonly kind: ProcessKind;
  readonly name: string;
  readonly #stop = new AbortController();
  readonly #projection: LogProjection;
  readonly #events: EventRecorder;
  readonly #running: Promise<void>;

  constructor(kind: ProcessKind, name: string, parts: ProcessParts) {
    const { api, clock, random } = parts;
    this.kind = kind;
    this.name = name;
    this.#projection = new LogProjection({ api, clock, resources: kind.resources });
    this.#events = new EventRecorder({ api, clock, instance: name });
    const lease = { namespace: 'kube-system', name: kind.lease };
    const elector = new LeaderElector({ api, clock, random, lease, identity: name, timing: TIMING });
    this.#running = this.#projection.start().then(
      () =>
        elector.run(async ({ signal, revision, api: fenced }) => {
          await this.#projection.waitFor(revision, signal);
          await kind.lead({ projection: this.#projection, events: this.#events, api: fenced, signal }, parts);
        }, this.#stop.signal),
      () => undefined,
    );
  }

  /** Nothing is begun any more; what is under way ends as the wire lets it. */
  async kill(): Promise<void> {
    this.#stop.abort(new ApiError('ServiceUnavailable', 'simulated: killed'));
    await this.#projection.stop();
    await this.#events.close();
    await this.#running;
  }
}
