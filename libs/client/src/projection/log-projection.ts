/**
 * The projection of the cluster's own services: lists, then the log itself (see `follower.ts`).
 *
 *   loading ──lists at one revision──▶ following ──the log cannot be continued, or is another one──▶ loading
 */
import { ApiError, type LogRecord, type Revision } from '@reckon/api';
import type { LogFeed } from '@reckon/eventlog';
import { type Clock, type Logger, silentLogger } from '@reckon/service';
import { Backoff } from '../backoff.ts';

import type { ApiClient, ResourceType, Stored } from '../types.ts';
import { BaseProjection } from './base-projection.ts';
import { Confirmation } from './confirmation.ts';

import { LogFollower } from './follower.ts';
import { load } from './load.ts';
import type { Change } from './types.ts';

export interface LogProjectionOptions {
  readonly api: Pick<ApiClient, 'list' | 'readLog' | 'watchHead'>;
  readonly resources: readonly ResourceType[];
  /** Of these nobody reads more than who they are, who owns them, and what holds them: no more is kept. */
  readonly ownersOnly?: readonly ResourceType[] | undefined;
  readonly clock: Clock;
  /** Absent: every change is read from the API server when its head moves. */
  readonly feed?: LogFeed | undefined;
  readonly log?: Logger | undefined;
  /** How long the feed may be behind the head before the log is read instead. */
  readonly lagMs?: number | undefined;
  /** Longest silence between two confirmations of the head that does not end the confirmed interval. */
  readonly maxHeadGapMs?: number | undefined;
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number } | undefined;
}

export class LogProjection extends BaseProjection {
  readonly #options: LogProjectionOptions;
  readonly #log: Logger;
  readonly #backoff: { readonly baseMs: number; readonly maxMs: number };
  readonly #confirmation: Confirmation;
  #revision: Revision = 0;
  #logId = '';

  constructor(options: LogProjectionOptions) {
    super(options.resources, options.clock, options.ownersOnly);
    this.#options = options;
    this.#log = options.log ?? silentLogger;
    this.#backoff = options.backoff ?? { baseMs: 50, maxMs: 2_000 };
    this.#confirmation = new Confirmation(options.clock, options.maxHeadGapMs ?? 3_000);
  }

  get revision(): Revision {
    return this.#revision;
  }

  get logId(): string {
    return this.#logId;
  }

  confirmedSince(): number | undefined {
    const sinceMs = this.#confirmation.sinceMs;
    return sinceMs === undefined ? undefined : this.clock.nowMs() - (this.clock.monotonicMs() - sinceMs);
  }

  get confirmedForMs(): number {
    return this.#confirmation.confirmedForMs;
  }

  silentForMs(object: Stored): number {
    const type = this.resources.find(
      (resource) => resource.kind === object.kind && apiVersionOf(resource) === object.apiVersion,
    );
    const entry = type && this.state.entry(type, object.metadata.namespace ?? '', object.metadata.name);
    if (!entry || entry.uid !== object.metadata.uid) return 0;
    return String(entry.rev) === object.metadata.resourceVersion
      ? this.#confirmation.confirmedAfterMs(entry.learntAtMs)
      : 0;
  }

  protected async follow(started: () => void, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(this.clock, this.#backoff);
    while (!signal.aborted) {
      try {
        await this.#load(signal);
        backoff.reset();
        started();
        await this.#follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        const failure = ApiError.from(error);
        this.#confirmation.reset();
        this.#log.warn('the projection has to be loaded anew', { error: failure.message });
        await backoff.wait(signal).catch(() => undefined);
      }
    }
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { api, ownersOnly } = this.#options;
    const nowMs = this.clock.monotonicMs();
    const loaded = await load({ api, resources: this.resources, ownersOnly, nowMs, signal });
    const anew = loaded.logId !== this.#logId;
    const changes: Change[] = [];
    for (const { type, entries } of loaded.resources) {
      changes.push(...this.state.replace(type, entries, { revision: loaded.revision, anew }));
    }
    for (const record of loaded.records) {
      const change = this.state.apply(record, nowMs);
      if (change) changes.push(change);
    }
    this.#logId = loaded.logId;
    this.#revision = loaded.revision;
    for (const change of changes) this.tell(change);
    this.#log.info('projection loaded', { revision: loaded.revision, changes: changes.length });
    // Those who wait for a revision of another log wait in vain: all that there is has just been told.
    this.reached(anew ? Number.POSITIVE_INFINITY : loaded.revision);
  }

  #follow(signal: AbortSignal): Promise<void> {
    const follower = new LogFollower(
      {
        api: this.#options.api,
        feed: this.#options.feed,
        clock: this.clock,
        log: this.#log,
        resources: this.resources.map((type) => type.groupResource),
        lagMs: this.#options.lagMs ?? 100,
        backoff: this.#backoff,
        apply: (records, through) => this.#apply(records, through),
        headSeen: (head) => this.#confirmation.headSeen(head.rev, this.#revision),
      },
      { logId: this.#logId, after: this.#revision },
    );
    return follower.follow(signal);
  }

  #apply(records: readonly LogRecord[], through: Revision): void {
    const nowMs = this.clock.monotonicMs();
    for (const record of records) {
      const change = this.state.apply(record, nowMs);
      this.#revision = record.rev;
      if (change) this.tell(change);
    }
    this.#revision = through;
    this.#confirmation.applied(through);
    this.reached(through);
  }
}

function apiVersionOf(resource: ResourceType): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version;
}
