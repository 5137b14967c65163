import type { ObjectKey } from '@reckon/api';
import type { Kysely } from 'kysely';
import type { Secrecy } from '../../secrecy/secrecy.ts';
import type { HistoryOptions, StoredRecord } from '../../types.ts';
import type { Tables } from '../schema/tables.ts';
import { AT_US, RECORD_COLUMNS, recordsOf } from './rows.ts';

const DEFAULT_LIMIT = 100;

export async function readHistory(
  db: Kysely<Tables>,
  secrecy: Secrecy,
  { key, options }: { readonly key: ObjectKey; readonly options: HistoryOptions },
): Promise<readonly StoredRecord[]> {
  const { after = 0, before = Number.MAX_SAFE_INTEGER, limit = DEFAULT_LIMIT, order = 'newest' } = options;
  const rows = await db
    .selectFrom('log')
    .select([...RECORD_COLUMNS, AT_US])
    .where('resource', '=', key.resource)
    .where('namespace', '=', key.namespace)
    .where('name', '=', key.name)
    .where('rev', '>', after)
    .where('rev', '<', before)
    .orderBy('rev', order === 'newest' ? 'desc' : 'asc')
    .limit(limit)
    .execute();
  return recordsOf(rows, { secrecy, withhold: options.withholdConfidential === true });
}
