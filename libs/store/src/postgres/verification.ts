import type { Head } from '@reckon/api';
import type pg from 'pg';

/** What a new connection is asked before news of the head is taken from it (see schema/0003). */
export interface Verification {
  /** The newest event that is known to be durable; undefined: nothing is known yet. */
  readonly known: Head | undefined;
  /** For the log, if it turns out to have lost that event. */
  readonly freshLogId: string;
}

export interface HeadRow {
  readonly o_log_id: string;
  readonly o_rev: number;
  readonly o_at_us: number;
}

/** The head of the log, which has another id now if it is not the one that we knew. */
export async function verify(client: pg.Client, verification: Verification): Promise<Head> {
  const { rows } = await client.query<HeadRow>('select * from reckon_verify($1, $2, $3, $4)', [
    ...verificationArguments(verification),
  ]);
  const [row] = rows;
  if (!row) throw new Error('reckon_verify answered nothing');
  return headOf(row);
}

export function verificationArguments({
  known,
  freshLogId,
}: Verification): readonly [string, string, number, number] {
  return [freshLogId, known?.logId ?? '', known?.rev ?? 0, known ? Math.round(known.atMs * 1000) : 0];
}

export function headOf(row: HeadRow): Head {
  return { logId: row.o_log_id, rev: row.o_rev, atMs: row.o_at_us / 1000 };
}
