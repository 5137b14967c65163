import type { LogRecord, Revision } from '@reckon/api';

/** What a relay has made of a log: `records[i]` is revision `base + 1 + i`. */
export interface MemoryStream {
  readonly logId: string;
  readonly base: Revision;
  readonly records: LogRecord[];
}

/** What a relay needs of the log's carrier. */
export interface MemoryBus {
  readonly isAway: boolean;
  readonly stream: MemoryStream | undefined;
  begin(stream: MemoryStream): void;
  append(stream: MemoryStream, record: LogRecord & { readonly confidential: boolean }): boolean;
  onChange(listener: () => void): () => void;
}

export function lastRevOf({ base, records }: MemoryStream): Revision {
  return base + records.length;
}
