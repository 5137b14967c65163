import type { Head } from '@reckon/api';
import type pg from 'pg';
import { type HeadRow, headOf, type Verification, verificationArguments } from '../verification.ts';

/** What Postgres says to a writer that begins a new epoch; final, for older epochs can no longer commit. */
export interface Registration {
  readonly head: Head;
  readonly epoch: number;
  /** The process that serves this connection. */
  readonly backend: number;
  readonly lastBatch: LastBatch;
}

/** The last batch of this writer that committed; batch 0: none. */
export interface LastBatch {
  readonly batch: number;
  readonly firstRev: number;
  readonly atUs: number;
  /** Transactions that were refused, counted from 1. */
  readonly failed: readonly number[];
}

export interface RegisterRequest extends Verification {
  readonly writer: string;
}

interface RegisterRow extends HeadRow {
  readonly backend: number;
  readonly o_epoch: number;
  readonly o_batch: number;
  readonly o_first: number;
  readonly o_batch_at_us: number;
  readonly o_failed: readonly number[];
}

export async function register(client: pg.Client, request: RegisterRequest): Promise<Registration> {
  const { writer, ...verification } = request;
  const { rows } = await client.query<RegisterRow>(
    'select *, pg_backend_pid() as backend from reckon_register($1, $2, $3, $4, $5)',
    [writer, ...verificationArguments(verification)],
  );
  const [row] = rows;
  if (!row) throw new Error('reckon_register answered nothing');
  return {
    head: headOf(row),
    epoch: row.o_epoch,
    backend: row.backend,
    lastBatch: { batch: row.o_batch, firstRev: row.o_first, atUs: row.o_batch_at_us, failed: row.o_failed },
  };
}
