import { ApiError, type Cause } from '@reckon/api';
import type { TransactOperation } from './types.ts';

/** What is wrong with the operations of a transaction, told all at once. */
export class OperationErrors {
  readonly #operations: readonly TransactOperation[];
  readonly #errors: (readonly [number, ApiError])[] = [];

  constructor(operations: readonly TransactOperation[]) {
    this.#operations = operations;
  }

  /** Undefined if `work` threw an ApiError, which is then kept. */
  collect<Result>(index: number, work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#errors.push([index, error]);
      return undefined;
    }
  }

  /**
   * One write that only has conditions beside it (a leader's fence) is refused as it would be by itself. One error of
   * several operations keeps its reason. Several of different reasons are Invalid together; the fields of their causes say
   * which operation they are about: `operations[2].spec.replicas`.
   */
  throwIfAny(): void {
    const [first, ...rest] = this.#errors;
    if (!first) return;
    if (rest.length === 0 && this.#isOnlyWrite(first[0])) throw first[1];
    const reason = rest.every(([, error]) => error.reason === first[1].reason) ? first[1].reason : 'Invalid';
    const messages = this.#errors.map(([index, error]) => `${this.#name(index)}: ${error.message}`);
    const text = messages.length === 1 ? messages.join('') : `[${messages.join(', ')}]`;
    const causes = this.#errors.flatMap(([index, error]) => causesOf(index, error));
    const details = rest.length === 0 ? first[1].details : {};
    throw new ApiError(reason, text, { ...details, causes }, { cause: first[1] });
  }

  #isOnlyWrite(index: number): boolean {
    const isFenced = this.#operations.length > 1;
    return isFenced && this.#operations.every(({ verb }, i) => (i === index) === (verb !== 'require'));
  }

  #name(index: number): string {
    const operation = this.#operations[index];
    if (!operation) return `operation ${index}`;
    const { verb, target } = operation;
    const name = target.name === '' ? '' : ` "${target.name}"`;
    return `operation ${index} (${verb} ${target.resource.groupResource}${name})`;
  }
}

function causesOf(index: number, error: ApiError): readonly Cause[] {
  const place = `operations[${index}]`;
  const { causes } = error.details;
  if (!causes || causes.length === 0) return [{ reason: error.reason, message: error.message, field: place }];
  return causes.map((cause) => ({ ...cause, field: cause.field === '' ? place : `${place}.${cause.field}` }));
}
