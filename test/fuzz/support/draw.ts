import { SeededRandom } from '@reckon/service';

/** Choices from a seed. The same seed makes the same choices. */
export class Draw {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** From 0 on and less than `below`. */
  int(below: number): number {
    return Math.floor(this.#random.next() * below);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.int(times) === 0;
  }

  pick<T>(choice: readonly T[]): T {
    const one = choice[this.int(choice.length)];
    if (one === undefined) throw new Error('there is nothing to choose from');
    return one;
  }

  list<T>(most: number, make: () => T): readonly T[] {
    return Array.from({ length: this.int(most + 1) }, make);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.int(256));
  }
}
