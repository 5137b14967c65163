/**
 * Wraps every data key anew with the wrapping key that is in use, and makes a data key for what is written from now on.
 * The log is not touched, what was sealed stays readable, and servers that run go on: whoever has a data key keeps it,
 * whoever has not finds it under its new wrapping.
 */
import { randomBytes } from 'node:crypto';
import { Kysely, PostgresDialect } from 'kysely';
import { KEY_BYTES } from '../secrecy/envelope.ts';
import type { KeyProvider } from '../types.ts';
import { clientConfig, type DatabaseAddress, openPool } from './connect.ts';
import type { Tables } from './schema/tables.ts';

export interface RotatedKeys {
  /** Names the wrapping key that wraps them all now. */
  readonly keyId: string;
  /** Data keys that another one had wrapped. */
  readonly rewrapped: number;
}

export async function rotateDataKeys(options: {
  readonly database: DatabaseAddress;
  readonly keys: KeyProvider;
}): Promise<RotatedKeys> {
  const pool = openPool({ ...clientConfig(options.database, 'rotate'), max: 1 });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await db.transaction().execute((transaction) => rotate(transaction, options.keys));
  } finally {
    await db.destroy();
  }
}

async function rotate(db: Kysely<Tables>, keys: KeyProvider): Promise<RotatedKeys> {
  const { keyId } = keys;
  const old = await db
    .selectFrom('data_keys')
    .select(['id', 'wrapped', 'key_id'])
    .where('key_id', '!=', keyId)
    .orderBy('id')
    .forUpdate()
    .execute();
  for (const { id, wrapped, key_id } of old) {
    const anew = await keys.wrap(await keys.unwrap(wrapped, key_id));
    await db
      .updateTable('data_keys')
      .set({ wrapped: Buffer.from(anew), key_id: keyId })
      .where('id', '=', id)
      .execute();
  }
  const head = await db.selectFrom('log_head').select('rev').executeTakeFirst();
  const wrapped = Buffer.from(await keys.wrap(randomBytes(KEY_BYTES)));
  await db
    .insertInto('data_keys')
    .values({ wrapped, key_id: keyId, made_rev: head?.rev ?? 0 })
    .execute();
  return { keyId, rewrapped: old.length };
}
