import type { LogRecord, Revision } from '@reckon/api';
import { Change } from './change.ts';
import type { Entry } from './entry.ts';
import type { LogSource } from './ports.ts';
import { pathOf } from './resource-cache.ts';
import type { Selection } from './selection.ts';
import type { ChangesAfter } from './watch.ts';

export interface LogReading {
  readonly source: LogSource;
  /** Undefined if the body of the record is no longer kept. */
  readonly entryOf: (record: LogRecord) => Entry | undefined;
}

export interface LogWatch {
  readonly resource: string;
  readonly selection: Selection;
  readonly after: Revision;
  readonly through: Revision;
  /** Of one reading, in changes and in bytes: what would not be handed out is not read. */
  readonly limit: number;
  readonly maxBytes: number;
}

/**
 * Changes that the ring no longer has, read from the log. What a selector watch sees of a change depends on the
 * object before it, so that is read too, unless the selection takes everything.
 */
export async function changesFromLog(reading: LogReading, watch: LogWatch): Promise<ChangesAfter> {
  const { selection } = watch;
  const { records, through } = await reading.source.readLog({
    after: watch.after,
    through: watch.through,
    limit: watch.limit,
    maxBytes: watch.maxBytes,
    filter: {
      resources: [watch.resource],
      ...(selection.namespace !== '' && { namespace: selection.namespace }),
      ...(selection.name !== undefined && { name: selection.name }),
    },
    previous: !selection.everything,
  });
  const changes: Change[] = [];
  for (const record of records) {
    const entry = reading.entryOf(record);
    // A superseded heartbeat: a watch of those promises the latest state, and the record that replaced it comes.
    if (!entry || (selection.path !== undefined && pathOf(record.key) !== selection.path)) continue;
    changes.push(new Change(record.op, entry, previousOf(reading, { record, entry })));
  }
  return { changes, through };
}

/** One that is not needed, or no longer kept, is taken to have been selected as the present one is. */
function previousOf(
  { entryOf }: LogReading,
  { record, entry }: { record: LogRecord & { previousBody?: Uint8Array | undefined }; entry: Entry },
): Entry | undefined {
  if (record.prevRev === 0) return undefined;
  const body = record.previousBody;
  return (body && entryOf({ ...record, rev: record.prevRev, body })) ?? entry;
}
