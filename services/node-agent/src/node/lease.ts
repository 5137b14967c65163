import { ApiError, type OwnerReference } from '@reckon/api';
import type { Clock, Logger } from '@reckon/service';
import type { NodeApi } from '../api/types.ts';

export interface LeaseOptions {
  readonly api: Pick<NodeApi, 'renewLease'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodeName: string;
  /** What the Lease goes with: the Node, as the API has it. */
  readonly owner: () => OwnerReference | undefined;
  readonly renewEveryMs: number;
}

/** Who watches the Lease learns from its duration how often it is renewed: four times, as a kubelet's. */
const RENEWALS = 4;

/**
 * The node's sign of life: a Lease of its name, renewed at a steady beat. A renewal that is late or fails is not
 * repeated, the next one is as good.
 */
export class LeaseKeeper {
  readonly #options: LeaseOptions;
  #cancel: () => void = () => {};
  #running = false;
  #failures = 0;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, renewEveryMs } = this.#options;
    void this.#renew();
    this.#cancel = clock.every(renewEveryMs, () => void this.#renew());
  }

  stop(): void {
    this.#cancel();
  }

  async #renew(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    const { api, clock, log, nodeName, owner, renewEveryMs } = this.#options;
    try {
      // MicroTime: six digits.
      const renewTime = new Date(clock.nowMs()).toISOString().replace('Z', '000Z');
      const leaseDurationSeconds = Math.ceil((renewEveryMs * RENEWALS) / 1_000);
      const spec = { holderIdentity: nodeName, leaseDurationSeconds, renewTime };
      await api.renewLease(nodeName, spec, owner());
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      log.warn('the lease of the node could not be renewed', {
        failures: this.#failures,
        error: ApiError.from(error),
      });
    } finally {
      this.#running = false;
    }
  }
}
