/** The Kubernetes `Status` object: what an API answers when it has no object to give. */
import type { ApiError, Cause, ErrorDetails } from '../errors/api-error.ts';

export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Partial<Cause>[];
  readonly retryAfterSeconds?: number;
}

export function statusOf(error: ApiError): Status {
  const { continueToken } = error.details;
  const details = detailsOf(error.details);
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: continueToken === undefined ? {} : { continue: continueToken },
    status: 'Failure',
    message: error.message,
    reason: error.reason,
    ...(details === undefined ? {} : { details }),
    code: error.httpStatus,
  };
}

/** What a delete answers for kinds that do not answer with the object. */
export function successStatus(details: ErrorDetails): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: detailsOf(details) ?? {},
  };
}

/** Empty fields are left out, as Go does. */
function detailsOf(details: ErrorDetails): StatusDetails | undefined {
  const result: Record<string, unknown> = {};
  for (const field of ['name', 'group', 'kind', 'uid', 'causes', 'retryAfterSeconds'] as const) {
    const value = details[field];
    if (value === undefined || value === '' || value === 0) continue;
    result[field] = field === 'causes' ? details.causes?.map(causeOf) : value;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

function causeOf(cause: Cause): Partial<Cause> {
  return {
    ...(cause.reason === '' ? {} : { reason: cause.reason }),
    ...(cause.message === '' ? {} : { message: cause.message }),
    ...(cause.field === '' ? {} : { field: cause.field }),
  };
}
