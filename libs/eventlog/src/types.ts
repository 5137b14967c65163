/**
 * The log's way out of the API server. A relay publishes it, in order and without gaps, to a JetStream stream; feeds
 * read it from there. JetStream is never the truth: whatever it has lost is published again from the log, and whoever
 * follows a feed fills in from ReadLog.
 */
import type { Head, LogRecord, Revision } from '@reckon/api';

/** Larger bodies are fetched from an API server. NATS refuses messages over 1 MiB by default. */
export const MAX_BODY_BYTES = 512 * 1024;

/** How to reach NATS. */
export interface NatsOptions {
  /** `nats://127.0.0.1:4222`; several servers separated by commas. */
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** PEM. */
  readonly tls?: NatsTls | undefined;
  /** Shown in the server's list of connections. */
  readonly name?: string | undefined;
}

export interface NatsTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** All records with after < rev <= through that match. `after` beyond the `through` before it is a gap. */
export interface FeedChunk {
  readonly after: Revision;
  readonly records: readonly LogRecord[];
  readonly through: Revision;
}

export interface FeedStart {
  readonly logId: string;
  /** Chunks begin at or after this revision: after it where the stream does not go back so far. */
  readonly after: Revision;
  /** `pods`, `deployments.apps`; absent: all. The others only move `through`. */
  readonly resources?: readonly string[] | undefined;
}

/**
 * The log as it comes by itself: fast, but it promises no completeness. A feed may be late, start later than asked,
 * leave gaps (always visible: see `FeedChunk`), leave out bodies (confidential, or over 512 KiB), or be gone.
 */
export interface LogFeed {
  /**
   * Ends with ServiceUnavailable when NATS or the log's stream is away (follow again, later), and quietly when the
   * signal is aborted.
   */
  follow(from: FeedStart, signal: AbortSignal): AsyncIterable<FeedChunk>;
}

/** A record as the relay reads it. */
export interface SourceRecord extends LogRecord {
  /** Travels without its body. */
  readonly confidential: boolean;
}

/** Where the relay has the log from: `Store` of libs/store fits. */
export interface LogSource {
  head(): Promise<Head>;
  lastHead(): Head;
  readLog(options: {
    readonly after: Revision;
    readonly through?: Revision;
    readonly limit?: number;
    readonly withholdConfidential?: boolean;
  }): Promise<{
    readonly records: readonly SourceRecord[];
    readonly through: Revision;
    readonly head: Head;
  }>;
  onHead(listener: (head: Head) => void): () => void;
  onCommit(listener: (records: readonly SourceRecord[]) => void): () => void;
  replaceLogId(options: { readonly expected: string; readonly because: string }): Promise<Head>;
}

/** Saves work among relays; safety does not depend on it. `Store.leaderLock` of libs/store fits. */
export interface LeaderLock {
  acquire(signal: AbortSignal): Promise<Leadership>;
}

export interface Leadership {
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

export interface RelayStatus {
  readonly leading: boolean;
  readonly logId: string;
  /** Acknowledged by NATS. */
  readonly publishedRev: Revision;
  /** The stream in use; undefined while there is none. */
  readonly stream: string | undefined;
  /** Why it does not go on, as a sentence for people; undefined while all is well. */
  readonly trouble: string | undefined;
}

/** Publishes the log. `MemoryRelay` is its twin. */
export interface Relay {
  /** Starts in the background; NATS may come later. */
  start(): void;
  status(): RelayStatus;
  /** Called after every change of the status. The result ends it. */
  onStatus(listener: (status: RelayStatus) => void): () => void;
  stop(): Promise<void>;
}
