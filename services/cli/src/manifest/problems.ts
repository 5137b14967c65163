/** What the API server says of the operations of a transaction, in terms of where each came from. */
import type { ApiError, Cause } from '@reckon/api';

/** `operations[2].spec.replicas`: the operation, and the field within it if it is about one. */
const PLACE = /^operations\[(\d+)\](?:\.(.*))?$/s;

export interface OperationProblem {
  /** Undefined if it is about the transaction as a whole. */
  readonly operation: number | undefined;
  readonly message: string;
}

export function problemsOf(error: ApiError): readonly OperationProblem[] {
  const causes = error.details.causes ?? [];
  if (!causes.some(({ field }) => PLACE.test(field)))
    return [{ operation: undefined, message: error.message }];
  return causes.map(problemOf);
}

function problemOf({ field, message }: Cause): OperationProblem {
  const [, operation, inner] = PLACE.exec(field) ?? [];
  if (operation === undefined) return { operation: undefined, message };
  return { operation: Number(operation), message: inner ? `${inner}: ${message}` : message };
}
