import type { Entry } from './entry.ts';

/** Sees every object of one resource, each change before anybody who waits for its revision. Must not throw. */
export interface Observer {
  put(entry: Entry, previous: Entry | undefined): void;
  /** @param entry the last that was put. */
  remove(entry: Entry): void;
}

export class Observers {
  readonly #byResource = new Map<string, Observer[]>();

  add(resource: string, observer: Observer): void {
    const there = this.#byResource.get(resource);
    if (there) there.push(observer);
    else this.#byResource.set(resource, [observer]);
  }

  put(resource: string, entry: Entry, previous: Entry | undefined): void {
    const observers = this.#byResource.get(resource);
    if (observers) for (const observer of observers) observer.put(entry, previous);
  }

  remove(resource: string, entry: Entry): void {
    const observers = this.#byResource.get(resource);
    if (observers) for (const observer of observers) observer.remove(entry);
  }
}
