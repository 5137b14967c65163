import { randomBytes } from 'node:crypto';
import { ApiError } from '@reckon/api';
import type { KeyProvider } from '../types.ts';
import { DATA_KEY_BYTES, type DataKey, dataKeyIdOf, type Owner, open, seal } from './envelope.ts';

/**
 * A key with random nonces must not seal more than 2^32 messages (NIST SP 800-38D, 8.3). Every sealed body that is kept
 * takes a revision, so this leaves room for those that were refused.
 */
const REVISIONS_PER_DATA_KEY = 100_000_000;

export interface WrappedDataKey {
  readonly id: number;
  readonly wrapped: Uint8Array;
  /** Of the wrapping key. */
  readonly keyId: string;
  readonly madeRev: number;
}

/** Where wrapped data keys are kept: apart from the log, so that rotating and shredding them never touches it. */
export interface DataKeyTable {
  /** The newest that this wrapping key has wrapped. */
  newest(keyId: string): Promise<WrappedDataKey | undefined>;
  byId(ids: readonly number[]): Promise<readonly WrappedDataKey[]>;
  add(key: Omit<WrappedDataKey, 'id'>): Promise<WrappedDataKey>;
}

export interface SecrecyOptions {
  /** Undefined: confidential bodies can neither be written nor read. */
  readonly keys: KeyProvider | undefined;
  readonly table: DataKeyTable;
  readonly headRev: () => number;
}

/** A body as it is kept, and whose it is. */
export interface Sealed extends Owner {
  readonly body: Uint8Array;
}

/** Envelope encryption: bodies by data keys, data keys by a key that never comes near the database. */
export class Secrecy {
  readonly #options: SecrecyOptions;
  readonly #keys = new Map<number, DataKey>();
  #current: { readonly dataKey: DataKey; readonly madeRev: number; readonly keyId: string } | undefined;
  #fetching: Promise<DataKey> | undefined;

  constructor(options: SecrecyOptions) {
    this.#options = options;
  }

  async seal(bodies: readonly Sealed[]): Promise<readonly Uint8Array[]> {
    const dataKey = await this.#currentKey();
    return bodies.map((sealed) => seal(sealed.body, sealed, dataKey));
  }

  /** In the clear, in the same order. */
  async open(bodies: readonly Sealed[]): Promise<readonly Uint8Array[]> {
    const missing = new Set(bodies.map(({ body }) => dataKeyIdOf(body)).filter((id) => !this.#keys.has(id)));
    if (missing.size > 0) await this.#fetch([...missing]);
    return bodies.map((sealed) => open(sealed.body, sealed, this.#keyOf(sealed.body)));
  }

  #keyOf(sealed: Uint8Array): DataKey {
    const id = dataKeyIdOf(sealed);
    const dataKey = this.#keys.get(id);
    if (!dataKey)
      throw new ApiError('InternalError', `data key ${id} is gone: what it encrypted is lost on purpose`);
    return dataKey;
  }

  async #currentKey(): Promise<DataKey> {
    const { keys } = this.#options;
    await keys?.refresh?.();
    const current = this.#current;
    if (current && current.keyId === keys?.keyId && this.#isYoung(current.madeRev)) return current.dataKey;
    this.#fetching ??= this.#newest().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #newest(): Promise<DataKey> {
    const keys = this.#provider();
    const { table, headRev } = this.#options;
    let row = await table.newest(keys.keyId);
    if (!row || !this.#isYoung(row.madeRev)) {
      const wrapped = await keys.wrap(randomBytes(DATA_KEY_BYTES));
      row = await table.add({ wrapped, keyId: keys.keyId, madeRev: headRev() });
    }
    const dataKey = await this.#unwrap(row);
    this.#current = { dataKey, madeRev: row.madeRev, keyId: row.keyId };
    return dataKey;
  }

  async #fetch(ids: readonly number[]): Promise<void> {
    for (const row of await this.#options.table.byId(ids)) await this.#unwrap(row);
  }

  async #unwrap(row: WrappedDataKey): Promise<DataKey> {
    const dataKey = { id: row.id, key: await this.#provider().unwrap(row.wrapped, row.keyId) };
    this.#keys.set(row.id, dataKey);
    return dataKey;
  }

  #isYoung(madeRev: number): boolean {
    return this.#options.headRev() - madeRev < REVISIONS_PER_DATA_KEY;
  }

  #provider(): KeyProvider {
    const { keys } = this.#options;
    if (!keys) throw new ApiError('InternalError', 'there is no key to protect confidential objects with');
    return keys;
  }
}
