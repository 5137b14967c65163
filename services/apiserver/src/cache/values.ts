import { deepFreeze } from '@reckon/api';
import type { KubeObject } from '../verbs/types.ts';
import type { Entry, ValuePolicy } from './entry.ts';

/** Of encoded objects whose values are kept: large ones must not push memory up by their number. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Keeps the parsed values of the entries that were parsed last and lets the others be parsed again when needed: a
 * parsed object takes several times the memory of its bytes. Superseded entries are held here, too, so that there is a
 * bound in bytes beside the one in number.
 */
export class RecentValues implements ValuePolicy {
  readonly #slots: (Entry | undefined)[];
  readonly #freeze: boolean;
  #next = 0;
  #oldest = 0;
  #bytes = 0;

  constructor(options: { readonly capacity: number; readonly freeze: boolean }) {
    this.#slots = new Array<Entry | undefined>(options.capacity).fill(undefined);
    this.#freeze = options.freeze;
  }

  remember(entry: Entry): void {
    if (this.#slots.length === 0) return;
    if (this.#slots[this.#next]) this.#letGo();
    this.#slots[this.#next] = entry;
    this.#bytes += entry.sizeBytes;
    const latest = this.#next;
    this.#next = (this.#next + 1) % this.#slots.length;
    while (this.#bytes > MAX_BYTES && this.#oldest !== latest) this.#letGo();
  }

  protect(value: KubeObject): KubeObject {
    return this.#freeze ? deepFreeze(value) : value;
  }

  #letGo(): void {
    const entry = this.#slots[this.#oldest];
    this.#slots[this.#oldest] = undefined;
    this.#oldest = (this.#oldest + 1) % this.#slots.length;
    if (!entry) return;
    entry.forgetValue();
    this.#bytes -= entry.sizeBytes;
  }
}
