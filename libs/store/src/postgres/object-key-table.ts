import { sql } from 'kysely';
import { broken } from '../secrecy/envelope.ts';
import type { NewObjectKey, ObjectKeyTable, SealedObjectKey } from '../secrecy/types.ts';
import type { Reader } from './reader.ts';

const COLUMNS = ['id', 'resource', 'namespace', 'name', 'uid', 'sealed', 'shown_instead'] as const;

interface Row {
  readonly id: number;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly sealed: Buffer | null;
  readonly shown_instead: Buffer | null;
}

export class PostgresObjectKeyTable implements ObjectKeyTable {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  async ensure(keys: readonly NewObjectKey[]): Promise<readonly SealedObjectKey[]> {
    const values = keys.map(({ key, uid, sealed, madeRev }) => ({
      uid,
      ...key,
      sealed: Buffer.from(sealed),
      made_rev: madeRev,
    }));
    // Repeated after a lost answer it finds what it has made; of a write that is refused it leaves a key for nothing.
    const rows = await this.#reader.read((db) =>
      db
        .insertInto('object_keys')
        .values(values)
        // So that the row is returned, too, if it was there.
        .onConflict((conflict) =>
          conflict
            .columns(['resource', 'namespace', 'name', 'uid'])
            .doUpdateSet({ uid: sql.ref('excluded.uid') }),
        )
        .returning(COLUMNS)
        .execute(),
    );
    return rows.map(keyOf);
  }

  async byId(ids: readonly number[]): Promise<readonly SealedObjectKey[]> {
    const rows = await this.#reader.read((db) =>
      db
        .selectFrom('object_keys')
        .select(COLUMNS)
        .where(sql<boolean>`id = any (${sql.val(ids)}::int[])`)
        .execute(),
    );
    return rows.map(keyOf);
  }
}

function keyOf({ id, uid, sealed, shown_instead, ...key }: Row): SealedObjectKey {
  const of = { id, key, uid };
  if (sealed) return { ...of, sealed };
  if (shown_instead) return { ...of, shownInstead: shown_instead };
  throw broken();
}
