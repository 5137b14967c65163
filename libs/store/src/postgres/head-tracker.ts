import type { Head } from '@reckon/api';
import type { Logger } from '@reckon/service';

/** The newest head that this process has heard of, from its own commits, from others' notifications and from reads. */
export class HeadTracker {
  readonly #log: Logger;
  readonly #listeners = new Set<(head: Head) => void>();
  /** Logs that have been replaced: news of them that comes late is no news. */
  readonly #replaced = new Set<string>();
  #head: Head;

  constructor(head: Head, log: Logger) {
    this.#head = head;
    this.#log = log;
  }

  get head(): Head {
    return this.#head;
  }

  advance(head: Head): void {
    if (head.logId === this.#head.logId) {
      if (head.rev <= this.#head.rev) return;
    } else {
      if (this.#replaced.has(head.logId)) return;
      this.#replaced.add(this.#head.logId);
      this.#log.warn('the log has been replaced by another one', { from: this.#head, to: head });
    }
    this.#head = head;
    for (const listener of this.#listeners) listener(head);
  }

  onHead(listener: (head: Head) => void): () => void {
    // A function of its own, so that the same listener can be added twice.
    const own = (head: Head) => listener(head);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }
}
