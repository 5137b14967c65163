/** A flag that one loop waits for and others raise; raised while nobody waits, it is kept. */
export class Wake {
  #raised = false;
  #resolve: (() => void) | undefined;

  raise(): void {
    if (this.#resolve) {
      this.#resolve();
      this.#resolve = undefined;
    } else {
      this.#raised = true;
    }
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
