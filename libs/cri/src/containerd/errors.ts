import type { ServiceError } from '@grpc/grpc-js';
import { ApiError, type Reason } from '@reckon/api';

/** gRPC code → its name in the text that Go programs print, and the reason here. */
const CODES: Readonly<Record<number, readonly [name: string, reason: Reason]>> = {
  1: ['Canceled', 'Timeout'],
  2: ['Unknown', 'InternalError'],
  3: ['InvalidArgument', 'BadRequest'],
  4: ['DeadlineExceeded', 'Timeout'],
  5: ['NotFound', 'NotFound'],
  6: ['AlreadyExists', 'AlreadyExists'],
  7: ['PermissionDenied', 'Forbidden'],
  8: ['ResourceExhausted', 'TooManyRequests'],
  9: ['FailedPrecondition', 'Conflict'],
  10: ['Aborted', 'Conflict'],
  11: ['OutOfRange', 'BadRequest'],
  12: ['Unimplemented', 'MethodNotAllowed'],
  13: ['Internal', 'InternalError'],
  14: ['Unavailable', 'ServiceUnavailable'],
  15: ['DataLoss', 'InternalError'],
  16: ['Unauthenticated', 'Unauthorized'],
};

/** The runtime's answer as an `ApiError`, with the text that users of Kubernetes search for. */
export function runtimeError(error: unknown): ApiError {
  if (!isServiceError(error)) return ApiError.from(error);
  const [name, reason] = CODES[error.code] ?? ['Unknown', 'InternalError'];
  return new ApiError(reason, `rpc error: code = ${name} desc = ${error.details}`, {}, { cause: error });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}
