/** What becomes of unknown and duplicate fields: KEP-2885, server-side field validation. */
import { ApiError } from '../errors/api-error.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface FieldReport {
  /** `spec.foo`. */
  readonly unknownFields: readonly string[];
  /** As the decoder says it: `duplicate field "spec.replicas"`. */
  readonly duplicateFields: readonly string[];
}

/**
 * The warnings for the client, in the order in which Kubernetes gives them.
 * @throws ApiError BadRequest if validation is strict and there is anything to report.
 */
export function validateFields(report: FieldReport, mode: FieldValidation): readonly string[] {
  if (mode === 'Ignore') return [];
  const unknown = report.unknownFields.map((path) => `unknown field ${JSON.stringify(path)}`);
  const problems = [...report.duplicateFields, ...unknown];
  if (mode === 'Strict' && problems.length > 0) {
    throw new ApiError('BadRequest', `strict decoding error: ${problems.join(', ')}`);
  }
  return problems;
}

/** Says of an error of decoding which kind could not be decoded, as Kubernetes' request handlers do. */
export function cannotBeHandled(
  kind: { readonly version: string; readonly kind: string },
  error: ApiError,
): ApiError {
  const message = `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${error.message}`;
  return new ApiError('BadRequest', message, error.details, { cause: error });
}
