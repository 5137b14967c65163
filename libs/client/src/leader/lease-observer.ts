import { ApiError } from '@reckon/api';
import type { Lease } from '@reckon/proto/reckon/api/coordination/v1/lease.ts';
import type { Clock } from '@reckon/service';
import { Backoff } from '../backoff.ts';
import { LEASES } from '../resources.ts';
import type { ApiClient, ObjectName, Stored } from '../types.ts';
import { Wake } from '../wake.ts';

export interface LeaseObserverOptions {
  readonly api: Pick<ApiClient, 'watch'>;
  readonly clock: Clock;
  readonly lease: ObjectName;
  readonly identity: string;
}

/** Follows one lease and tells when it may be taken. */
export class LeaseObserver {
  readonly #options: LeaseObserverOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #wake = new Wake();
  readonly #running: Promise<void>;
  #known = false;
  #lease: Stored<Lease> | undefined;
  #seenMs = 0;

  constructor(options: LeaseObserverOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    this.#signal.addEventListener('abort', () => this.#wake.raise(), { once: true });
    this.#running = this.#follow();
  }

  /** The lease as it is when it may be taken (undefined: there is none); also resolves once the signal is aborted. */
  async untilFree(): Promise<Stored<Lease> | undefined> {
    const { clock } = this.#options;
    while (!this.#signal.aborted) {
      const freeInMs = this.#freeInMs();
      if (freeInMs <= 0) return this.#lease;
      const cancel = Number.isFinite(freeInMs) ? clock.after(freeInMs, () => this.#wake.raise()) : () => {};
      await this.#wake.wait();
      cancel();
    }
    return this.#lease;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #freeInMs(): number {
    if (!this.#known) return Number.POSITIVE_INFINITY;
    const { holderIdentity, leaseDurationSeconds = 0 } = this.#lease?.spec ?? {};
    if (!holderIdentity || holderIdentity === this.#options.identity) return 0;
    return this.#seenMs + leaseDurationSeconds * 1_000 - this.#options.clock.monotonicMs();
  }

  async #follow(): Promise<void> {
    const { api, clock, lease } = this.#options;
    const backoff = new Backoff(clock, { baseMs: 100, maxMs: 2_000 });
    while (!this.#signal.aborted) {
      try {
        for await (const events of api.watch(LEASES, {
          namespace: lease.namespace,
          fieldSelector: `metadata.name=${lease.name}`,
          signal: this.#signal,
        })) {
          backoff.reset();
          for (const event of events) {
            if (event.type === 'BOOKMARK') {
              // A beginning that named no lease: there is none.
              if (event.initialEventsEnd && !this.#known) this.#see(undefined);
            } else this.#see(event.type === 'DELETED' ? undefined : event.object);
          }
        }
      } catch (error) {
        if (this.#signal.aborted) return;
        // What is already known keeps ageing: an unreachable API server makes nobody a leader, for taking is a write.
        if (ApiError.from(error).retry === 'never') this.#known = false;
      }
      await backoff.wait(this.#signal).catch(() => undefined);
    }
  }

  #see(lease: Stored<Lease> | undefined): void {
    const same = lease?.metadata.resourceVersion === this.#lease?.metadata.resourceVersion;
    if (this.#known && same) return;
    this.#known = true;
    this.#lease = lease;
    this.#seenMs = this.#options.clock.monotonicMs();
    this.#wake.raise();
  }
}
