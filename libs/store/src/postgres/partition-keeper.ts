import type { Head } from '@reckon/api';
import type { Clock, Logger } from '@reckon/service';
import { apiErrorOf } from './errors.ts';
import { ensurePartitions } from './partitions.ts';
import type { Reader } from './reader.ts';
import { readHead } from './reads/head.ts';

const RETRY_MS = 5000;

/** Sees to it that the log never runs out of room. */
export class PartitionKeeper {
  readonly #reader: Reader;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #size: number;
  /** The first revision that has no room yet. */
  #end = 0;
  #rev = 0;
  #making: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;

  constructor(deps: { reader: Reader; clock: Clock; log: Logger; size: number }) {
    this.#reader = deps.reader;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#size = deps.size;
  }

  /** Resolves once there is room for at least so many revisions after the head, wherever others have brought it. */
  async make(count = 0): Promise<void> {
    await this.#making;
    this.#making = this.#make(count).finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  /** The head has moved on: makes room in the background when it comes near the end. */
  advanced(head: Head): void {
    this.#rev = Math.max(this.#rev, head.rev);
    if (this.#making || this.#cancelRetry || this.#rev + this.#size / 2 < this.#end) return;
    this.make().catch((error: unknown) => {
      this.#log.error('cannot make room in the log, trying again', { error: apiErrorOf(error).message });
      this.#cancelRetry = this.#clock.after(RETRY_MS, () => {
        this.#cancelRetry = undefined;
        this.advanced(head);
      });
    });
  }

  close(): void {
    this.#cancelRetry?.();
  }

  async #make(count: number): Promise<void> {
    this.#end = await this.#reader.read(async (db) => {
      const { rev } = await readHead(db);
      return ensurePartitions(db, { rev: rev + count, size: this.#size });
    });
  }
}
