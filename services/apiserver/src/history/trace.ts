/** From an event to what caused it, or to what it set off. */
import type { Revision } from '@reckon/api';
import type { Store, StoredRecord } from '@reckon/store';

export type TracedLog = Pick<Store, 'records' | 'effects'>;

export interface TraceRequest {
  readonly rev: Revision;
  readonly limit: number;
}

export interface Trace {
  /** The event itself first. */
  readonly records: readonly StoredRecord[];
  readonly truncated: boolean;
}

/** Back to the request that nothing caused, newest first. Shorter where retention has taken the rest. */
export async function traceCauses(log: TracedLog, { rev, limit }: TraceRequest): Promise<Trace> {
  const records: StoredRecord[] = [];
  let next: Revision | undefined = rev;
  while (next !== undefined && records.length < limit) {
    const [record]: readonly (StoredRecord | undefined)[] = await log.records([next]);
    if (!record) return { records, truncated: false };
    records.push(record);
    const cause: Revision | undefined = record.provenance.cause;
    // A cause comes before what it causes; anything else would be a circle.
    next = cause !== undefined && cause < record.rev ? cause : undefined;
  }
  return { records, truncated: next !== undefined };
}

/** All that it set off, at any remove, by revision. */
export async function traceEffects(log: TracedLog, { rev, limit }: TraceRequest): Promise<Trace> {
  const [start] = await log.records([rev]);
  if (!start) return { records: [], truncated: false };
  const records: StoredRecord[] = [];
  const room = () => limit - 1 - records.length;
  let causes: readonly Revision[] = [rev];
  let truncated = false;
  while (causes.length > 0 && !truncated) {
    const found = await log.effects(causes, { limit: room() + 1 });
    truncated = found.length > room();
    const taken = found.slice(0, room());
    records.push(...taken);
    causes = taken.map((record) => record.rev);
  }
  return { records: [start, ...records.sort((a, b) => a.rev - b.rev)], truncated };
}
