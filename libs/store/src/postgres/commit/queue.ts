import { ApiError } from '@reckon/api';
import type { Pending } from './pending.ts';

/** A batch holds the head row for its length: bounded, so that it stays well below a second on a slow disk. */
const MAX_TRANSACTIONS = 256;
const MAX_DEMANDS = 1024;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Transactions in the order they came. A batch takes as many as can be committed together: none may write what another
 * one of the batch writes or demands, because all demands are checked against the state before the batch. Who has to
 * wait goes before everybody else in the next batch.
 */
export class CommitQueue {
  #waiting: Pending[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  push(pending: Pending): void {
    this.#waiting.push(pending);
  }

  /** Back to the front, in the order given. */
  unshift(pending: readonly Pending[]): void {
    this.#waiting.unshift(...pending);
  }

  takeAll(): readonly Pending[] {
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }

  /** The next batch; empty only if nothing waits. All of it was made for the same log. */
  takeBatch(): readonly Pending[] {
    this.#waiting = this.#waiting.filter((pending) => !isGivenUp(pending));
    const batch: Pending[] = [];
    const later: Pending[] = [];
    const written = new Set<string>();
    const demanded = new Set<string>();
    const [first] = this.#waiting;
    let bytes = 0;
    let demands = 0;
    let seen = 0;
    for (const pending of this.#waiting) {
      if (batch.length > 0 && (bytes + pending.bytes > MAX_BYTES || demands >= MAX_DEMANDS)) break;
      if (batch.length === MAX_TRANSACTIONS) break;
      seen++;
      const fits = pending.logId === first?.logId && !collides(pending, written, demanded);
      // Those who have to wait keep their turn: nobody overtakes them for the same object.
      for (const key of pending.written) written.add(key);
      for (const key of pending.demanded) demanded.add(key);
      if (!fits) {
        later.push(pending);
        continue;
      }
      batch.push(pending);
      bytes += pending.bytes;
      demands += pending.written.length + pending.demanded.length;
    }
    this.#waiting = seen === this.#waiting.length ? later : [...later, ...this.#waiting.slice(seen)];
    return batch;
  }
}

/** Whoever asked for it has gone: he is told, should he still listen. */
function isGivenUp({ transaction, reject }: Pending): boolean {
  if (!transaction.signal?.aborted) return false;
  reject(new ApiError('Timeout', 'the request was given up before it was carried out'));
  return true;
}

function collides(pending: Pending, written: ReadonlySet<string>, demanded: ReadonlySet<string>): boolean {
  return (
    pending.written.some((key) => written.has(key) || demanded.has(key)) ||
    pending.demanded.some((key) => written.has(key))
  );
}
