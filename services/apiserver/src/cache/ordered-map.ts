/**
 * A map in key order with snapshots that cost nothing: the list pages of one request all read the snapshot that the
 * first page took, however much is written in between.
 *
 * Keys live in blocks of at most `BLOCK_LIMIT`. A block belongs to the map whose `#edit` token it carries; after a
 * snapshot nobody owns the present blocks, so the first write to each copies it (a few hundred pointers).
 */
const BLOCK_LIMIT = 512;

interface Block<V> {
  readonly edit: object;
  readonly keys: string[];
  readonly values: V[];
}

export interface Range {
  /** First key that may be visited. */
  readonly from: string;
  /** Keys at or after this one are not visited; undefined: to the end. */
  readonly before: string | undefined;
}

/** All keys that begin with `prefix` (which must not end in U+FFFF). */
export function prefixRange(prefix: string): Range {
  if (prefix === '') return { from: '', before: undefined };
  const last = prefix.charCodeAt(prefix.length - 1);
  return { from: prefix, before: prefix.slice(0, -1) + String.fromCharCode(last + 1) };
}

export class OrderedMap<V> {
  #blocks: Block<V>[];
  #edit: object = {};
  #ownsList = true;
  #size: number;

  constructor(blocks: Block<V>[] = [], size = 0) {
    this.#blocks = blocks;
    this.#size = size;
    this.#ownsList = blocks.length === 0;
  }

  /** From keys that are already unique; they need not be sorted. */
  static from<V>(entries: Iterable<readonly [string, V]>): OrderedMap<V> {
    const sorted = [...entries].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    const map = new OrderedMap<V>();
    const half = BLOCK_LIMIT >> 1;
    for (let i = 0; i < sorted.length; i += half) {
      const part = sorted.slice(i, i + half);
      map.#blocks.push({
        edit: map.#edit,
        keys: part.map((entry) => entry[0]),
        values: part.map((entry) => entry[1]),
      });
    }
    map.#size = sorted.length;
    return map;
  }

  get size(): number {
    return this.#size;
  }

  /** The map as it is now; later writes to either do not show in the other. */
  snapshot(): OrderedMap<V> {
    this.#edit = {};
    this.#ownsList = false;
    return new OrderedMap(this.#blocks, this.#size);
  }

  get(key: string): V | undefined {
    const block = this.#blocks[this.#blockFor(key)];
    if (!block) return undefined;
    const at = lowerBound(block.keys, key);
    return block.keys[at] === key ? block.values[at] : undefined;
  }

  set(key: string, value: V): void {
    if (this.#blocks.length === 0) {
      this.#ownList();
      this.#blocks.push({ edit: this.#edit, keys: [key], values: [value] });
      this.#size = 1;
      return;
    }
    const index = this.#blockFor(key);
    const block = this.#ownBlock(index);
    const at = lowerBound(block.keys, key);
    if (block.keys[at] === key) {
      block.values[at] = value;
      return;
    }
    block.keys.splice(at, 0, key);
    block.values.splice(at, 0, value);
    this.#size++;
    if (block.keys.length > BLOCK_LIMIT) this.#split(index, block, at);
  }

  delete(key: string): boolean {
    const index = this.#blockFor(key);
    const found = this.#blocks[index];
    if (!found || found.keys[lowerBound(found.keys, key)] !== key) return false;
    const block = this.#ownBlock(index);
    const at = lowerBound(block.keys, key);
    block.keys.splice(at, 1);
    block.values.splice(at, 1);
    this.#size--;
    if (block.keys.length === 0) this.#blocks.splice(index, 1);
    return true;
  }

  /** Visits in key order until `visit` returns false. */
  visit(range: Range, visit: (value: V, key: string) => boolean): void {
    let index = this.#blockFor(range.from);
    let block = this.#blocks[index];
    let at = block ? lowerBound(block.keys, range.from) : 0;
    while (block) {
      for (; at < block.keys.length; at++) {
        const key = block.keys[at] as string;
        if (range.before !== undefined && key >= range.before) return;
        if (!visit(block.values[at] as V, key)) return;
      }
      index++;
      block = this.#blocks[index];
      at = 0;
    }
  }

  /** How many keys lie in the range. */
  count(range: Range): number {
    return this.#rank(range.before) - this.#rank(range.from);
  }

  /** How many keys come before `key`; undefined: all. */
  #rank(key: string | undefined): number {
    if (key === undefined) return this.#size;
    const index = this.#blockFor(key);
    let rank = 0;
    for (let i = 0; i < index; i++) rank += this.#blocks[i]?.keys.length ?? 0;
    const block = this.#blocks[index];
    return block ? rank + lowerBound(block.keys, key) : rank;
  }

  /** The last block whose first key is not after `key` (the first block if there is none). */
  #blockFor(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const first = this.#blocks[middle]?.keys[0];
      if (first !== undefined && first <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #ownList(): void {
    if (this.#ownsList) return;
    this.#blocks = this.#blocks.slice();
    this.#ownsList = true;
  }

  #ownBlock(index: number): Block<V> {
    this.#ownList();
    const block = this.#blocks[index];
    if (!block) throw new RangeError(`no block ${index}`);
    if (block.edit === this.#edit) return block;
    const copy = { edit: this.#edit, keys: block.keys.slice(), values: block.values.slice() };
    this.#blocks[index] = copy;
    return copy;
  }

  #split(index: number, block: Block<V>, insertedAt: number): void {
    // Names often arrive in order: splitting near the end then leaves full blocks behind instead of half empty ones.
    const inOrder = insertedAt === block.keys.length - 1;
    const cut = inOrder ? block.keys.length - 1 : block.keys.length >> 1;
    const right = { edit: this.#edit, keys: block.keys.splice(cut), values: block.values.splice(cut) };
    this.#blocks.splice(index + 1, 0, right);
  }
}

/** The first position whose key is not before `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
