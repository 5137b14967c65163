/**
 * The impure shell of the scheduler for one term of leadership. Changes of the projection keep a model of the cluster;
 * all pods that are ready are planned together, in one pass over one state, as soon as the batch of changes that made
 * them ready has been taken in; bindings are sent side by side while the next pass may already run. What was bound is
 * counted at once (assumed) and confirmed by the log.
 */
import { isPodFinished, type Revision } from '@reckon/api';
import {
  type ApiClient,
  type Change,
  type EventRecorder,
  NAMESPACES,
  NODES,
  POD_DISRUPTION_BUDGETS,
  PODS,
  type Projection,
  type Stored,
} from '@reckon/client';
import type { Namespace } from '@reckon/proto/reckon/api/core/v1/namespace.ts';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { aborted, type Clock, type Logger, type Metrics } from '@reckon/service';
import { budgetOf } from '../model/budget-facts.ts';
import { ClusterModel, type Effect } from '../model/cluster-model.ts';
import { plan } from '../plan/plan.ts';
import { podRequestOf } from '../plan/pod-request.ts';
import type { Assignment, Nomination, PodRequest, Rejection, Room } from '../plan/types.ts';
import { Binder } from './binder.ts';
import { Evictor } from './evictor.ts';
import { type SchedulerMetrics, schedulerMetrics } from './metrics.ts';
import { type PendingPod, PendingPods } from './pending-pods.ts';
import { Slots } from './slots.ts';
import { COMPONENT, UnschedulableTeller } from './unschedulable.ts';

export interface SchedulerOptions {
  /** Holds SCHEDULER_RESOURCES. */
  readonly projection: Projection;
  readonly api: ApiClient;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Metrics | undefined;
}

/** Pods name the scheduler that they want; this is the one they get if they name none. */
const SCHEDULER_NAME = 'default-scheduler';
/** Bindings under way at once. */
const MAX_BINDING = 256;
/** Pods that are being told at once that they fit nowhere: that must not keep others from being bound. */
const MAX_TELLING = 32;
/** Pods that are being asked to go at once. */
const MAX_EVICTING = 32;
const DELAY_MS = 500;
const MAX_DELAY_MS = 60_000;

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  readonly #metrics: SchedulerMetrics;
  readonly #model = new ClusterModel();
  readonly #pending = new PendingPods();
  readonly #bindSlots = new Slots(MAX_BINDING);
  readonly #tellSlots = new Slots(MAX_TELLING);
  readonly #evictSlots = new Slots(MAX_EVICTING);
  readonly #binder: Binder;
  readonly #evictor: Evictor;
  readonly #teller: UnschedulableTeller;
  readonly #running = new Set<Promise<void>>();
  readonly #timers = new Set<() => void>();
  #passDue = false;

  constructor(options: SchedulerOptions, signal: AbortSignal) {
    this.#options = options;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#signal = signal;
    this.#metrics = schedulerMetrics(options.metrics);
    this.#binder = new Binder({ ...options, signal });
    this.#evictor = new Evictor({ ...options, signal });
    this.#teller = new UnschedulableTeller({ ...options, signal });
  }

  /** The pods that have no node yet. */
  get pending(): PendingPods {
    return this.#pending;
  }

  /** Works until the signal is aborted; then begins nothing more, and resolves when what is under way has ended. */
  async run(): Promise<void> {
    const { projection } = this.#options;
    const unsubscribe = projection.subscribe((change) => this.#changed(change));
    for (const node of projection.list(NODES)) this.#model.nodeSeen(node);
    for (const namespace of projection.list(NAMESPACES)) this.#model.namespaceSeen(namespace);
    for (const pod of projection.list(PODS)) this.#podSeen(pod, Number(pod.metadata.resourceVersion));
    this.#requestPass();
    try {
      await aborted(this.#signal);
    } finally {
      unsubscribe();
      for (const cancel of this.#timers) cancel();
      await Promise.allSettled(this.#running);
    }
  }

  #changed(change: Change): void {
    if (isOf(change, NODES)) this.#nodeChanged(change);
    else if (isOf(change, PODS)) this.#podChanged(change);
    else if (isOf(change, NAMESPACES)) this.#namespaceChanged(change);
    if (this.#pending.readyCount > 0) this.#requestPass();
  }

  #nodeChanged({ operation, object, revision }: Change<Node>): void {
    if (operation === 'delete') this.#model.nodeGone(object.metadata.name);
    else if (this.#model.nodeSeen(object)) this.#pending.help('any', revision);
  }

  #namespaceChanged({ operation, object, revision }: Change<Namespace>): void {
    if (operation === 'delete') this.#model.namespaceGone(object.metadata.name);
    else if (this.#model.namespaceSeen(object)) this.#pending.help('any', revision);
  }

  #podChanged({ operation, object, previous, revision }: Change<Pod>): void {
    // A namesake that took the place of one whose deletion a reload has hidden.
    if (previous && previous.metadata.uid !== object.metadata.uid) this.#podGone(previous, revision);
    if (operation === 'delete') this.#podGone(object, revision);
    else this.#podSeen(object, revision);
  }

  #podGone(pod: Stored<Pod>, revision: Revision): void {
    const kept = this.#pending.gone(pod.metadata.uid)?.nominatedTo !== undefined;
    const effect = this.#model.podGone(pod.metadata.uid);
    if (kept || effect) this.#pending.help('freed', revision);
  }

  #podSeen(pod: Stored<Pod>, revision: Revision): void {
    const { uid } = pod.metadata;
    if (isToBeScheduled(pod)) {
      this.#pending.seen(pod, revision, this.#clock.monotonicMs());
      return;
    }
    const kept = this.#pending.gone(uid)?.nominatedTo !== undefined;
    const effect = this.#model.podSeen(pod);
    if (effect) this.#pending.help(effect, revision);
    if (kept) this.#pending.help('freed', revision);
  }

  /** Once all changes of the present batch have been taken in. */
  #requestPass(): void {
    if (this.#passDue) return;
    this.#passDue = true;
    queueMicrotask(() => {
      this.#passDue = false;
      if (!this.#signal.aborted) this.#pass();
    });
  }

  #pass(): void {
    const taken = this.#pending.take();
    if (taken.length === 0) return;
    const startMs = this.#clock.monotonicMs();
    const { assignments, rejections, withdrawals } = plan({
      pods: taken.map(({ pod }) => podRequestOf(pod)),
      nodes: this.#model.nodes(),
      nominations: this.#nominations(),
      namespaces: this.#model.namespaces(),
      budgets: this.#options.projection.list(POD_DISRUPTION_BUDGETS).map(budgetOf),
    });
    for (const { room } of rejections) for (const { uid } of room?.victims ?? []) this.#model.letGo(uid);
    for (const rejection of rejections) this.#pending.wait(rejection);
    for (const { pod, nodeName } of assignments) this.#placed(pod, nodeName);
    const joined = assignments[0] && this.#pending.get(assignments[0].pod.uid);
    if (joined) this.#help('joined', joined.cause);
    for (const { uid } of withdrawals) this.#withdraw(uid);
    this.#metrics.planned(taken.length, (this.#clock.monotonicMs() - startMs) / 1_000);
    this.#metrics.attempted('unschedulable', rejections.length);
    this.#metrics.pending(this.#pending);
    for (const assignment of assignments) this.#start(this.#bind(assignment));
    for (const rejection of rejections) this.#start(this.#reject(rejection));
  }

  /** Whoever is being bound has taken his room, or does not need it. */
  #nominations(): readonly Nomination[] {
    return this.#pending
      .nominated()
      .flatMap(({ pod, nominatedTo }) =>
        nominatedTo === undefined || this.#model.isAssumed(pod.metadata.uid)
          ? []
          : { pod: podRequestOf(pod), nodeName: nominatedTo },
      );
  }

  #placed(pod: PodRequest, nodeName: string): void {
    this.#model.assume(pod, nodeName);
    const cause = this.#pending.get(pod.uid)?.cause;
    if (this.#pending.placed(pod.uid, nodeName) && cause !== undefined) this.#help('freed', cause);
  }

  #withdraw(uid: string): void {
    const cause = this.#pending.get(uid)?.cause;
    if (cause === undefined) return;
    this.#pending.withdraw(uid, cause);
    this.#requestPass();
  }

  #help(what: Effect, cause: Revision): void {
    this.#pending.help(what, cause);
    if (this.#pending.readyCount > 0) this.#requestPass();
  }

  async #bind(assignment: Assignment): Promise<void> {
    const { uid } = assignment.pod;
    const pending = this.#pending.get(uid);
    if (!pending) return;
    const result = await this.#bindSlots.use(() => this.#binder.bind(assignment, pending.cause));
    if (this.#signal.aborted) return;
    if (result.bound) {
      this.#metrics.attempted('scheduled', 1);
      this.#metrics.bound((this.#clock.monotonicMs() - pending.sinceMs) / 1_000);
      this.#tellBound(assignment, pending);
      return;
    }
    this.#metrics.attempted('error', 1);
    const pod = `${assignment.pod.namespace}/${assignment.pod.name}`;
    const level = result.stale ? 'debug' : 'warn';
    this.#log[level]('a binding was refused', {
      pod,
      node: assignment.nodeName,
      error: result.error.message,
    });
    if (this.#model.forget(uid)) this.#pending.help('freed', pending.cause);
    this.#delay(uid);
    this.#requestPass();
  }

  #delay(uid: string): void {
    this.#pending.delay(uid);
    const failures = this.#pending.get(uid)?.failures;
    if (failures === undefined) return;
    const delayMs = Math.min(DELAY_MS * 2 ** (failures - 1), MAX_DELAY_MS);
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      this.#pending.ready(uid);
      this.#help('freed', this.#options.projection.revision);
    });
    this.#timers.add(cancel);
  }

  #tellBound({ pod, nodeName }: Assignment, pending: PendingPod): void {
    const message = `Successfully assigned ${pod.namespace}/${pod.name} to ${nodeName}`;
    this.#options.events.record(
      { regarding: pending.pod, type: 'Normal', reason: 'Scheduled', action: 'Binding', message },
      { component: COMPONENT, cause: pending.cause },
    );
  }

  async #reject(rejection: Rejection): Promise<void> {
    const { pod, message, room } = rejection;
    const cause = this.#pending.get(pod.uid)?.cause;
    if (cause === undefined) return;
    const nominatedTo = room?.nodeName;
    const latest = () => {
      const pending = this.#pending.get(pod.uid);
      const holds =
        pending?.state === 'waiting' &&
        pending.rejection?.message === message &&
        pending.nominatedTo === nominatedTo;
      return holds ? pending.pod : undefined;
    };
    const because = room && `${capitalized(room.because)}.`;
    const told = await this.#tellSlots.use(() =>
      this.#teller.tell(latest, { message, nominatedTo, because }, cause),
    );
    if (room && room.victims.length > 0)
      await this.#makeRoom(pod, room, told === 'superseded' ? cause : told);
  }

  /** After the nomination has been written, so that it is known why they go, whoever is killed when. */
  async #makeRoom(preemptor: PodRequest, room: Room, cause: Revision | 'refused'): Promise<void> {
    const { nodeName, victims } = room;
    const isWanted = () => this.#pending.get(preemptor.uid)?.nominatedTo === nodeName;
    const goes = await Promise.all(
      victims.map(async (victim) => {
        if (cause === 'refused') return false;
        const eviction = { victim, preemptor, nodeName };
        const evict = () => this.#evictor.evict(eviction, isWanted, cause);
        return await this.#evictSlots.use(evict);
      }),
    );
    if (this.#signal.aborted) return;
    this.#metrics.evicted(goes.filter(Boolean).length);
    const staying = victims.filter((_, at) => !goes[at]);
    if (staying.length === 0) return;
    for (const { uid } of staying) this.#model.keep(uid);
    // Others may count on their going.
    if (isWanted()) this.#delay(preemptor.uid);
    else this.#help('freed', this.#options.projection.revision);
  }

  #start(work: Promise<void>): void {
    const running = work
      .catch((error) => this.#log.error('the scheduler failed at a pod', { error }))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }
}

function isToBeScheduled(pod: Stored<Pod>): boolean {
  const { nodeName, schedulerName = SCHEDULER_NAME, schedulingGates = [] } = pod.spec ?? {};
  return (
    !nodeName &&
    !isPodFinished(pod) &&
    !pod.metadata.deletionTimestamp &&
    schedulerName === SCHEDULER_NAME &&
    schedulingGates.length === 0
  );
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function isOf<T extends Namespace | Node | Pod>(
  change: Change,
  resource: { readonly groupResource: string; readonly object?: T },
): change is Change<T> {
  return change.resource.groupResource === resource.groupResource;
}
