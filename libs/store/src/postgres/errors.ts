import { ApiError } from '@reckon/api';
import pg from 'pg';

/** SQLSTATEs of our own functions. */
export const FENCED = 'RK001';
export const OTHER_LOG = 'RK002';
/** check_violation: a row that no partition of the log takes. */
export const NO_PARTITION = '23514';

const DISK_FULL = '53100';
const CANCELLED = '57014';
const READ_ONLY = '25006';
/** character_not_in_repertoire: Postgres' texts hold no zero byte, so that nothing has a name with one. */
const NO_SUCH_TEXT = '22021';
const LOCK_NOT_AVAILABLE = '55P03';

/** Classes of SQLSTATE that mean "not now": connection, resources, intervention, system, authorization, database. */
const OUTAGES: readonly string[] = ['08', '53', '57', '58', '28', '3D', '55'];

/** Postgres itself answered that it will not: nothing of the statement has happened. */
export function refusal(error: unknown): pg.DatabaseError | undefined {
  return error instanceof pg.DatabaseError && error.severity !== 'FATAL' && error.severity !== 'PANIC'
    ? error
    : undefined;
}

/** The connection is gone or was never made; another one may answer. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof ApiError) return false;
  return !refusal(error);
}

/** An outage is ServiceUnavailable, whatever form it comes in; what we did not expect is an InternalError. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const refused = refusal(error);
  if (!refused) return unavailable(`the database cannot be reached: ${messageOf(error)}`, error);
  const code = refused.code ?? '';
  if (code === DISK_FULL) return unavailable('the database has no space left on its disk', error);
  if (code === CANCELLED || code === LOCK_NOT_AVAILABLE) {
    return unavailable('the database took too long', error);
  }
  if (code === NO_SUCH_TEXT)
    return new ApiError('BadRequest', 'a name or selector holds a zero byte', {}, { cause: error });
  if (code === READ_ONLY) return unavailable('the database is read-only at present', error);
  if (OUTAGES.includes(code.slice(0, 2))) {
    return unavailable(`the database is not available: ${refused.message}`, error);
  }
  return ApiError.from(error);
}

export function unavailable(message: string, cause?: unknown): ApiError {
  return new ApiError('ServiceUnavailable', message, { retryAfterSeconds: 1 }, { cause });
}

/** Node joins the errors of several addresses (localhost: ::1 and 127.0.0.1) into one without a message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
