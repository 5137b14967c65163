import { type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { ApiError, type Cause, REASONS, type Reason } from '@reckon/api/errors/api-error.ts';
import { isObject } from '@reckon/api/json/types.ts';

/** For answers without a Status: what never reached the API server, or did not come from it. */
const REASON_OF_CODE: ReadonlyMap<number, Reason> = new Map<number, Reason>([
  [status.UNAVAILABLE, 'ServiceUnavailable'],
  [status.DEADLINE_EXCEEDED, 'Timeout'],
  // Of a call that we did not cancel: the other side gave up on it.
  [status.CANCELLED, 'ServiceUnavailable'],
  [status.UNAUTHENTICATED, 'Unauthorized'],
  [status.PERMISSION_DENIED, 'Forbidden'],
  [status.UNIMPLEMENTED, 'MethodNotAllowed'],
  [status.INVALID_ARGUMENT, 'BadRequest'],
  [status.RESOURCE_EXHAUSTED, 'RequestEntityTooLarge'],
]);

/**
 * The error of a call. The API server's own comes whole in the trailer `reckon-status-bin`; anything else is an outage
 * (retry class `later`) unless gRPC says otherwise, and never a conflict or a missing object.
 */
export function apiErrorOf(error: unknown): ApiError {
  if (!isServiceError(error)) return ApiError.from(error);
  const [trailer] = error.metadata.get('reckon-status-bin');
  const stated = trailer instanceof Buffer ? fromStatus(trailer) : undefined;
  if (stated) return stated;
  const reason = REASON_OF_CODE.get(error.code) ?? 'InternalError';
  return new ApiError(reason, error.details || error.message, {}, { cause: error });
}

function isServiceError(error: unknown): error is ServiceError & { readonly metadata: Metadata } {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}

function fromStatus(json: Buffer): ApiError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isObject(value) || typeof value.reason !== 'string' || !isReason(value.reason)) return undefined;
  const details = isObject(value.details) ? value.details : {};
  return new ApiError(value.reason, textOf(value.message) ?? value.reason, {
    name: textOf(details.name),
    group: textOf(details.group),
    kind: textOf(details.kind),
    uid: textOf(details.uid),
    causes: Array.isArray(details.causes) ? details.causes.map(causeOf) : undefined,
    retryAfterSeconds: typeof details.retryAfterSeconds === 'number' ? details.retryAfterSeconds : undefined,
  });
}

function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text);
}

function causeOf(value: unknown): Cause {
  const fields = isObject(value) ? value : {};
  return {
    reason: textOf(fields.reason) ?? '',
    message: textOf(fields.message) ?? '',
    field: textOf(fields.field) ?? '',
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
