import { type Frozen, SERVICES } from '@reckon/client';
import type { Subscription } from '@reckon/cri';
import type { Service } from '@reckon/proto/reckon/api/core/v1/service.ts';
import type { NodeApi } from './api/types.ts';

/** All Services of the cluster, kept up to date: containers find the way to them in their environment. */
export class ServicesView {
  readonly #services = new Map<string, Frozen<Service>>();
  readonly #first = Promise.withResolvers<void>();
  readonly #subscription: Subscription;

  constructor(api: Pick<NodeApi, 'follow'>) {
    const key = (service: Frozen<Service>) => `${service.metadata?.namespace}/${service.metadata?.name}`;
    this.#subscription = api.follow<Service>(
      SERVICES,
      {},
      {
        replace: (services) => {
          this.#services.clear();
          for (const service of services) this.#services.set(key(service), service);
          this.#first.resolve();
        },
        put: (service) => void this.#services.set(key(service), service),
        remove: (service) => void this.#services.delete(key(service)),
      },
    );
  }

  /** Waits for the first answer of the API: an environment without Services would be wrong for ever. */
  async all(): Promise<readonly Frozen<Service>[]> {
    await this.#first.promise;
    return [...this.#services.values()];
  }

  stop(): void {
    this.#subscription.close();
  }
}
