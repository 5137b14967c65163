/** Gives back to a namespace what belongs to it when somebody has deleted or changed it. */
import { ApiError } from '@reckon/api';
import { namespaceRange } from '../cache/resource-cache.ts';
import { companionWrites, DEFAULT_ACCOUNT, ROOT_CA } from '../kinds/namespace-companions.ts';
import type { Env } from '../verbs/env.ts';
import { execute } from '../verbs/execute.ts';
import { selectionOf } from '../verbs/selection.ts';
import { ownContext } from './own-context.ts';

const WATCHED = [
  ['serviceaccounts', DEFAULT_ACCOUNT],
  ['configmaps', ROOT_CA],
] as const;

const RETRY_MS = 1_000;

/** Resolves when every namespace has them; goes on in the background until the cache is stopped. */
export async function keepCompanions(env: Env): Promise<void> {
  const after = env.cache.head;
  await ensureAll(env);
  for (const [resource, name] of WATCHED) void follow(env, resource, name, after);
}

async function ensureAll(env: Env): Promise<void> {
  const names: string[] = [];
  env.cache
    .resource('namespaces')
    .snapshot()
    .visit(namespaceRange(''), (entry) => {
      names.push(entry.key.name);
      return true;
    });
  for (const name of names) await ensureCompanions(env, name);
}

/** One of two API servers that notice the same wins; the other finds nothing left to do. */
async function ensureCompanions(env: Env, namespace: string): Promise<void> {
  await execute(env, {
    context: ownContext(env, 'every namespace has its default ServiceAccount and the CA of the cluster'),
    via: 'create',
    dryRun: false,
    prepare: (preparation) => {
      const key = { resource: 'namespaces', namespace: '', name: namespace };
      const there = preparation.state.get(key);
      const stays = there !== undefined && there.value.metadata.deletionTimestamp === undefined;
      const writes = stays ? companionWrites(preparation, namespace) : [];
      const conditions = stays && writes.length > 0 ? [{ key, rev: there.rev }] : [];
      return { writes, conditions, answer: () => undefined };
    },
  });
}

async function follow(env: Env, resource: string, name: string, from: number): Promise<void> {
  const { signal } = env.cache;
  let after: number | undefined = from;
  while (!signal.aborted) {
    try {
      // Another history begins: what it has, and what it lacks, is not known from any event.
      if (after === undefined) await ensureAll(env);
      await followOnce(env, { resource, name, after: after ?? env.cache.head });
    } catch (error) {
      if (signal.aborted) return;
      env.onTrouble(ApiError.from(error));
      after = undefined;
      await env.clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }
}

async function followOnce(
  env: Env,
  watched: { resource: string; name: string; after: number },
): Promise<void> {
  const schema = env.schema.byGroupResource(watched.resource);
  if (!schema) throw new ApiError('InternalError', `the schema does not serve ${watched.resource}`);
  const target = { resource: schema, subresource: '', namespace: '', name: '' };
  const events = env.cache.watch({
    resource: watched.resource,
    selection: selectionOf(target, { fieldSelector: `metadata.name=${watched.name}` }),
    after: watched.after,
    initial: false,
    markInitialEnd: false,
    bookmarks: false,
    signal: env.cache.signal,
  });
  for await (const batch of events) {
    for (const { type, object } of batch)
      if (object && type !== 'ADDED') await ensureCompanions(env, object.key.namespace);
  }
}
