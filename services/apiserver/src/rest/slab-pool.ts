/** What a slab holds: a list of 5,000 small pods is some sixty of them. */
export const SLAB_BYTES = 256 * 1024;

/** Kept for the next list; more than these are left to the garbage collector. */
const KEPT = 32;

/**
 * Buffers that lists are assembled in, used again once they have been written: fresh memory of that size costs more
 * (page faults, garbage collection) than the copying itself.
 */
export class SlabPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
  }

  /** Nobody may look at it any more. */
  give(slab: Buffer): void {
    if (this.#free.length < KEPT) this.#free.push(slab);
  }
}
