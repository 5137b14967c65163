import type { ApiError, Schema } from '@reckon/api';
import type { Clock, Random } from '@reckon/service';
import type { Store } from '@reckon/store';
import type { Authority } from '../auth/authorizer.ts';
import type { ListSnapshots } from '../cache/list-snapshots.ts';
import type { WatchCache } from '../cache/watch-cache.ts';
import type { KeyQueue } from './key-queue.ts';
import type { ObjectRules } from './rules.ts';
import type { ClusterSettings } from './settings.ts';
import type { State } from './state.ts';
import type { RequestContext, TokenIssuer } from './types.ts';

/** What every verb works with. */
export interface Env {
  readonly store: Store;
  readonly cache: WatchCache;
  readonly snapshots: ListSnapshots;
  readonly schema: Schema;
  readonly rules: ObjectRules;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: ClusterSettings;
  readonly tokens: TokenIssuer;
  /** Who may do what, for what gives rights away. */
  readonly authority: Authority;
  readonly contended: KeyQueue;
  /** Told of trouble that no request sees. */
  readonly onTrouble: (error: ApiError) => void;
  /** How long a read waits for a revision that this server does not have yet. */
  readonly reachTimeoutMs: number;
}

/**
 * One attempt to prepare a write. Everything that a preparation looks at is here, so that it can be run again when
 * the state turns out to be another one.
 */
export interface Preparation {
  readonly env: Env;
  readonly context: RequestContext;
  readonly state: State;
  readonly nowMs: number;
  /** Told to the client once, whatever becomes of the attempt. */
  warn(message: string): void;
}
