import type { Revision } from '@reckon/api';
import { type Kysely, sql } from 'kysely';
import type { Secrecy } from '../../secrecy/secrecy.ts';
import type { StoredRecord } from '../../types.ts';
import type { Tables } from '../schema/tables.ts';
import { AT_US, RECORD_COLUMNS, recordsOf } from './rows.ts';

/** What these revisions are the cause of, at one remove: one look into the index `log_cause`. */
export async function readEffects(
  db: Kysely<Tables>,
  secrecy: Secrecy,
  { causes, limit }: { readonly causes: readonly Revision[]; readonly limit: number },
): Promise<readonly StoredRecord[]> {
  if (causes.length === 0) return [];
  const rows = await db
    .selectFrom('log')
    .select([...RECORD_COLUMNS, AT_US])
    .where(sql<boolean>`cause = any (${sql.val(causes)}::bigint[])`)
    .orderBy('rev')
    .limit(limit)
    .execute();
  return recordsOf(rows, { secrecy, withhold: true });
}
