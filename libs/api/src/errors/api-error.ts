/**
 * The one error type of the system. The set of reasons is closed; each maps to an HTTP status and Kubernetes
 * `Status.reason` (REST door) and to a gRPC code (gRPC door), and says whether trying again can help.
 */
export const REASONS = {
  BadRequest: { http: 400, grpc: 3, retry: 'never' },
  Unauthorized: { http: 401, grpc: 16, retry: 'never' },
  Forbidden: { http: 403, grpc: 7, retry: 'never' },
  NotFound: { http: 404, grpc: 5, retry: 'never' },
  MethodNotAllowed: { http: 405, grpc: 12, retry: 'never' },
  NotAcceptable: { http: 406, grpc: 3, retry: 'never' },
  AlreadyExists: { http: 409, grpc: 6, retry: 'never' },
  /** A compare-and-swap missed: read again, plan again. */
  Conflict: { http: 409, grpc: 10, retry: 'replan' },
  Gone: { http: 410, grpc: 11, retry: 'relist' },
  /** A resourceVersion or continue token that is no longer retained. */
  Expired: { http: 410, grpc: 11, retry: 'relist' },
  RequestEntityTooLarge: { http: 413, grpc: 8, retry: 'never' },
  UnsupportedMediaType: { http: 415, grpc: 3, retry: 'never' },
  Invalid: { http: 422, grpc: 3, retry: 'never' },
  TooManyRequests: { http: 429, grpc: 8, retry: 'later' },
  InternalError: { http: 500, grpc: 13, retry: 'later' },
  ServiceUnavailable: { http: 503, grpc: 14, retry: 'later' },
  /** The caller's or the server's deadline passed; the write may or may not have happened. */
  Timeout: { http: 504, grpc: 4, retry: 'later' },
} as const;

export type Reason = keyof typeof REASONS;
export type RetryClass = (typeof REASONS)[Reason]['retry'];

/** One field that is wrong, as in Kubernetes' `Status.details.causes`. */
export interface Cause {
  /** FieldValueRequired, FieldValueInvalid, FieldValueNotSupported, FieldValueForbidden, FieldValueDuplicate, … */
  readonly reason: string;
  readonly message: string;
  /** JSON path: `spec.containers[0].name`. */
  readonly field: string;
}

export interface ErrorDetails {
  readonly name?: string | undefined;
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly uid?: string | undefined;
  readonly causes?: readonly Cause[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** From where a list whose revision is gone can go on, inconsistently (410 only): `Status.metadata.continue`. */
  readonly continueToken?: string | undefined;
}

export class ApiError extends Error {
  readonly reason: Reason;
  readonly details: ErrorDetails;

  constructor(reason: Reason, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.reason = reason;
    this.details = details;
  }

  get retry(): RetryClass {
    return REASONS[this.reason].retry;
  }

  get httpStatus(): number {
    return REASONS[this.reason].http;
  }

  get grpcCode(): number {
    return REASONS[this.reason].grpc;
  }

  /** What nobody expected becomes an InternalError that keeps its cause; an ApiError stays as it is. */
  static from(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new ApiError('InternalError', `Internal error occurred: ${message}`, {}, { cause: error });
  }
}
