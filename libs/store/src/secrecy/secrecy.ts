import { randomBytes } from 'node:crypto';
import { ApiError } from '@reckon/api';
import type { KeyProvider } from '../types.ts';
import { BY, broken, KEY_BYTES, type Key, type Owner, open, ownerText, seal, sealedBy } from './envelope.ts';
import type { DataKeyTable, ObjectKeyTable, SealedObjectKey, WrappedDataKey } from './types.ts';

/**
 * A key with random nonces must not seal more than 2^32 messages (NIST SP 800-38D, 8.3). Every sealed body that is kept
 * takes a revision, so this leaves room for those that were refused.
 */
const REVISIONS_PER_DATA_KEY = 100_000_000;

export interface SecrecyOptions {
  /** Undefined: confidential bodies can neither be written nor read. */
  readonly keys: KeyProvider | undefined;
  readonly table: DataKeyTable;
  readonly objectKeys: ObjectKeyTable;
  readonly headRev: () => number;
}

/** A body as it is kept, and whose it is. */
export interface Sealed extends Owner {
  readonly body: Uint8Array;
}

/**
 * Envelope encryption: bodies by the key of their object, that by a data key, and data keys by a key that never comes
 * near the database. Keys of objects are asked for each time and never remembered: what is shredded is closed at once,
 * to every server.
 */
export class Secrecy {
  readonly #options: SecrecyOptions;
  readonly #dataKeys = new Map<number, Key>();
  #current: { readonly dataKey: Key; readonly madeRev: number; readonly keyId: string } | undefined;
  #fetching: Promise<Key> | undefined;

  constructor(options: SecrecyOptions) {
    this.#options = options;
  }

  async seal(bodies: readonly Sealed[]): Promise<readonly Uint8Array[]> {
    const dataKey = await this.#currentKey();
    const madeRev = this.#options.headRev();
    const owners = new Map(bodies.map(({ key, uid }) => [ownerText({ key, uid }), { key, uid }]));
    const made = [...owners.values()].map((owner) => {
      return { ...owner, sealed: seal(randomBytes(KEY_BYTES), owner, dataKey), madeRev };
    });
    const rows = await this.#options.objectKeys.ensure(made);
    await this.#learnDataKeysOf(rows);
    const keys = new Map(rows.map((row) => [ownerText(row), row]));
    return bodies.map((body) => {
      const row = keys.get(ownerText(body));
      if (!row) throw broken();
      if (!row.sealed) throw new ApiError('Conflict', `${body.key.resource} "${body.key.name}" was shredded`);
      return seal(body.body, body, this.#objectKey(row, body));
    });
  }

  /** In the clear, in the same order; of what was shredded what is shown in its place. */
  async open(bodies: readonly Sealed[]): Promise<readonly Uint8Array[]> {
    const named = bodies.map((sealed) => ({ sealed, ...sealedBy(sealed.body) }));
    const idsOf = (by: Key['by']) => [...new Set(named.filter((one) => one.by === by).map(({ id }) => id))];
    const objectKeyIds = idsOf(BY.objectKey);
    const rows = objectKeyIds.length > 0 ? await this.#options.objectKeys.byId(objectKeyIds) : [];
    await this.#learnDataKeysOf(rows, idsOf(BY.dataKey));
    const keys = new Map(rows.map((row) => [row.id, row]));
    return named.map(({ sealed, by, id }) => {
      if (by === BY.dataKey) return open(sealed.body, sealed, this.#dataKey(id));
      const row = keys.get(id);
      if (!row) throw broken();
      return row.sealed ? open(sealed.body, sealed, this.#objectKey(row, sealed)) : row.shownInstead;
    });
  }

  #objectKey({ id, sealed }: SealedObjectKey & { readonly sealed: Uint8Array }, owner: Owner): Key {
    return { by: BY.objectKey, id, key: open(sealed, owner, this.#dataKey(sealedBy(sealed).id)) };
  }

  #dataKey(id: number): Key {
    const dataKey = this.#dataKeys.get(id);
    if (!dataKey)
      throw new ApiError('InternalError', `data key ${id} is gone: what it encrypted is lost on purpose`);
    return dataKey;
  }

  async #learnDataKeysOf(rows: readonly SealedObjectKey[], more: readonly number[] = []): Promise<void> {
    const ids = new Set([...more, ...rows.flatMap(({ sealed }) => (sealed ? [sealedBy(sealed).id] : []))]);
    const missing = [...ids].filter((id) => !this.#dataKeys.has(id));
    if (missing.length === 0) return;
    for (const row of await this.#options.table.byId(missing)) await this.#unwrap(row);
  }

  async #currentKey(): Promise<Key> {
    const { keys } = this.#options;
    await keys?.refresh?.();
    const current = this.#current;
    if (current && current.keyId === keys?.keyId && this.#isYoung(current.madeRev)) return current.dataKey;
    this.#fetching ??= this.#newest().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #newest(): Promise<Key> {
    const keys = this.#provider();
    const { table, headRev } = this.#options;
    let row = await table.newest(keys.keyId);
    if (!row || !this.#isYoung(row.madeRev)) {
      const wrapped = await keys.wrap(randomBytes(KEY_BYTES));
      row = await table.add({ wrapped, keyId: keys.keyId, madeRev: headRev() });
    }
    const dataKey = await this.#unwrap(row);
    this.#current = { dataKey, madeRev: row.madeRev, keyId: row.keyId };
    return dataKey;
  }

  async #unwrap(row: WrappedDataKey): Promise<Key> {
    const key = await this.#provider().unwrap(row.wrapped, row.keyId);
    const dataKey = { by: BY.dataKey, id: row.id, key };
    this.#dataKeys.set(row.id, dataKey);
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
