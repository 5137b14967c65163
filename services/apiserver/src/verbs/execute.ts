/** Prepares a write, commits it, and prepares it again when the state was another than it seemed. */
import { ApiError, conflict as conflictError, type ObjectKey, type Reason } from '@reckon/api';
import type { Conflict } from '@reckon/store';
import type { Entry } from '../cache/entry.ts';
import { commit } from './commit.ts';
import { Unsaved } from './encode.ts';
import type { Env, Preparation } from './env.ts';
import type { PlannedWrite, Prepared } from './plan.ts';
import { CachedState, sameKey } from './state.ts';
import type { ObjectAt, RequestContext } from './types.ts';

/** Attempts of one writer in its turn before the contention is told to the client: others may win many in a row. */
const MAX_ATTEMPTS = 128;

/** Refusals that may come from a cache that is behind the commits of another API server. */
const STATE_DEPENDENT: ReadonlySet<Reason> = new Set<Reason>([
  'NotFound',
  'AlreadyExists',
  'Conflict',
  'Invalid',
  'Forbidden',
  'BadRequest',
]);

export interface Execution<Answer> {
  readonly context: RequestContext;
  /** What the log says of how it was asked for (`Provenance.via`). */
  readonly via: string;
  readonly dryRun: boolean;
  /** Pure but for randomness: it may run several times. */
  prepare(preparation: Preparation): Prepared<Answer>;
}

type Outcome<Answer> =
  | { readonly done: Answer }
  /** What is contended for. */
  | { readonly missed: ObjectKey };

/**
 * A preparation reads the cache, which may be behind. A refusal or a "nothing to do" that it comes to therefore counts
 * only at a confirmed head; a plan is held against the truth by the commit itself (L2). After a conflict the next
 * preparation sees what was in the way, so that it finds the right refusal, or the right plan.
 */
export async function execute<Answer>(env: Env, execution: Execution<Answer>): Promise<Answer> {
  const warnings = new Set<string>();
  const once = new Attempt(env, execution, warnings);
  try {
    // Who came now would be ahead of those in line for ever: he knows what the latest of them has made of the object.
    const first = await once.run((key) => env.contended.has(lineOf(key)));
    if ('done' in first) return first.done;
    const key = first.missed;
    // Who has missed once goes into line with the other writers of that object.
    return await env.contended.run(lineOf(key), async () => {
      for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
        const outcome = await once.run();
        if ('done' in outcome) return outcome.done;
      }
      throw conflictError(key.resource, key.name);
    });
  } finally {
    for (const warning of warnings) execution.context.warn(warning);
  }
}

function lineOf({ resource, namespace, name }: ObjectKey): string {
  return `${resource} ${namespace} ${name}`;
}

class Attempt<Answer> {
  readonly #env: Env;
  readonly #execution: Execution<Answer>;
  readonly #warnings: Set<string>;
  /** The cache has everything that was committed before the request came. */
  #confirmed = false;
  /** What was in the way, each object at the latest revision that we were told of. */
  #newer: readonly Entry[] = [];

  constructor(env: Env, execution: Execution<Answer>, warnings: Set<string>) {
    this.#env = env;
    this.#execution = execution;
    this.#warnings = warnings;
  }

  /** @param taken whether others are in line for an object: nothing is tried then. */
  async run(taken: (key: ObjectKey) => boolean = () => false): Promise<Outcome<Answer>> {
    const { context, via, dryRun } = this.#execution;
    if (context.signal.aborted)
      throw new ApiError('Timeout', 'the request was given up before it was carried out');
    const prepared = await this.#prepare();
    if (prepared.writes.length === 0 && prepared.conditions.length === 0)
      return { done: prepared.answer([]) };
    if (dryRun) return { done: prepared.answer(prepared.writes.map(unsaved)) };
    const busy = prepared.writes.find(({ op, key }) => op === 'update' && taken(key));
    if (busy) return { missed: busy.key };
    const result = await commit(this.#env, { context, via, prepared });
    if ('written' in result) return { done: prepared.answer(result.written) };
    await this.#learn(result.conflict);
    return { missed: result.conflict.key };
  }

  async #prepare(): Promise<Prepared<Answer>> {
    const { head } = this.#env.cache;
    try {
      const prepared = this.#prepareNow();
      if (this.#confirmed || prepared.writes.length > 0) return prepared;
      await this.#confirm();
      return this.#env.cache.head === head ? prepared : this.#prepareNow();
    } catch (error) {
      if (this.#confirmed || !(error instanceof ApiError) || !STATE_DEPENDENT.has(error.reason)) throw error;
      await this.#confirm();
      if (this.#env.cache.head === head) throw error;
      return this.#prepare();
    }
  }

  #prepareNow(): Prepared<Answer> {
    const env = this.#env;
    return this.#execution.prepare({
      env,
      context: this.#execution.context,
      state: new CachedState(env.cache, this.#newer),
      nowMs: env.clock.nowMs(),
      warn: (message) => this.#warnings.add(message),
    });
  }

  async #confirm(): Promise<void> {
    await this.#env.cache.confirm();
    this.#confirmed = true;
  }

  /**
   * Without waiting for the cache: whoever asks another API server is told of a conflict and of a success at the same
   * time as we are, and would be ahead of us each time.
   */
  async #learn({ current }: Conflict): Promise<void> {
    // What was there is gone: only the head tells how far to read.
    if (!current) return this.#confirm();
    const others = this.#newer.filter(({ key }) => !sameKey(key, current.key));
    this.#newer = [...others, this.#env.cache.entryFrom(current)];
  }
}

function unsaved({ key, value }: PlannedWrite): ObjectAt {
  return new Unsaved({ key, value });
}
