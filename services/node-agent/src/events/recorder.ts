import { ApiError } from '@reckon/api';
import { repetitionOf, type Stored, timesOf } from '@reckon/client';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { ObjectReference } from '@reckon/proto/reckon/api/core/v1/reference.ts';
import type { Clock, Logger } from '@reckon/service';
import type { NodeApi } from '../api/types.ts';
import type { StoredPod } from '../pod/model.ts';
import type { PodEvent } from '../pod/types.ts';

export interface EventRecorderOptions {
  readonly api: Pick<NodeApi, 'createEvent' | 'repeatEvent'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodeName: string;
}

interface Told {
  readonly namespace: string;
  readonly name: string;
  count: number;
}

interface Pending {
  readonly regarding: ObjectReference;
  readonly event: PodEvent;
  readonly atMs: number;
}

/** People read the component's name in `kubectl describe`, and look for this one. */
const COMPONENT = 'kubelet';
/** Events that the API has not taken yet; more than this are dropped, the oldest first. */
const MAX_PENDING = 1_000;
const LAST_WORDS_MS = 500;
/** Events that are remembered, to count repetitions. */
const MAX_REMEMBERED = 4_096;

/**
 * Tells people what happens, as Event objects. Never waited for and never retried: an Event is a courtesy, and must
 * not hold up what it is about. The same words about the same object become a series.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #pending: Pending[] = [];
  readonly #told = new Map<string, Told>();
  #sending: Promise<void> | undefined;
  #stopped = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  aboutPod(pod: StoredPod, event: PodEvent): void {
    const { namespace, name, uid, resourceVersion } = pod.metadata;
    // An orphan is known by name only: nobody could look its events up.
    if (!resourceVersion) return;
    const fieldPath = event.container === undefined ? undefined : containerPath(pod, event.container);
    const regarding = { kind: 'Pod', apiVersion: 'v1', namespace, name, uid, resourceVersion };
    this.#record(fieldPath ? { ...regarding, fieldPath } : regarding, event);
  }

  aboutNode(node: Stored<Node>, event: PodEvent): void {
    const { name, uid } = node.metadata;
    this.#record({ kind: 'Node', apiVersion: 'v1', name, uid }, event);
  }

  /** Takes nothing more; resolves once what was recorded is sent, or was given a moment. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#sending) await Promise.race([this.#sending, this.#options.clock.sleep(LAST_WORDS_MS)]);
    this.#pending.length = 0;
  }

  #record(regarding: ObjectReference, event: PodEvent): void {
    if (this.#stopped) return;
    this.#pending.push({ regarding, event, atMs: this.#options.clock.nowMs() });
    if (this.#pending.length > MAX_PENDING) this.#pending.shift();
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  async #send(): Promise<void> {
    for (let next = this.#pending.shift(); next; next = this.#pending.shift()) {
      try {
        await this.#write(next);
      } catch (cause) {
        const error = ApiError.from(cause);
        // The namespace is being deleted, and the pod with it.
        if (error.reason === 'NotFound' || error.reason === 'Forbidden') continue;
        this.#options.log.warn('an event could not be recorded', { reason: next.event.reason, error });
      }
    }
  }

  async #write({ regarding, event, atMs }: Pending): Promise<void> {
    const { api, nodeName } = this.#options;
    const { type, reason, message } = event;
    const key = JSON.stringify([regarding.uid, regarding.fieldPath, type, reason, message]);
    const told = this.#told.get(key);
    if (told) {
      try {
        await api.repeatEvent(told, repetitionOf({ count: told.count + 1, lastMs: atMs }));
        told.count++;
        return;
      } catch (error) {
        if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
      }
    }
    const namespace = regarding.namespace ?? 'default';
    const name = `${regarding.name}.${this.#uniqueSuffix(atMs)}`;
    await api.createEvent({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace, name },
      involvedObject: regarding,
      reason,
      message,
      type,
      source: { component: COMPONENT, host: nodeName },
      action: reason,
      ...timesOf({ count: 1, firstMs: atMs, lastMs: atMs }),
      reportingComponent: COMPONENT,
      reportingInstance: nodeName,
    });
    this.#told.set(key, { namespace, name, count: 1 });
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= MAX_REMEMBERED) break;
      this.#told.delete(oldest);
    }
  }

  #lastSuffix = 0n;

  /** As the kubelet names events: the time in nanoseconds, made unique. */
  #uniqueSuffix(atMs: number): string {
    const now = BigInt(Math.round(atMs)) * 1_000_000n;
    this.#lastSuffix = now > this.#lastSuffix ? now : this.#lastSuffix + 1n;
    return this.#lastSuffix.toString(16);
  }
}

function containerPath(pod: StoredPod, name: string): string {
  const { initContainers, ephemeralContainers } = pod.spec ?? {};
  const isIn = (list: readonly { readonly name?: string }[] = []) => list.some((each) => each.name === name);
  if (isIn(initContainers)) return `spec.initContainers{${name}}`;
  return `spec.${isIn(ephemeralContainers) ? 'ephemeralContainers' : 'containers'}{${name}}`;
}
