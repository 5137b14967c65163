import type { Revision } from '@reckon/api';

/**
 * Asks for the head of the log on behalf of many: everybody who calls before a query is sent shares its answer. A
 * query that was sent before the call does not count, because a commit may have been acknowledged in between.
 */
export class HeadConfirmer {
  readonly #ask: () => Promise<Revision>;
  #queued: Promise<Revision> | undefined;
  #flight: Promise<Revision> | undefined;

  constructor(ask: () => Promise<Revision>) {
    this.#ask = ask;
  }

  /** A revision that is not older than any commit acknowledged before the call. */
  confirm(): Promise<Revision> {
    if (this.#queued) return this.#queued;
    if (!this.#flight) return this.#send();
    const sendQueued = () => {
      this.#queued = undefined;
      return this.#send();
    };
    this.#queued = this.#flight.then(sendQueued, sendQueued);
    return this.#queued;
  }

  #send(): Promise<Revision> {
    const flight = this.#ask();
    this.#flight = flight;
    const done = () => {
      if (this.#flight === flight) this.#flight = undefined;
    };
    flight.then(done, done);
    return flight;
  }
}
