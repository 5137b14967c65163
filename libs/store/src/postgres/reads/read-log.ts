import type { Revision } from '@reckon/api';
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { Secrecy } from '../../secrecy/secrecy.ts';
import type { LogFilter, LogPage, ReadLogOptions, StoredRecord } from '../../types.ts';
import type { Tables } from '../schema/tables.ts';
import { checkAfter, readHeadOf } from './head.ts';
import { AT_US, PAGE_BYTES, RECORD_COLUMNS, type RecordRow, recordsOf } from './rows.ts';

const PAGE_RECORDS = 2000;
/** A page that a filter leaves nearly empty has still read so much: bounded, so that no statement takes a second. */
const PAGE_REVISIONS = 20_000;

export async function readLog(
  db: Kysely<Tables>,
  secrecy: Secrecy,
  options: ReadLogOptions,
): Promise<LogPage> {
  const { after, filter = {} } = options;
  const head = await readHeadOf(db, filter.resources);
  checkAfter(head, after);
  const limit = Math.min(options.limit ?? PAGE_RECORDS, PAGE_RECORDS);
  const end = Math.min(options.through ?? head.rev, head.rev);
  const window = isFiltered(filter) ? Math.min(end, after + PAGE_REVISIONS) : Math.min(end, after + limit);
  const { logId, rev, atMs } = head;
  if (window <= after) return { records: [], through: Math.max(after, end), head: { logId, rev, atMs } };
  const maxBytes = Math.min(options.maxBytes ?? PAGE_BYTES, PAGE_BYTES);
  const previous = options.previous === true;
  const rows = await selectPage(db, { after, window, limit, maxBytes, filter, previous });
  const records = await recordsOf(rows, { secrecy, withhold: options.withholdConfidential === true });
  // A page that is cut short by its limit or its bytes ends at its last record.
  const last = rows.at(-1);
  const cut = last && (rows.length === limit || last.more) ? last.rev : window;
  return { records, through: cut, head: { logId, rev, atMs } };
}

interface PageRequest {
  readonly after: Revision;
  /** Inclusive. */
  readonly window: Revision;
  readonly limit: number;
  readonly maxBytes: number;
  readonly filter: LogFilter;
  readonly previous: boolean;
}

type PageRow = RecordRow & { readonly more: boolean };

function selectPage(db: Kysely<Tables>, request: PageRequest): Promise<PageRow[]> {
  const { after, window, limit, maxBytes, filter, previous } = request;
  const matching = filtered(db.selectFrom('log'), filter)
    .select([...RECORD_COLUMNS, AT_US])
    .where('rev', '>', after)
    .where('rev', '<=', window)
    .orderBy('rev')
    .limit(limit);
  const sized = db
    .selectFrom(matching.as('m'))
    .selectAll()
    .select([
      sql<number>`coalesce(sum(octet_length(body)) over (order by rev), 0)`.as('bytes'),
      sql<boolean>`lead(rev) over (order by rev) is not null`.as('followed'),
    ]);
  const page = db
    .selectFrom(sized.as('s'))
    .select([...RECORD_COLUMNS, 'at_us', sql<boolean>`followed and bytes >= ${maxBytes}`.as('more')])
    // A record is in if those before it leave room: so there is always one.
    .where(sql<boolean>`bytes - coalesce(octet_length(body), 0) < ${maxBytes}`)
    .orderBy('rev');
  if (!previous) return page.execute();
  return db
    .selectFrom(page.as('p'))
    .leftJoin('log as q', 'q.rev', 'p.prev_rev')
    .selectAll('p')
    .select('q.body as previous_body')
    .orderBy('p.rev')
    .execute();
}

function isFiltered(filter: LogFilter): boolean {
  return Object.values(filter).some((demand) => demand !== undefined);
}

function filtered<O>(
  query: SelectQueryBuilder<Tables, 'log', O>,
  { resources, namespace, name, actor }: LogFilter,
): SelectQueryBuilder<Tables, 'log', O> {
  return query
    .$if(resources !== undefined, (q) => q.where(sql<boolean>`resource = any (${sql.val(resources)})`))
    .$if(namespace !== undefined, (q) => q.where('namespace', '=', namespace ?? ''))
    .$if(name !== undefined, (q) => q.where('name', '=', name ?? ''))
    .$if(actor !== undefined, (q) => q.where('actor', '=', actor ?? ''));
}

/** These revisions, in the same order; undefined for what is not in the log. */
export async function readRecords(
  db: Kysely<Tables>,
  secrecy: Secrecy,
  revs: readonly Revision[],
): Promise<readonly (StoredRecord | undefined)[]> {
  const rows = await db
    .selectFrom('log')
    .select([...RECORD_COLUMNS, AT_US])
    .where(sql<boolean>`rev = any (${sql.val(revs)}::bigint[])`)
    .execute();
  const byRev = new Map((await recordsOf(rows, { secrecy })).map((record) => [record.rev, record]));
  return revs.map((rev) => byRev.get(rev));
}
