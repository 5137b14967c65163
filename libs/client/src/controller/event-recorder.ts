import { createHash } from 'node:crypto';
import { ApiError, type Revision } from '@reckon/api';
import type { Event } from '@reckon/proto/reckon/api/core/v1/event.ts';
import { type Clock, type Logger, silentLogger } from '@reckon/service';
import { Backoff } from '../backoff.ts';
import { EVENTS } from '../resources.ts';
import type { ApiClient, WriteOptions } from '../types.ts';
import { type CorrelatedEvent, EventAggregator } from './event-aggregator.ts';
import { repetitionOf, timesOf } from './event-times.ts';
import { TokenBuckets } from './token-buckets.ts';
import type { EventSpec } from './types.ts';

export interface EventRecorderOptions {
  readonly api: Pick<ApiClient, 'create' | 'get' | 'patch'>;
  readonly clock: Clock;
  readonly log?: Logger | undefined;
  /** Which process: `reportingInstance`. */
  readonly instance: string;
  /** At most one write in so long for an event that repeats. */
  readonly repeatMs?: number | undefined;
}

export interface EventSource {
  /** `reportingComponent`: `replicaset-controller`. */
  readonly component: string;
  readonly cause?: Revision | undefined;
}

interface Recorded {
  /** Of a combined event the last one that it stands for. */
  spec: EventSpec;
  readonly combined: boolean;
  source: EventSource;
  count: number;
  firstMs: number;
  lastMs: number;
  /** Undefined until it has been written. */
  writtenMs: number | undefined;
  writtenCount: number;
  writing: boolean;
  cancelTimer: (() => void) | undefined;
}

/** Limits of the Kubernetes API (pkg/apis/core/validation/events.go). */
const MAX_MESSAGE_CHARS = 1_024;
/** Kubernetes' spam filter (client-go tools/record): 25 events an object at once, then one in five minutes. */
const BURST = 25;
const REFILL_MS = 300_000;
const MAX_REMEMBERED = 4_096;
const MAX_TRIES = 6;
const DEFAULT_REPEAT_MS = 10_000;

/**
 * Writes Events for people, beside the work and never in its way. The same event about the same object has the same
 * name, derived from what it says, so that repeating it, also after a restart or by another leader, only continues its
 * series. (client-go's tools/events takes events that differ in their notes for one series, too, and loses the notes.)
 * Best effort, as in Kubernetes: what cannot be written after some tries is logged and let go.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #log: Logger;
  /** By name, least recently used first. */
  readonly #recorded = new Map<string, Recorded>();
  readonly #buckets: TokenBuckets;
  readonly #aggregator = new EventAggregator();
  readonly #stop = new AbortController();
  readonly #writes = new Set<Promise<void>>();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLogger;
    this.#buckets = new TokenBuckets(options.clock, { burst: BURST, refillMs: REFILL_MS });
  }

  record(spec: EventSpec, source: EventSource): void {
    if (this.#stop.signal.aborted) return;
    const { uid } = spec.regarding.metadata;
    // Of each type: a rollout that is told of at length must not keep people from hearing of what goes wrong in it.
    if (!this.#buckets.take(`${source.component} ${uid} ${spec.type}`)) return;
    const nowMs = this.#options.clock.nowMs();
    const told = this.#aggregator.correlate(spec, source.component, nowMs);
    const name = eventName(told, source.component);
    const recorded = this.#recorded.get(name) ?? firstOf(told, source, nowMs);
    this.#recorded.delete(name);
    this.#recorded.set(name, recorded);
    recorded.count++;
    recorded.lastMs = nowMs;
    recorded.spec = told.spec;
    recorded.source = source;
    this.#schedule(name, recorded);
    this.#forgetOldest();
  }

  /** Resolves once nothing is being written; what waits for its time is not written. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const recorded of this.#recorded.values()) recorded.cancelTimer?.();
    this.#recorded.clear();
    await Promise.allSettled(this.#writes);
  }

  #schedule(name: string, recorded: Recorded): void {
    if (recorded.writing || recorded.cancelTimer) return;
    const { clock, repeatMs = DEFAULT_REPEAT_MS } = this.#options;
    const dueMs = recorded.writtenMs === undefined ? 0 : recorded.writtenMs + repeatMs - clock.nowMs();
    if (dueMs <= 0) this.#start(name, recorded);
    else
      recorded.cancelTimer = clock.after(dueMs, () => {
        recorded.cancelTimer = undefined;
        this.#start(name, recorded);
      });
  }

  #start(name: string, recorded: Recorded): void {
    recorded.writing = true;
    const write = this.#write(name, recorded).finally(() => {
      recorded.writing = false;
      this.#writes.delete(write);
      if (!this.#stop.signal.aborted && recorded.count > recorded.writtenCount)
        this.#schedule(name, recorded);
    });
    this.#writes.add(write);
  }

  async #write(name: string, recorded: Recorded): Promise<void> {
    const { signal } = this.#stop;
    const backoff = new Backoff(this.#options.clock, { baseMs: 50, maxMs: 5_000 });
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        recorded.writtenCount =
          recorded.writtenMs === undefined
            ? await this.#createOrAdopt(name, recorded)
            : await this.#countUp(name, recorded);
        recorded.writtenMs = this.#options.clock.nowMs();
        return;
      } catch (error) {
        if (signal.aborted) return;
        const failure = ApiError.from(error);
        if (failure.retry !== 'never' && tries < MAX_TRIES) {
          await backoff.wait(signal).catch(() => undefined);
          continue;
        }
        // In a namespace that is being deleted there is nobody left to tell.
        const level = failure.reason === 'Forbidden' ? 'debug' : 'warn';
        this.#log[level]('an event was not recorded', {
          reason: recorded.spec.reason,
          message: recorded.spec.message,
          error: failure.message,
        });
        recorded.writtenMs = this.#options.clock.nowMs();
        recorded.writtenCount = recorded.count;
        return;
      }
    }
  }

  /** The count that it has then. */
  async #createOrAdopt(name: string, recorded: Recorded): Promise<number> {
    const { count } = recorded;
    try {
      await this.#options.api.create(
        EVENTS,
        eventObject(name, recorded, this.#options.instance),
        this.#provenance(recorded),
      );
      return count;
    } catch (error) {
      if (ApiError.from(error).reason !== 'AlreadyExists') throw error;
      const present = await this.#options.api.get(EVENTS, { namespace: namespaceOf(recorded.spec), name });
      recorded.count += Math.max(present.count ?? 1, present.series?.count ?? 1);
      recorded.firstMs = Date.parse(present.firstTimestamp ?? '') || recorded.firstMs;
      return this.#countUp(name, recorded);
    }
  }

  async #countUp(name: string, recorded: Recorded): Promise<number> {
    const { count, lastMs } = recorded;
    const message = recorded.combined ? { message: messageOf(recorded.spec) } : {};
    const value = { ...repetitionOf({ count, lastMs }), ...message };
    try {
      await this.#options.api.patch(
        EVENTS,
        { namespace: namespaceOf(recorded.spec), name },
        { type: 'merge', value },
        this.#provenance(recorded),
      );
      return count;
    } catch (error) {
      if (ApiError.from(error).reason !== 'NotFound') throw error;
      recorded.count = Math.max(1, recorded.count - recorded.writtenCount);
      return this.#createOrAdopt(name, recorded);
    }
  }

  #provenance({ spec, source }: Recorded): WriteOptions {
    return {
      cause: source.cause,
      because: `${source.component} tells people: ${spec.reason}`,
      fieldManager: source.component,
      signal: this.#stop.signal,
    };
  }

  #forgetOldest(): void {
    for (const [name, recorded] of this.#recorded) {
      if (this.#recorded.size <= MAX_REMEMBERED) return;
      if (recorded.writing || recorded.cancelTimer) continue;
      this.#recorded.delete(name);
    }
  }
}

function firstOf(told: CorrelatedEvent, source: EventSource, nowMs: number): Recorded {
  return {
    ...told,
    source,
    count: 0,
    firstMs: nowMs,
    lastMs: nowMs,
    writtenMs: undefined,
    writtenCount: 0,
    writing: false,
    cancelTimer: undefined,
  };
}

/** `web-1.17f3a9c0d2b4e681`: like Kubernetes' names, but the same for the same event. */
function eventName({ spec, combined }: CorrelatedEvent, component: string): string {
  const { regarding, type, reason } = spec;
  const message = combined ? null : spec.message;
  const parts = [regarding.metadata.uid, type, reason, message, component];
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  return `${regarding.metadata.name.slice(0, 253 - 17)}.${hash}`;
}

function messageOf({ message }: EventSpec): string {
  return message.slice(0, MAX_MESSAGE_CHARS);
}

function namespaceOf(spec: EventSpec): string {
  return spec.regarding.metadata.namespace || 'default';
}

function eventObject(name: string, recorded: Recorded, instance: string): Event {
  const { spec, source } = recorded;
  const { apiVersion, kind, metadata } = spec.regarding;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: namespaceOf(spec) },
    involvedObject: {
      apiVersion,
      kind,
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
    },
    type: spec.type,
    reason: spec.reason,
    message: messageOf(spec),
    source: { component: source.component },
    reportingComponent: source.component,
    reportingInstance: instance,
    action: spec.action ?? spec.reason,
    ...timesOf(recorded),
  };
}
