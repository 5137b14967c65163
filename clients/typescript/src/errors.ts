import { ApiError, type Reason } from '@reckon/api/errors/api-error.ts';

/** Whether a call failed for one of these reasons; for any, if none is named. */
export function isApiError<R extends Reason = Reason>(
  error: unknown,
  ...reasons: readonly R[]
): error is ApiError & { readonly reason: R } {
  if (!(error instanceof ApiError)) return false;
  return reasons.length === 0 || reasons.some((reason) => reason === error.reason);
}
