import { deepFreeze } from '@reckon/api';
import type { KubeObject } from '../verbs/types.ts';
import type { Entry, ValuePolicy } from './entry.ts';

/**
 * Keeps the parsed values of the entries that were parsed last and lets the others be parsed again when needed: a
 * parsed object takes several times the memory of its bytes.
 */
export class RecentValues implements ValuePolicy {
  readonly #slots: (Entry | undefined)[];
  readonly #freeze: boolean;
  #next = 0;

  constructor(options: { readonly capacity: number; readonly freeze: boolean }) {
    this.#slots = new Array<Entry | undefined>(options.capacity).fill(undefined);
    this.#freeze = options.freeze;
  }

  remember(entry: Entry): void {
    if (this.#slots.length === 0) return;
    this.#slots[this.#next]?.forgetValue();
    this.#slots[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#slots.length;
  }

  protect(value: KubeObject): KubeObject {
    return this.#freeze ? deepFreeze(value) : value;
  }
}
