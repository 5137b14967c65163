import { ApiError } from '@reckon/api';
import type { Clock, Logger } from '@reckon/service';
import type { NodeApi } from '../../api/types.ts';
import type { StoredPod } from '../model.ts';
import type { PodStatusValue } from '../status/pod-status.ts';
import { describeChange, isMinor, statusPatch } from './status-patch.ts';

export interface StatusWriterOptions {
  readonly api: Pick<NodeApi, 'patchPodStatus'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The newest object known. */
  readonly current: () => StoredPod;
  /** Told what a write made of the object. */
  readonly onWritten: (pod: StoredPod) => void;
}

/** A change that interests nobody by itself waits for company for so long. */
const MINOR_DELAY_MS = 250;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 10_000;

/**
 * Keeps the status of one pod in the API as it should be. One write at a time; whatever changes meanwhile goes with
 * the next one, so a burst of changes costs two writes and the first of them goes out at once. A minor change (the
 * sandbox is there, the container not yet) waits a moment: mostly the next one makes its own write superfluous.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  #wanted: PodStatusValue | undefined;
  #writing: Promise<void> | undefined;
  /** Something was asked for while a write was on its way. */
  #again = false;
  /** A patch that changed nothing, and the revision it left: an API that keeps something else is not asked for ever. */
  #vain: { readonly patch: string; readonly resourceVersion: string | undefined } | undefined;
  #stopped = false;
  #cancelMinor: (() => void) | undefined;
  #cancelWait: () => void = () => {};

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  write(status: PodStatusValue): void {
    if (this.#stopped) return;
    this.#wanted = status;
    this.#start({ minorToo: false });
  }

  #start(what: { readonly minorToo: boolean }): void {
    if (this.#writing) {
      this.#again = true;
      return;
    }
    this.#writing = this.#run(what.minorToo).finally(() => {
      this.#writing = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.#start({ minorToo: false });
    });
  }

  /** Resolves once the API has what matters of what was wanted last, or the pod is gone from it. */
  async flushed(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** The pod is gone: nothing is written any more. */
  stop(): void {
    this.#stopped = true;
    this.#cancelMinor?.();
    this.#cancelWait();
  }

  async #run(minorToo: boolean): Promise<void> {
    let waitMs = RETRY_MIN_MS;
    while (!this.#stopped && this.#wanted) {
      const pod = this.#options.current();
      const patch = statusPatch(pod.status, this.#wanted);
      if (!patch || this.#isInVain(pod, patch)) return;
      if (isMinor(patch) && !minorToo) return this.#postpone();
      this.#cancelMinor?.();
      this.#cancelMinor = undefined;
      try {
        await this.#patch(pod, patch, describeChange(pod.status, this.#wanted));
        waitMs = RETRY_MIN_MS;
      } catch (cause) {
        const error = ApiError.from(cause);
        if (error.reason === 'NotFound' || error.reason === 'Conflict') return this.stop();
        this.#options.log.warn('the status of a pod could not be written', { pod: pod.metadata.name, error });
        await this.#wait(waitMs);
        waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
      }
    }
  }

  #postpone(): void {
    this.#cancelMinor ??= this.#options.clock.after(MINOR_DELAY_MS, () => {
      this.#cancelMinor = undefined;
      this.#start({ minorToo: true });
    });
  }

  async #patch(pod: StoredPod, patch: PodStatusValue, because: string): Promise<void> {
    const { namespace = '', name, uid, resourceVersion } = pod.metadata;
    const why = { cause: Number(resourceVersion), because };
    const written = await this.#options.api.patchPodStatus({ namespace, name, uid }, patch, why);
    this.#vain = { patch: JSON.stringify(patch), resourceVersion: written.metadata.resourceVersion };
    this.#options.onWritten(written);
  }

  #isInVain(pod: StoredPod, patch: PodStatusValue): boolean {
    return (
      this.#vain?.resourceVersion === pod.metadata.resourceVersion &&
      this.#vain?.patch === JSON.stringify(patch)
    );
  }

  #wait(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(delayMs, resolve);
    this.#cancelWait = () => {
      cancel();
      resolve();
    };
    return promise;
  }
}
