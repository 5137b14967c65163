import { ApiError, type Revision } from '@reckon/api';
import { type ApiClient, PODS } from '@reckon/client';
import type { Clock } from '@reckon/service';
import type { Assignment } from '../plan/types.ts';

export interface BinderOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export type BindResult =
  | { readonly bound: true }
  /** The pod is bound, gone or going already: the log will tell. */
  | { readonly bound: false; readonly stale: true; readonly error: ApiError }
  | { readonly bound: false; readonly stale: false; readonly error: ApiError };

export const FIELD_MANAGER = 'kube-scheduler';

/** Longest wait between two tries of one binding while the API server is away. */
const MAX_RETRY_MS = 5_000;

/**
 * Writes bindings. While nobody can say whether a binding has happened (an outage, a deadline) the same one is tried
 * again, so that the pod stays counted where it may be.
 */
export class Binder {
  readonly #options: BinderOptions;

  constructor(options: BinderOptions) {
    this.#options = options;
  }

  async bind(assignment: Assignment, cause: Revision): Promise<BindResult> {
    const { clock, signal } = this.#options;
    for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, MAX_RETRY_MS)) {
      try {
        await this.#write(assignment, cause);
        return { bound: true };
      } catch (error) {
        const failure = ApiError.from(error);
        if (signal.aborted) return { bound: false, stale: true, error: failure };
        if (failure.reason === 'Conflict' || failure.reason === 'NotFound') {
          return { bound: false, stale: true, error: failure };
        }
        if (failure.retry !== 'later') return { bound: false, stale: false, error: failure };
      }
      await clock.sleep(delayMs, signal).catch(() => undefined);
    }
  }

  async #write({ pod, nodeName, because }: Assignment, cause: Revision): Promise<void> {
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
      target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
    };
    const { api, signal } = this.#options;
    await api.create(PODS, binding, {
      subresource: 'binding',
      cause,
      because,
      fieldManager: FIELD_MANAGER,
      signal,
    });
  }
}
