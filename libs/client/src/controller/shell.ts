/**
 * The impure shell around any controller. For each key, one pass at a time:
 *
 *   take ─▶ wait until the projection shows our own last write ─▶ observe ─▶ plan ─▶ execute ─▶ done
 *                                                                                      │
 *                         conflict, outage, refusal: the key comes back after a backoff ◀┘
 *
 * A large object (a ReplicaSet of a thousand pods, each of which changes) rests after each pass for a multiple of the time
 * that planning took, so that it neither keeps the others waiting nor writes its status for every single change.
 *
 * Waiting for our own last write replaces Kubernetes' expectations: a plan never acts twice on the same observation.
 * Passes over different keys run side by side; observing and planning themselves are synchronous, so that a snapshot
 * is the projection itself. What a crash interrupts is planned again from the state at hand, whatever was written.
 */
import type { Revision } from '@reckon/api';
import { ApiError } from '@reckon/api';
import { type Clock, type Logger, type Metrics, type Random, silentLogger } from '@reckon/service';
import type { Change, Projection } from '../projection/types.ts';
import { type BackoffOptions, type Work, WorkQueue } from '../queue/work-queue.ts';
import type { ApiClient } from '../types.ts';
import { changesNothing, statusChangesNothing } from './changes-nothing.ts';
import type { EventRecorder } from './event-recorder.ts';
import { execute } from './execute.ts';
import { type ControllerMetrics, controllerMetrics, type PassResult } from './metrics.ts';
import type { ActionFailure, Controller, Key, Plan, WatchRule } from './types.ts';

export interface ShellOptions<Desired, Observed> {
  readonly controller: Controller<Desired, Observed>;
  readonly projection: Projection;
  readonly api: ApiClient;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Logger | undefined;
  readonly metrics?: Metrics | undefined;
  /** Keys that are worked on at the same time. */
  readonly workers?: number | undefined;
  readonly backoff?: BackoffOptions | undefined;
}

/** What is remembered about a key between its passes. */
interface KeyMemory {
  cause: Revision | undefined;
  /** Our last write, and the log it went to. */
  written: Revision;
  logId: string;
  /** The projection has not shown that write yet, and the key comes back when it does. */
  waiting: boolean;
  failures: readonly ActionFailure[];
  /** Time that the last observation and plan took. */
  lookedForMs: number;
}

const DEFAULT_WORKERS = 16;

/** A key that takes long to look at is looked at less often: it rests so many times as long as that took. */
const REST = 10;
const MAX_REST_MS = 200;
/** Looks that are shorter than this cost nothing worth resting for. */
const CHEAP_MS = 3;

export class ControllerShell<Desired, Observed> {
  readonly #options: ShellOptions<Desired, Observed>;
  readonly #controller: Controller<Desired, Observed>;
  readonly #projection: Projection;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #metrics: ControllerMetrics;
  readonly #queue: WorkQueue;
  readonly #rules = new Map<string, WatchRule[]>();
  readonly #memory = new Map<Key, KeyMemory>();

  constructor(options: ShellOptions<Desired, Observed>) {
    this.#options = options;
    this.#controller = options.controller;
    this.#projection = options.projection;
    this.#clock = options.clock;
    this.#log = (options.log ?? silentLogger).with({ controller: options.controller.name });
    this.#metrics = controllerMetrics(options.metrics, options.controller.name);
    this.#queue = new WorkQueue({ clock: options.clock, backoff: options.backoff });
    for (const rule of options.controller.watches) {
      const rules = this.#rules.get(rule.resource.groupResource);
      if (rules) rules.push(rule);
      else this.#rules.set(rule.resource.groupResource, [rule]);
    }
  }

  /** Works until the signal is aborted; then stops at once, and resolves when the passes under way have ended. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const resources = this.#controller.watches.map(({ resource }) => resource);
    const unsubscribe = this.#projection.subscribe((change) => this.#enqueue(change), resources);
    const onAbort = () => this.#queue.close();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#enqueuePresent();
    try {
      const workers = this.#options.workers ?? DEFAULT_WORKERS;
      await Promise.all(Array.from({ length: workers }, () => this.#work(signal)));
    } finally {
      signal.removeEventListener('abort', onAbort);
      unsubscribe();
    }
  }

  #enqueue(change: Change): void {
    for (const rule of this.#rules.get(change.resource.groupResource) ?? []) {
      try {
        for (const key of rule.keys(change, this.#projection)) this.#queue.add(key, change.revision);
      } catch (error) {
        this.#log.error('a watch rule failed', {
          resource: change.resource.groupResource,
          revision: change.revision,
          error,
        });
      }
    }
  }

  /** What the projection held before we listened. */
  #enqueuePresent(): void {
    for (const [rule] of this.#rules.values()) {
      if (!rule) continue;
      for (const change of this.#projection.present(rule.resource)) this.#enqueue(change);
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const work = await this.#queue.take();
      if (!work || signal.aborted) return;
      this.#metrics.waited(work.waitedMs / 1_000);
      this.#metrics.depth(this.#queue.depth);
      const startMs = this.#clock.monotonicMs();
      const result = await this.#passSafely(work, signal);
      this.#metrics.passed(result, (this.#clock.monotonicMs() - startMs) / 1_000);
      this.#rest(work.key);
    }
  }

  /** It is done once it has rested; what changes meanwhile asks for one more pass. The worker goes on. */
  #rest(key: Key): void {
    const memory = this.#memory.get(key);
    const costMs = memory?.lookedForMs ?? 0;
    if (costMs < CHEAP_MS) this.#queue.done(key);
    else this.#clock.after(Math.min(costMs * REST, MAX_REST_MS), () => this.#queue.done(key));
  }

  async #passSafely(work: Work, signal: AbortSignal): Promise<PassResult> {
    try {
      return await this.#pass(work, signal);
    } catch (error) {
      if (signal.aborted) return 'again';
      this.#log.error('a pass failed', { key: work.key, error });
      this.#queue.retry(work.key);
      return 'failed';
    }
  }

  async #pass({ key, cause }: Work, signal: AbortSignal): Promise<PassResult> {
    const memory = this.#memoryOf(key);
    if (cause !== undefined) memory.cause = cause;
    if (memory.logId === this.#projection.logId && this.#projection.revision < memory.written) {
      this.#returnWhenWritten(key, memory, signal);
      return 'behind';
    }
    const startMs = this.#clock.monotonicMs();
    memory.lookedForMs = 0;
    const observation = this.#controller.observe(this.#projection, key);
    if (!observation) {
      this.#memory.delete(key);
      this.#queue.forget(key);
      return 'gone';
    }
    const now = this.#clock.nowMs();
    const plan = this.#controller.plan({ ...observation, now, failures: memory.failures });
    memory.lookedForMs = this.#clock.monotonicMs() - startMs;
    return this.#execute(key, memory, plan, signal);
  }

  async #execute(key: Key, memory: KeyMemory, plan: Plan, signal: AbortSignal): Promise<PassResult> {
    const { api, events, random } = this.#options;
    const { name } = this.#controller;
    const { cause } = memory;
    const { logId, revision: seen } = this.#projection;
    const outcome = await execute(withoutIdleStatus(plan), {
      api,
      options: { cause, requestId: random.uuid(), fieldManager: name, signal },
      changesNothing: (action) => changesNothing(this.#projection, action),
      recordEvent: (event) => events.record(event, { component: name, cause }),
      seen,
      wrote: (verb, isIdle) => this.#metrics.wrote(verb, isIdle),
    });
    if (outcome.revision > 0) {
      memory.written = outcome.revision;
      memory.logId = logId;
    }
    memory.failures = outcome.refused;
    if (plan.wakeAtMs !== undefined) this.#queue.addAt(key, plan.wakeAtMs);
    if (outcome.interrupted.length === 0 && outcome.refused.length === 0) {
      this.#queue.forget(key);
      return 'done';
    }
    if (signal.aborted) return 'again';
    this.#queue.retry(key);
    for (const error of outcome.interrupted) {
      this.#log.debug('planning again', { key, reason: error.reason, error: error.message });
    }
    for (const { action, error } of outcome.refused) {
      this.#log.warn('the API refused an action', {
        key,
        action: action.type,
        reason: error.reason,
        error: error.message,
      });
    }
    return outcome.refused.length > 0 ? 'refused' : 'again';
  }

  /** Not the worker waits, the key does. */
  #returnWhenWritten(key: Key, memory: KeyMemory, signal: AbortSignal): void {
    if (memory.waiting) return;
    memory.waiting = true;
    this.#projection.waitFor(memory.written, signal).then(
      () => {
        memory.waiting = false;
        this.#queue.add(key);
      },
      (error) => this.#log.debug('stopped waiting', { key, error: ApiError.from(error).message }),
    );
  }

  #memoryOf(key: Key): KeyMemory {
    let memory = this.#memory.get(key);
    if (!memory) {
      memory = { cause: undefined, written: 0, logId: '', waiting: false, failures: [], lookedForMs: 0 };
      this.#memory.set(key, memory);
    }
    return memory;
  }
}

function withoutIdleStatus(plan: Plan): Plan {
  return plan.status && statusChangesNothing(plan.status) ? { ...plan, status: undefined } : plan;
}
