import assert from 'node:assert/strict';
import { ApiError, type Reason } from '@reckon/api';

/** Asserts that the call is refused, with this reason and a message that is, or matches, the one given. */
export async function refused(
  call: Promise<unknown>,
  reason: Reason,
  message?: string | RegExp,
): Promise<ApiError> {
  const error = await call.then(
    () => assert.fail('it was not refused'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof ApiError, `not an ApiError: ${error}`);
  assert.equal(error.reason, reason, error.message);
  if (typeof message === 'string') assert.equal(error.message, message);
  else if (message) assert.match(error.message, message);
  return error;
}
