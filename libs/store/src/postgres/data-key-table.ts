import type { DataKeyTable, WrappedDataKey } from '../secrecy/types.ts';
import type { Reader } from './reader.ts';

const COLUMNS = ['id', 'wrapped', 'key_id', 'made_rev'] as const;

interface Row {
  readonly id: number;
  readonly wrapped: Buffer;
  readonly key_id: string;
  readonly made_rev: number;
}

export class PostgresDataKeyTable implements DataKeyTable {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  async newest(keyId: string): Promise<WrappedDataKey | undefined> {
    const row = await this.#reader.read((db) =>
      db
        .selectFrom('data_keys')
        .select(COLUMNS)
        .where('key_id', '=', keyId)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst(),
    );
    return row && keyOf(row);
  }

  async byId(ids: readonly number[]): Promise<readonly WrappedDataKey[]> {
    const rows = await this.#reader.read((db) =>
      db.selectFrom('data_keys').select(COLUMNS).where('id', 'in', ids).execute(),
    );
    return rows.map(keyOf);
  }

  async add(key: Omit<WrappedDataKey, 'id'>): Promise<WrappedDataKey> {
    // Repeated after a lost answer this leaves a key that nobody uses, which does no harm.
    const row = await this.#reader.read((db) =>
      db
        .insertInto('data_keys')
        .values({ wrapped: Buffer.from(key.wrapped), key_id: key.keyId, made_rev: key.madeRev })
        .returning(COLUMNS)
        .executeTakeFirstOrThrow(),
    );
    return keyOf(row);
  }
}

function keyOf(row: Row): WrappedDataKey {
  return { id: row.id, wrapped: row.wrapped, keyId: row.key_id, madeRev: row.made_rev };
}
