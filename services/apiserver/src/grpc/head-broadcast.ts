import type { Head } from '@reckon/api';
import type { Clock } from '@reckon/service';

/** What the head is read from: the store. */
export interface HeadSource {
  /** As Postgres has it now. */
  head(): Promise<Head>;
  onHead(listener: (head: Head) => void): () => void;
}

const PERIOD_MS = 1_000;

/**
 * The head of the log for all who follow it: at every change that is heard of, and confirmed by Postgres every second.
 * While Postgres does not answer nothing is sent: a follower takes silence for what it is, not for "no change".
 */
export class HeadBroadcast {
  readonly #source: HeadSource;
  readonly #listeners = new Set<(head: Head) => void>();
  readonly #stops: readonly (() => void)[];
  #asking = false;

  constructor(source: HeadSource, clock: Clock) {
    this.#source = source;
    this.#stops = [
      source.onHead((head) => this.#tell(head)),
      clock.every(PERIOD_MS, () => void this.#confirm()),
    ];
  }

  /** The result ends it. The first call back is for the next change or confirmation. */
  follow(listener: (head: Head) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws ApiError ServiceUnavailable while Postgres does not answer. */
  now(): Promise<Head> {
    return this.#source.head();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  async #confirm(): Promise<void> {
    if (this.#asking || this.#listeners.size === 0) return;
    this.#asking = true;
    try {
      this.#tell(await this.#source.head());
    } catch {
      // Silence is the answer; the store itself reports its outage.
    } finally {
      this.#asking = false;
    }
  }

  #tell(head: Head): void {
    for (const listener of this.#listeners) listener(head);
  }
}
