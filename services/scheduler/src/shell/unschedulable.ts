import { ApiError, findCondition, type Revision, rfc3339, setCondition } from '@reckon/api';
import { type ApiClient, type EventRecorder, PODS, type Stored } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { PodCondition } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';
import type { Clock, Logger } from '@reckon/service';
import { FIELD_MANAGER } from './binder.ts';
import { nominatedNodeOf } from './pending-pods.ts';

export const COMPONENT = 'default-scheduler';

const MAX_RETRY_MS = 5_000;

export interface TellerOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly signal: AbortSignal;
}

export interface Telling {
  /** In Kubernetes' words. */
  readonly message: string;
  /** The node where room is being made; undefined: none. */
  readonly nominatedTo: string | undefined;
  /** What more there is to say about that. */
  readonly because: string | undefined;
}

/** The revision at which the pod says it; or there was something else to tell meanwhile; or nobody may tell it. */
export type Told = Revision | 'superseded' | 'refused';

/** Tells people, and whoever watches the pod, that it fits nowhere: once for each thing that there is to tell. */
export class UnschedulableTeller {
  readonly #options: TellerOptions;

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  /** `latest` gives the pod as it is now, or undefined once this is no longer what there is to tell. */
  async tell(latest: () => Stored<Pod> | undefined, telling: Telling, cause: Revision): Promise<Told> {
    const { clock, events, log, signal } = this.#options;
    const { message } = telling;
    let recorded = false;
    for (let delayMs = 20; !signal.aborted; delayMs = Math.min(2 * delayMs, MAX_RETRY_MS)) {
      const pod = latest();
      if (!pod) return 'superseded';
      if (isTold(pod, telling)) return Number(pod.metadata.resourceVersion);
      if (!recorded && !saysWhy(pod, message)) {
        const about = { regarding: pod, type: 'Warning', reason: 'FailedScheduling' } as const;
        events.record({ ...about, action: 'Scheduling', message }, { component: COMPONENT, cause });
        recorded = true;
      }
      try {
        return await this.#write(pod, telling, cause);
      } catch (error) {
        const failure = ApiError.from(error);
        if (signal.aborted || failure.reason === 'NotFound') return 'superseded';
        if (failure.retry === 'never') {
          log.warn('a pod could not be told that it fits nowhere', {
            pod: `${pod.metadata.namespace}/${pod.metadata.name}`,
            error: failure.message,
          });
          return 'refused';
        }
      }
      await clock.sleep(delayMs, signal).catch(() => undefined);
    }
    return 'superseded';
  }

  async #write(pod: Stored<Pod>, telling: Telling, cause: Revision): Promise<Revision> {
    const { api, clock, signal } = this.#options;
    const { message, nominatedTo } = telling;
    const condition: PodCondition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
    };
    const conditions = setCondition(pod.status?.conditions, condition, rfc3339(clock.nowMs()));
    const because = [message, telling.because ?? noLongerNominated(pod)].filter(Boolean).join(' ');
    const { revision } = await api.update(
      PODS,
      { ...pod, status: { ...pod.status, conditions, nominatedNodeName: nominatedTo } },
      { subresource: 'status', cause, because, fieldManager: FIELD_MANAGER, signal },
    );
    return revision;
  }
}

function isTold(pod: Stored<Pod>, { message, nominatedTo }: Telling): boolean {
  return saysWhy(pod, message) && nominatedNodeOf(pod) === nominatedTo;
}

function saysWhy(pod: Stored<Pod>, message: string): boolean {
  const present = findCondition(pod.status?.conditions, 'PodScheduled');
  return present?.status === 'False' && present.reason === 'Unschedulable' && present.message === message;
}

function noLongerNominated(pod: Stored<Pod>): string | undefined {
  const nodeName = nominatedNodeOf(pod);
  return nodeName && `No room is made for it on ${nodeName} any more.`;
}
