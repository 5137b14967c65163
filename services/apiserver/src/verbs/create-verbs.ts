/** Puts the verbs together over a store. */
import { ApiError, type Schema } from '@reckon/api';
import type { Clock, Random } from '@reckon/service';
import type { Store } from '@reckon/store';
import { authorizerOf } from '../auth/follow-cache.ts';
import { ListSnapshots } from '../cache/list-snapshots.ts';
import { WatchCache } from '../cache/watch-cache.ts';
import { withVersions } from '../versions/with-versions.ts';
import { type Component, withComponents } from './component-statuses.ts';
import { create } from './create.ts';
import { deleteObject } from './delete.ts';
import { deleteCollection } from './delete-collection.ts';
import type { Env } from './env.ts';
import { get } from './get.ts';
import { KeyQueue } from './key-queue.ts';
import { list } from './list.ts';
import { patch } from './patch.ts';
import { createRules } from './rules.ts';
import { selectableOf } from './selectable.ts';
import type { ClusterSettings } from './settings.ts';
import { transact } from './transact.ts';
import type { TokenIssuer, Verbs } from './types.ts';
import { update } from './update.ts';
import { watch } from './watch.ts';

export interface VerbsParts {
  readonly store: Store;
  readonly schema: Schema;
  readonly clock: Clock;
  readonly random: Random;
  readonly tokens: TokenIssuer;
  readonly settings: ClusterSettings;
  readonly limits?: Partial<VerbsLimits>;
  /** What else can be asked how it is; absent: nothing. */
  readonly components?: () => Promise<readonly Component[]>;
  /** Told of trouble that no request sees; the verbs go on by themselves. */
  readonly onTrouble: (error: ApiError) => void;
}

export interface VerbsLimits {
  /** The latest changes that are kept in memory for watches that resume. */
  readonly ringChanges: number;
  readonly ringBytes: number;
  /** Events that wait for one slow watcher before it is set back to reading from the ring or the log. */
  readonly watchBuffer: number;
  /** Objects that are kept parsed beside their bytes. */
  readonly parsedValues: number;
  /** Snapshots kept for lists that are under way. */
  readonly listSnapshots: number;
  readonly bookmarkPeriodMs: number;
  /** How long a read waits for a revision that this server does not have yet. */
  readonly reachTimeoutMs: number;
  /** Freezes every shared object, to notice whoever changes one (tests). */
  readonly freeze: boolean;
}

const DEFAULT_LIMITS: VerbsLimits = {
  ringChanges: 20_000,
  ringBytes: 48 * 1024 * 1024,
  watchBuffer: 2_000,
  parsedValues: 8_192,
  listSnapshots: 32,
  bookmarkPeriodMs: 60_000,
  reachTimeoutMs: 3_000,
  freeze: false,
};

/** The verbs with what has to be started before they work and stopped after. */
export interface RunningVerbs {
  readonly verbs: Verbs;
  readonly env: Env;
  stop(): Promise<void>;
}

/** Loads the present state from the store and follows it from there. */
export async function startVerbs(parts: VerbsParts): Promise<RunningVerbs> {
  const { store, schema, clock, random, tokens, settings, onTrouble } = parts;
  const limits = { ...DEFAULT_LIMITS, ...parts.limits };
  const cache = new WatchCache({
    source: store,
    clock,
    selectableOf,
    freeze: limits.freeze,
    ring: { maxChanges: limits.ringChanges, maxBytes: limits.ringBytes },
    watchBufferLimit: limits.watchBuffer,
    parsedValues: limits.parsedValues,
    bookmarkPeriodMs: limits.bookmarkPeriodMs,
    catchUpTimeoutMs: limits.reachTimeoutMs,
    onTrouble,
  });
  const authority = authorizerOf(cache);
  await cache.start();
  const env: Env = {
    store,
    cache,
    snapshots: new ListSnapshots({ clock, ttlMs: settings.continueTokenTtlMs, limit: limits.listSnapshots }),
    schema,
    rules: createRules(schema),
    clock,
    random,
    settings,
    tokens,
    authority,
    contended: new KeyQueue(),
    onTrouble,
    reachTimeoutMs: limits.reachTimeoutMs,
  };
  const verbs = withComponents(env, withVersions(env, bind(env)), parts.components ?? (async () => []));
  return { env, verbs, stop: () => cache.stop() };
}

function bind(env: Env): Verbs {
  return {
    get: (context, target, options) => told(() => get(env, context, { target, options })),
    list: (context, target, options) => told(() => list(env, context, { target, options })),
    watch: (context, target, options) => told(() => watch(env, context, { target, options })),
    create: (context, target, body, options) => told(() => create(env, context, { target, body, options })),
    update: (context, target, body, options) => told(() => update(env, context, { target, body, options })),
    patch: (context, target, patched, options) =>
      told(() => patch(env, context, { target, patch: patched, options })),
    delete: (context, target, options) => told(() => deleteObject(env, context, { target, options })),
    deleteCollection: (context, target, listed, options) =>
      told(() => deleteCollection(env, context, { target, list: listed, options })),
    transact: (context, operations) => told(() => transact(env, context, operations)),
  };
}

/** Whatever goes wrong, a door gets an ApiError, and as a rejection. */
async function told<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw ApiError.from(error);
  }
}
