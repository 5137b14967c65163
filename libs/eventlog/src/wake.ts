/** Wakes one waiter; raised while nobody waits, it wakes the next one at once. */
export class Wake {
  #raised = false;
  #resolve: (() => void) | undefined;

  raise(): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    if (resolve) resolve();
    else this.#raised = true;
  }

  wait(): Promise<void> {
    if (this.#raised) {
      this.#raised = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
