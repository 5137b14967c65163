import { sql } from 'kysely';
import { broken } from '../secrecy/envelope.ts';
import type { NewObjectKey, ObjectKeyTable, SealedObjectKey } from '../secrecy/types.ts';
import type { Reader } from './reader.ts';

const COLUMNS = ['id', 'resource', 'namespace', 'name', 'uid', 'sealed', 'shown_instead'] as const;

const COLUMN_LIST = sql.join(COLUMNS.map((column) => sql.ref(column)));

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

  /**
   * One statement, which leaves a key that is there as it is: no new version of its row, and nothing for the disk.
   * Repeated after a lost answer it finds what it has made; of a write that is refused it leaves a key for nothing.
   */
  async ensure(keys: readonly NewObjectKey[]): Promise<readonly SealedObjectKey[]> {
    const rows = await this.#readOrMake(keys);
    if (rows.length === keys.length) return rows.map(keyOf);
    // Somebody else made one of them meanwhile: it is there for a statement that begins now.
    return (await this.#readOrMake(keys)).map(keyOf);
  }

  async #readOrMake(keys: readonly NewObjectKey[]): Promise<readonly Row[]> {
    const of = (field: 'resource' | 'namespace' | 'name') => sql.val(keys.map(({ key }) => key[field]));
    const { rows } = await this.#reader.read((db) =>
      sql<Row>`
        with wanted as (
          select * from unnest(${of('resource')}::text[], ${of('namespace')}::text[], ${of('name')}::text[],
            ${sql.val(keys.map(({ uid }) => uid))}::text[],
            ${sql.val(keys.map(({ sealed }) => Buffer.from(sealed)))}::bytea[],
            ${sql.val(keys.map(({ madeRev }) => madeRev))}::bigint[]
          ) as w(resource, namespace, name, uid, sealed, made_rev)
        ), there as (
          select k.* from object_keys k join wanted w using (resource, namespace, name, uid)
        ), made as (
          insert into object_keys (resource, namespace, name, uid, sealed, made_rev)
          select * from wanted w
          where not exists (select from there t where (t.resource, t.namespace, t.name, t.uid)
            = (w.resource, w.namespace, w.name, w.uid))
          on conflict (resource, namespace, name, uid) do nothing
          returning ${COLUMN_LIST}
        )
        select ${COLUMN_LIST} from there union all select ${COLUMN_LIST} from made`.execute(db),
    );
    return rows;
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
