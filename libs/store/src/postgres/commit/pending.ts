import type { ApiError } from '@reckon/api';
import type { CommitResult, Transaction } from '../../types.ts';

/** A transaction that waits for its answer. */
export interface Pending {
  readonly transaction: Transaction;
  /** What is stored for each write: the body, or its ciphertext. */
  readonly bodies: readonly Uint8Array[];
  /** The log that it was made for. */
  readonly logId: string;
  readonly written: readonly string[];
  readonly demanded: readonly string[];
  readonly bytes: number;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: ApiError) => void;
}
