import { ApiError, findCondition, isPodFinished, type Revision, rfc3339, setCondition } from '@reckon/api';
import {
  type ApiClient,
  type EventRecorder,
  nameOf,
  PODS,
  type Projection,
  type Stored,
} from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { PodCondition } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';
import type { Clock, Logger } from '@reckon/service';
import type { PodRequest } from '../plan/types.ts';
import { FIELD_MANAGER } from './binder.ts';
import { COMPONENT } from './unschedulable.ts';

export interface EvictorOptions {
  readonly projection: Projection;
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly signal: AbortSignal;
}

export interface Eviction {
  readonly victim: PodRequest;
  /** The pod that needs the room. */
  readonly preemptor: PodRequest;
  readonly nodeName: string;
}

const REASON = 'PreemptionByScheduler';
const MAX_RETRY_MS = 5_000;

/** Makes room: tells a pod's owner by a condition why it goes (KEP-3329), then deletes it with its own grace. */
export class Evictor {
  readonly #options: EvictorOptions;

  constructor(options: EvictorOptions) {
    this.#options = options;
  }

  /**
   * True once the victim is on its way out or gone; false if it stays, because that was refused or because nobody
   * wants it any more. Through outages it is tried again.
   */
  async evict(eviction: Eviction, isWanted: () => boolean, cause: Revision): Promise<boolean> {
    const { clock, log, signal } = this.#options;
    for (let delayMs = 20; !signal.aborted; delayMs = Math.min(2 * delayMs, MAX_RETRY_MS)) {
      const pod = this.#latest(eviction.victim);
      if (!pod || isPodFinished(pod) || pod.metadata.deletionTimestamp) return true;
      if (!isWanted()) return false;
      try {
        await this.#write(pod, eviction, cause);
        return true;
      } catch (error) {
        const failure = ApiError.from(error);
        if (failure.reason === 'NotFound') return true;
        if (failure.retry === 'never') {
          const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
          log.warn('a pod of lower priority could not be deleted', { pod: name, error: failure.message });
          return false;
        }
      }
      await clock.sleep(delayMs, signal).catch(() => undefined);
    }
    return false;
  }

  #latest({ namespace, name, uid }: PodRequest): Stored<Pod> | undefined {
    const pod = this.#options.projection.get(PODS, namespace, name);
    return pod?.metadata.uid === uid ? pod : undefined;
  }

  async #write(pod: Stored<Pod>, { victim, preemptor, nodeName }: Eviction, cause: Revision): Promise<void> {
    const { api, events, signal } = this.#options;
    // The preemptor's name is for those who may see it: the chain of causes leads to it.
    const because = `a pod of higher priority (${preemptor.priority}, this one has ${victim.priority}) needs the room on ${nodeName}`;
    const write = { cause, because, fieldManager: FIELD_MANAGER, signal };
    if (!isMarked(pod)) await api.update(PODS, this.#marked(pod), { ...write, subresource: 'status' });
    const message = `Preempted by pod ${preemptor.uid} on node ${nodeName}`;
    events.record(
      { regarding: pod, type: 'Normal', reason: 'Preempted', action: 'Preempting', message },
      { component: COMPONENT, cause },
    );
    await api.delete(PODS, nameOf(pod), { ...write, preconditions: { uid: victim.uid } });
  }

  #marked(pod: Stored<Pod>): Stored<Pod> {
    const condition: PodCondition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: REASON,
      message: `${COMPONENT}: preempting to accommodate a higher priority pod`,
    };
    const conditions = setCondition(pod.status?.conditions, condition, rfc3339(this.#options.clock.nowMs()));
    return { ...pod, status: { ...pod.status, conditions } };
  }
}

function isMarked(pod: Stored<Pod>): boolean {
  const present = findCondition(pod.status?.conditions, 'DisruptionTarget');
  return present?.status === 'True' && present.reason === REASON;
}
