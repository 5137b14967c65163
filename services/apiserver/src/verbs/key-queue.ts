/**
 * Lines up writers that contend for one object: each prepares its write against what the one before it made of the
 * object, instead of all of them missing their compare-and-swap but one.
 */
export class KeyQueue {
  readonly #tails = new Map<string, Promise<void>>();

  /** Somebody works on that key, or waits to. */
  has(key: string): boolean {
    return this.#tails.has(key);
  }

  /** Runs `work` after all earlier work of that key. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(key);
    let done = () => {};
    const tail = new Promise<void>((resolve) => {
      done = resolve;
    });
    this.#tails.set(key, tail);
    try {
      await before;
      return await work();
    } finally {
      done();
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
