/**
 * Brings records to the cache strictly in order and without gaps, from two sides: own commits as they are
 * acknowledged, and the log itself where others commit too. Whatever comes twice is dropped by its revision.
 */
import { ApiError, type LogRecord, type Revision } from '@reckon/api';
import type { Clock } from '@reckon/service';
import type { LogSource } from './ports.ts';

export interface FollowerHost {
  head(): Revision;
  /** Called with head + 1 only. */
  apply(record: LogRecord): void;
  /** Revisions up to here hold nothing for the cache (superseded heartbeats). */
  advance(rev: Revision): void;
  /** After a batch of the above. */
  settled(): void;
  /** The log could not be read; it is tried again. */
  trouble(error: ApiError): void;
}

const RETRY_MS = 200;
/** A newer head is usually explained by an own commit that is under way; after this the log is read instead. */
const OWN_COMMIT_GRACE_MS = 5;

export class LogFollower {
  readonly #host: FollowerHost;
  readonly #source: LogSource;
  readonly #clock: Clock;
  /** Own commits whose predecessors have not come yet. */
  readonly #early = new Map<Revision, LogRecord>();
  #underway = 0;
  /** The newest revision that is known to exist. */
  #target: Revision = 0;
  #reading: Promise<void> | undefined;
  #graceCancel: (() => void) | undefined;
  readonly #stopped = new AbortController();

  constructor(deps: { host: FollowerHost; source: LogSource; clock: Clock }) {
    this.#host = deps.host;
    this.#source = deps.source;
    this.#clock = deps.clock;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#graceCancel?.();
    await this.#reading;
  }

  /** Forgets what it knows of another history. */
  startOver(): void {
    this.#early.clear();
    this.#target = 0;
  }

  /** A newer head is known from elsewhere. */
  heard(rev: Revision): void {
    if (rev <= this.#target) return;
    this.#target = rev;
    if (rev <= this.#host.head()) return;
    if (this.#underway === 0) {
      this.#read();
      return;
    }
    this.#graceCancel ??= this.#clock.after(OWN_COMMIT_GRACE_MS, () => {
      this.#graceCancel = undefined;
      if (this.#behind()) this.#read();
    });
  }

  /** The newest revision is needed now: whatever is under way is not waited for. */
  hurry(rev: Revision): void {
    if (rev > this.#target) this.#target = rev;
    if (this.#behind()) this.#read();
  }

  /** Between begin and end of a commit of this process, news of a head usually is news of that commit. */
  commitBegins(): void {
    this.#underway++;
  }

  commitEnds(): void {
    this.#underway--;
    if (this.#underway === 0 && this.#behind()) this.#read();
  }

  /** What this process has committed, in order of revision. */
  committed(records: readonly LogRecord[]): void {
    for (const record of records) {
      const { rev } = record;
      if (rev > this.#target) this.#target = rev;
      if (rev === this.#host.head() + 1) this.#host.apply(record);
      else if (rev > this.#host.head()) this.#early.set(rev, record);
    }
    this.#applyEarly();
    this.#host.settled();
    // Others have committed before us, or between our commits.
    if (this.#early.size > 0) this.#read();
  }

  #behind(): boolean {
    return this.#target > this.#host.head() && !this.#stopped.signal.aborted;
  }

  #applyEarly(): void {
    if (this.#early.size === 0) return;
    for (;;) {
      const next = this.#early.get(this.#host.head() + 1);
      if (!next) break;
      this.#early.delete(next.rev);
      this.#host.apply(next);
    }
    for (const rev of this.#early.keys()) if (rev <= this.#host.head()) this.#early.delete(rev);
  }

  #read(): void {
    this.#reading ??= this.#readToTarget().finally(() => {
      this.#reading = undefined;
      // Somebody may have moved the target after the last look at it.
      if (this.#behind()) this.#read();
    });
  }

  async #readToTarget(): Promise<void> {
    while (this.#behind()) {
      try {
        const { records, through } = await this.#source.readLog({
          after: this.#host.head(),
          through: this.#target,
        });
        if (this.#stopped.signal.aborted) return;
        this.#applyRead(records, through);
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        this.#host.trouble(ApiError.from(error));
        await this.#clock.sleep(RETRY_MS, this.#stopped.signal).catch(() => undefined);
      }
    }
  }

  #applyRead(records: readonly LogRecord[], through: Revision): void {
    for (const record of records) {
      // Own commits may have been applied while the log was read.
      if (record.rev <= this.#host.head()) continue;
      if (record.rev > this.#host.head() + 1) this.#host.advance(record.rev - 1);
      // The own form of a record has its value at hand.
      this.#host.apply(this.#early.get(record.rev) ?? record);
    }
    if (through > this.#host.head()) this.#host.advance(through);
    this.#applyEarly();
    this.#host.settled();
  }
}
