/**
 * The log and the state as they lie in Postgres, for those who check them: without bodies, without keys, without an
 * API server between. Short reads, paged; it writes nothing and may run beside any number of writers.
 */
import type { Operation, Revision } from '@reckon/api';
import type { Clock, Logger } from '@reckon/service';
import { type Kysely, sql } from 'kysely';
import type { EntryPage, LogEntry, LogRange } from '../fold/types.ts';
import type { DatabaseAddress } from './connect.ts';
import { Reader } from './reader.ts';
import { type HeadAndFloor, readHead, readHeadOf } from './reads/head.ts';
import { OPERATIONS, type Tables } from './schema/tables.ts';

const PAGE_REVISIONS = 10_000;
const PAGE_OBJECTS = 500;

/** A row of `objects` beside the event that it comes from. */
export interface RecordedObject {
  readonly path: string;
  readonly rev: Revision;
  readonly uid: string;
  /** Bytes, uid and confidentiality are those of the event. */
  readonly same: boolean;
  /** SHA-256 of the bytes at rest, hexadecimal. */
  readonly digest: string;
}

/** Of a record as it travels: all but its bytes, of which it has the digest. */
export interface TravellingRecord {
  readonly rev: Revision;
  readonly prevRev: Revision;
  readonly atUs: number;
  readonly op: Operation;
  readonly path: string;
  readonly uid: string;
  readonly actor: string;
  readonly requestId: string;
  readonly cause: Revision | undefined;
  readonly because: string | undefined;
  readonly schemaVersion: number;
  readonly confidential: boolean;
  readonly bodyBytes: number | undefined;
  /** MD5, hexadecimal; undefined: without body, confidential, or over `maxBodyBytes`. */
  readonly digest: string | undefined;
}

export class Ledger {
  readonly #reader: Reader;

  constructor({
    database,
    clock,
    log,
  }: {
    readonly database: DatabaseAddress;
    readonly clock: Clock;
    readonly log: Logger;
  }) {
    this.#reader = new Reader({ address: database, clock, log, patienceMs: 5_000 });
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  head(): Promise<HeadAndFloor> {
    return this.#reader.read(readHead);
  }

  /** The oldest revision at which every object of every kind can still be told. */
  oldest(): Promise<Revision> {
    return this.#reader.read(async (db) => (await readHeadOf(db, undefined)).floor);
  }

  /** The last revision whose time is not after this one; the oldest that is kept if there is none. */
  revisionAt(atMs: number): Promise<Revision> {
    return this.#reader.read(async (db) => {
      const { rows } = await sql<{ readonly rev: number }>`
        select reckon_revision_at(to_timestamp(${Math.round(atMs * 1000)}::numeric / 1000000)) as rev`.execute(
        db,
      );
      return rows[0]?.rev ?? 0;
    });
  }

  /** When the first event at or after this revision was, in milliseconds since the epoch; undefined: there is none. */
  timeOf(rev: Revision): Promise<number | undefined> {
    return this.#reader.read(async (db) => {
      const { rows } = await sql<{ readonly atUs: number }>`
        select ${AT_US} as "atUs" from log where rev >= ${rev} order by rev limit 1`.execute(db);
      const [row] = rows;
      return row && row.atUs / 1000;
    });
  }

  /** What lives on from before the oldest revision that is kept. */
  async kept(floor: Revision): Promise<readonly LogEntry[]> {
    const kept: LogEntry[] = [];
    for (let after = 0; ; ) {
      const page = await this.#reader.read((db) =>
        selectEntries(db, { after, through: floor, limit: PAGE_REVISIONS }),
      );
      kept.push(...page);
      const last = page.at(-1);
      if (!last || page.length < PAGE_REVISIONS) return kept;
      after = last.rev;
    }
  }

  /** Everything of after < rev <= through, by pages; the next one is read while one is looked at. */
  async *entries(after: Revision, through: Revision): AsyncGenerator<EntryPage> {
    let next = this.#entryPage(after, through);
    for (let at = after; at < through; ) {
      const page = await next;
      at = page.through;
      if (at < through) next = this.#entryPage(at, through);
      // Whoever stops early waits for nothing, so a failure that nobody asks for is nobody's.
      next.catch(() => undefined);
      yield page;
    }
  }

  async #entryPage(after: Revision, end: Revision): Promise<EntryPage> {
    const through = Math.min(end, after + PAGE_REVISIONS);
    return this.#reader.read(async (db) => {
      const [entries, ranges] = await Promise.all([
        selectEntries(db, { after, through }),
        selectRanges(db, { after, through }),
      ]);
      return { through, entries, ranges };
    });
  }

  /** All rows of `objects`, each as it is when its page is read. */
  async *objects(): AsyncGenerator<readonly RecordedObject[]> {
    let after = { resource: '', namespace: '', name: '' };
    for (;;) {
      const rows = await this.#reader.read((db) => selectObjects(db, after));
      const last = rows.at(-1);
      if (!last) return;
      yield rows;
      after = last;
    }
  }

  /** Of what later events (after `rev`, up to `through`) have replaced: what lived at `rev`, by pages. */
  async *replaced(rev: Revision, through: Revision): AsyncGenerator<readonly RecordedObject[]> {
    for (let after = rev; after < through; after += PAGE_REVISIONS) {
      const window = { rev, after, through: Math.min(through, after + PAGE_REVISIONS) };
      yield await this.#reader.read((db) => selectReplaced(db, window));
    }
  }

  /** SHA-256 of the bytes at rest of these revisions, hexadecimal; in the same order. */
  async digests(revs: readonly Revision[]): Promise<readonly (string | undefined)[]> {
    const byRev = new Map<Revision, string>();
    for (let at = 0; at < revs.length; at += PAGE_OBJECTS) {
      const some = revs.slice(at, at + PAGE_OBJECTS);
      const { rows } = await this.#reader.read((db) =>
        sql<{ readonly rev: number; readonly digest: string }>`
          select rev, encode(sha256(body), 'hex') as digest from log
          where rev = any (${sql.val(some)}::bigint[]) and body is not null`.execute(db),
      );
      for (const row of rows) byRev.set(row.rev, row.digest);
    }
    return revs.map((rev) => byRev.get(rev));
  }

  /** Records of after < rev <= through as they should travel. */
  travelling(
    after: Revision,
    through: Revision,
    { maxBodyBytes }: { readonly maxBodyBytes: number },
  ): Promise<readonly TravellingRecord[]> {
    return this.#reader.read((db) => selectTravelling(db, { after, through, maxBodyBytes }));
  }
}

interface Window {
  readonly after: Revision;
  readonly through: Revision;
  readonly limit?: number;
}

const PATH = sql<string>`resource || '/' || namespace || '/' || name`;
const AT_US = sql<number>`(extract(epoch from at) * 1000000)::float8`;

async function selectEntries(db: Kysely<Tables>, { after, through, limit }: Window): Promise<LogEntry[]> {
  const { rows } = await sql<Omit<LogEntry, 'op'> & { op: number }>`
    select rev, prev_rev as "prevRev", ${AT_US} as "atUs", op, resource, ${PATH} as path, uid,
      body is not null as "hasBody"
    from log where rev > ${after} and rev <= ${through} order by rev ${limit === undefined ? sql`` : sql`limit ${limit}`}`.execute(
    db,
  );
  return rows.map((row) => ({ ...row, op: operationOf(row.op) }));
}

function operationOf(code: number): Operation {
  const op = OPERATIONS[code];
  if (!op) throw new Error(`the log has an operation ${code}, which nobody knows`);
  return op;
}

async function selectRanges(db: Kysely<Tables>, { after, through }: Window): Promise<LogRange[]> {
  // A range that reaches over the end of a page is given in two pieces.
  const { rows } = await sql<LogRange>`
    select greatest(first_rev, ${after}::bigint + 1) as "firstRev", least(last_rev, ${through}::bigint) as "lastRev",
      (extract(epoch from first_at) * 1000000)::float8 as "firstAtUs",
      (extract(epoch from case when last_rev > ${through}::bigint then first_at else last_at end) * 1000000)::float8
        as "lastAtUs"
    from log_ranges where last_rev > ${after}::bigint and first_rev <= ${through}::bigint order by first_rev`.execute(
    db,
  );
  return [...rows];
}

type ObjectRow = RecordedObject & {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
};

async function selectObjects(
  db: Kysely<Tables>,
  after: { readonly resource: string; readonly namespace: string; readonly name: string },
): Promise<ObjectRow[]> {
  const { rows } = await sql<ObjectRow>`
    select o.resource, o.namespace, o.name, o.resource || '/' || o.namespace || '/' || o.name as path, o.rev, o.uid,
      coalesce(l.uid = o.uid and l.body = o.body and l.confidential = o.confidential and l.op <> 2
        and l.resource = o.resource and l.namespace = o.namespace and l.name = o.name, false) as same,
      encode(sha256(o.body), 'hex') as digest
    from (
      select * from objects where (resource, namespace, name) > (${after.resource}, ${after.namespace}, ${after.name})
      order by resource, namespace, name limit ${PAGE_OBJECTS}
    ) o left join log l on l.rev = o.rev
    order by o.resource, o.namespace, o.name`.execute(db);
  return [...rows];
}

async function selectReplaced(
  db: Kysely<Tables>,
  { rev, after, through }: Window & { readonly rev: Revision },
): Promise<RecordedObject[]> {
  const { rows } = await sql<RecordedObject>`
    select t.resource || '/' || t.namespace || '/' || t.name as path, t.rev, t.uid, true as same,
      coalesce(encode(sha256(t.body), 'hex'), '-') as digest
    from log l join log t on t.rev = l.prev_rev
    where l.rev > ${after} and l.rev <= ${through} and l.prev_rev > 0 and l.prev_rev <= ${rev}`.execute(db);
  return [...rows];
}

type TravellingRow = Omit<TravellingRecord, 'op' | 'cause' | 'because' | 'bodyBytes' | 'digest'> & {
  readonly op: number;
  readonly cause: number | null;
  readonly because: string | null;
  readonly bodyBytes: number | null;
  readonly digest: string | null;
};

async function selectTravelling(
  db: Kysely<Tables>,
  { after, through, maxBodyBytes }: Window & { readonly maxBodyBytes: number },
): Promise<TravellingRecord[]> {
  const { rows } = await sql<TravellingRow>`
    select rev, prev_rev as "prevRev", ${AT_US} as "atUs", op, ${PATH} as path, uid, actor,
      request_id as "requestId", cause, because, schema_version as "schemaVersion", confidential,
      octet_length(body) as "bodyBytes",
      case when not confidential and octet_length(body) <= ${maxBodyBytes} then md5(body) end as digest
    from log where rev > ${after} and rev <= ${through} order by rev`.execute(db);
  return rows.map((row) => ({
    ...row,
    op: operationOf(row.op),
    cause: row.cause ?? undefined,
    because: row.because ?? undefined,
    bodyBytes: row.bodyBytes ?? undefined,
    digest: row.digest ?? undefined,
  }));
}
