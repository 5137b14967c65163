import { ApiError, findCondition, type Revision, rfc3339, setCondition } from '@reckon/api';
import { type ApiClient, type EventRecorder, PODS, type Stored } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { PodCondition } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';
import type { Clock, Logger } from '@reckon/service';
import { FIELD_MANAGER } from './binder.ts';

export const COMPONENT = 'default-scheduler';

const MAX_RETRY_MS = 5_000;

export interface TellerOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly signal: AbortSignal;
}

/** Tells people, and whoever watches the pod, that it fits nowhere: once for each thing that there is to tell. */
export class UnschedulableTeller {
  readonly #options: TellerOptions;

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  /** `latest` gives the pod as it is now, or undefined once this is no longer what there is to tell. */
  async tell(latest: () => Stored<Pod> | undefined, message: string, cause: Revision): Promise<void> {
    const { clock, events, log, signal } = this.#options;
    let recorded = false;
    for (let delayMs = 20; !signal.aborted; delayMs = Math.min(2 * delayMs, MAX_RETRY_MS)) {
      const pod = latest();
      if (!pod || isTold(pod, message)) return;
      if (!recorded) {
        const about = { regarding: pod, type: 'Warning', reason: 'FailedScheduling' } as const;
        events.record({ ...about, action: 'Scheduling', message }, { component: COMPONENT, cause });
        recorded = true;
      }
      try {
        await this.#write(pod, message, cause);
        return;
      } catch (error) {
        const failure = ApiError.from(error);
        if (signal.aborted || failure.reason === 'NotFound') return;
        if (failure.retry === 'never') {
          log.warn('a pod could not be told that it fits nowhere', {
            pod: `${pod.metadata.namespace}/${pod.metadata.name}`,
            error: failure.message,
          });
          return;
        }
      }
      await clock.sleep(delayMs, signal).catch(() => undefined);
    }
  }

  async #write(pod: Stored<Pod>, message: string, cause: Revision): Promise<void> {
    const { api, clock, signal } = this.#options;
    const condition: PodCondition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
    };
    const conditions = setCondition(pod.status?.conditions, condition, rfc3339(clock.nowMs()));
    await api.update(
      PODS,
      { ...pod, status: { ...pod.status, conditions } },
      { subresource: 'status', cause, because: message, fieldManager: FIELD_MANAGER, signal },
    );
  }
}

function isTold(pod: Stored<Pod>, message: string): boolean {
  const present = findCondition(pod.status?.conditions, 'PodScheduled');
  return present?.status === 'False' && present.reason === 'Unschedulable' && present.message === message;
}
