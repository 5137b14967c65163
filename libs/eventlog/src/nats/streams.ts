import { DiscardPolicy, type JetStreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { Revision } from '@reckon/api';
import { baseOf, streamName } from '../stream-name.ts';
import { ALL_SUBJECTS } from '../subject.ts';
import { unavailable } from './connection.ts';

/** A stream holds the newest part of the log; what is older comes from the API server. */
const MAX_BYTES = 1024 ** 3;

export interface LogStream {
  readonly name: string;
  readonly base: Revision;
  /** The last revision in it; `base` if it is empty. */
  readonly lastRev: Revision;
  /** The oldest revision in it; `lastRev + 1` if it is empty. */
  readonly firstRev: Revision;
}

/** The streams of a log, newest (highest base) first. There is more than one only while a rebuild goes on. */
export async function findStreams(manager: JetStreamManager, logId: string): Promise<readonly LogStream[]> {
  const found: LogStream[] = [];
  for await (const { config, state } of manager.streams.list(ALL_SUBJECTS)) {
    const base = baseOf(config.name, logId);
    if (base === undefined) continue;
    found.push({
      name: config.name,
      base,
      lastRev: base + state.last_seq,
      firstRev: base + (state.messages === 0 ? state.last_seq + 1 : Math.max(1, state.first_seq)),
    });
  }
  return found.sort((a, b) => b.base - a.base);
}

/** Who made a stream: what somebody else made is left alone. */
export function streamDescription(clusterId: string): string {
  return `the log of the Reckon cluster ${clusterId}`;
}

/** Makes an empty stream for what comes after `base`. */
export async function createStream(
  manager: JetStreamManager,
  { logId, base, clusterId }: { readonly logId: string; readonly base: Revision; readonly clusterId: string },
): Promise<LogStream> {
  const name = streamName(logId, base);
  await manager.streams.add({
    name,
    description: streamDescription(clusterId),
    subjects: [ALL_SUBJECTS],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_bytes: MAX_BYTES,
    // Order is guarded by the expected sequence; message ids are not used.
    duplicate_window: 100_000_000,
    allow_direct: true,
    num_replicas: 1,
  });
  return { name, base, lastRev: base, firstRev: base + 1 };
}

/** Subjects of two streams may not overlap: those before go before a new one comes. */
export async function deleteStreams(manager: JetStreamManager, clusterId: string): Promise<void> {
  const names: string[] = [];
  for await (const { config } of manager.streams.list(ALL_SUBJECTS)) {
    if (config.description && config.description !== streamDescription(clusterId)) {
      throw unavailable(`holds a stream of somebody else, ${config.name}, on the subjects of the log`);
    }
    names.push(config.name);
  }
  for (const name of names) await manager.streams.delete(name);
}
