import type { Runtime, RuntimeEvent, Subscription } from '../types.ts';

/** Everything a runtime told since it was made; tests wait for what they expect instead of sleeping. */
export class EventLog {
  readonly events: RuntimeEvent[] = [];
  readonly #subscription: Subscription;
  readonly #waiting = new Set<() => void>();

  constructor(runtime: Runtime) {
    this.#subscription = runtime.events((event) => {
      this.events.push(event);
      for (const check of this.#waiting) check();
    });
  }

  /** The first event, past or to come, that matches. */
  next(matches: (event: RuntimeEvent) => boolean): Promise<RuntimeEvent> {
    return new Promise((resolve) => {
      const check = () => {
        const found = this.events.find(matches);
        if (!found) return;
        this.#waiting.delete(check);
        resolve(found);
      };
      this.#waiting.add(check);
      check();
    });
  }

  close(): void {
    this.#subscription.close();
  }
}
