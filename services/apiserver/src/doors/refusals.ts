import type { FlowKey } from './turns.ts';

export interface Refusal {
  readonly flow: FlowKey;
  readonly refuse: () => void;
}

/** Those that will be told to come back later, when it is time to tell them. */
export class Refusals {
  #all: Refusal[] = [];
  readonly #ofUser = new Map<string, number>();

  /** How many of a user's there are. */
  of(user: string): number {
    return this.#ofUser.get(user) ?? 0;
  }

  add(refusal: Refusal): void {
    const { user } = refusal.flow;
    this.#all.push(refusal);
    this.#ofUser.set(user, this.of(user) + 1);
  }

  takeAll(): readonly Refusal[] {
    const all = this.#all;
    this.#all = [];
    this.#ofUser.clear();
    return all;
  }
}
