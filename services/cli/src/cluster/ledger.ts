import { ApiError } from '@reckon/api';
import { silentLogger, systemClock } from '@reckon/service';
import { Ledger } from '@reckon/store';
import { databaseUrl } from '../components/postgres.ts';
import type { Surroundings } from '../components/types.ts';
import { CliError } from '../errors.ts';

/**
 * Runs work on the cluster's log as it lies in Postgres. Only API servers hold credentials of the database; whoever may
 * read the state directory of this machine has theirs. So a check does not depend on the server that it checks.
 */
export async function withLedger<T>(around: Surroundings, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = new Ledger({
    database: { url: databaseUrl(around) },
    clock: systemClock,
    log: silentLogger,
  });
  try {
    return await work(ledger);
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'ServiceUnavailable')
      throw new CliError(error.message, 'see what runs with: ./reckon status; start it with: ./reckon up', {
        cause: error,
      });
    throw error;
  } finally {
    await ledger.close();
  }
}
