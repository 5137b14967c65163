import { type Revision, resourceVersionTooLarge } from '@reckon/api';
import type { Clock } from '@reckon/service';

interface Waiter {
  readonly rev: Revision;
  readonly done: () => void;
}

/** Those who wait for the cache to reach a revision. */
export class RevisionWaiters {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves once `reached` was called with `rev` or more; fails with Timeout after `timeoutMs`. */
  wait(rev: Revision, timeoutMs: number, head: () => Revision): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        rev,
        done: () => {
          cancel();
          resolve();
        },
      };
      const cancel = this.#clock.after(timeoutMs, () => {
        this.#waiters.delete(waiter);
        reject(resourceVersionTooLarge(rev, head()));
      });
      this.#waiters.add(waiter);
    });
  }

  reached(rev: Revision): void {
    for (const waiter of this.#waiters) {
      if (waiter.rev > rev) continue;
      this.#waiters.delete(waiter);
      waiter.done();
    }
  }
}
