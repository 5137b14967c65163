import type { Revision } from '@reckon/api';

interface Waiter {
  readonly rev: Revision;
  readonly resolve: () => void;
}

/** Those who wait for a revision. */
export class RevisionWaiters {
  readonly #waiters = new Set<Waiter>();

  wait(rev: Revision, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#waiters.delete(waiter);
        reject(signal?.reason);
      };
      const waiter = {
        rev,
        resolve: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  reached(rev: Revision): void {
    for (const waiter of this.#waiters) {
      if (waiter.rev > rev) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
