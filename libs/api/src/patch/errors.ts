import { ApiError } from '../errors/api-error.ts';

/** A patch that cannot be read at all. */
export function badPatch(message: string): ApiError {
  return new ApiError('BadRequest', message);
}

/**
 * A patch that can be read but does not fit the object. The message is the one that Kubernetes gives for all of
 * these; what exactly does not fit is in the cause, which kubectl shows.
 */
export function patchDoesNotApply(field: string, why: string): ApiError {
  return new ApiError('Invalid', 'the server rejected our request due to an error in our request', {
    causes: [{ reason: 'FieldValueInvalid', message: why, field }],
  });
}
