import type { Clock } from '@reckon/service';
import type { LeaderLock, Leadership } from '../types.ts';
import type { MemoryLog } from './memory-log.ts';

const RETRY_MS = 500;

export class MemoryLeaderLock implements LeaderLock {
  readonly #log: MemoryLog;
  readonly #clock: Clock;
  readonly #name: string;

  constructor(log: MemoryLog, { clock, name }: { readonly clock: Clock; readonly name: string }) {
    this.#log = log;
    this.#clock = clock;
    this.#name = name;
  }

  async acquire(signal: AbortSignal): Promise<Leadership> {
    signal.throwIfAborted();
    while (!this.#log.tryLead(this.#name)) await this.#clock.sleep(RETRY_MS, signal);
    const lost = new AbortController();
    return {
      lost: lost.signal,
      release: async () => {
        if (lost.signal.aborted) return;
        this.#log.resign(this.#name);
        lost.abort(new Error('given up'));
      },
    };
  }
}
