/** list: a collection at one revision, whole or by pages. */
import {
  ApiError,
  badRequest,
  type Cause,
  continueExpired,
  invalid,
  type Revision,
  resourceVersionTooLarge,
} from '@reckon/api';
import { type Page, pageOf, pathOf, splitPath } from '../cache/resource-cache.ts';
import type { Selection } from '../cache/selection.ts';
import { type ContinueToken, decodeContinue, encodeContinue, LATEST } from './continue-token.ts';
import type { Env } from './env.ts';
import { Incarnations } from './incarnations.ts';
import { pageFromLog } from './list-at.ts';
import { selectionOf } from './selection.ts';
import type { ListOptions, ListResult, RequestContext, Target } from './types.ts';
import { type ReadVersion, reach, readVersionOf } from './versions.ts';

export interface ListRequest {
  readonly target: Target;
  readonly options: ListOptions;
}

export async function list(
  env: Env,
  context: RequestContext,
  { target, options }: ListRequest,
): Promise<ListResult> {
  const selection = selectionOf(target, options);
  const limit = Math.max(0, options.limit ?? 0);
  const resource = target.resource.groupResource;
  if (options.continue !== undefined && options.continue !== '') {
    const token = continueToken(env, options);
    if (token.rev === LATEST) return present(env, { resource, selection, limit, after: token });
    const page = await pageAt(env, {
      resource,
      selection,
      limit,
      after: token,
      rev: token.rev,
      signal: context.signal,
    }).catch((error: unknown) => {
      throw error instanceof ApiError && error.reason === 'Expired' ? goingOn(token) : error;
    });
    return past(env, page, options, { rev: token.rev, beganMs: token.beganMs });
  }
  const version = listVersion(options, limit);
  if (version.kind === 'exact') {
    const page = await pageAt(env, {
      resource,
      selection,
      limit,
      after: undefined,
      rev: version.rev,
      signal: context.signal,
    });
    return past(env, page, options, { rev: version.rev, beganMs: env.clock.nowMs() });
  }
  return present(env, { resource, selection, limit, after: undefined }, version);
}

/** What the cache has, once it has what `version` asks for. */
async function present(
  env: Env,
  { resource, selection, limit, after }: Omit<PageAt, 'rev' | 'signal'>,
  version: Exclude<ReadVersion, { kind: 'exact' }> = { kind: 'latest' },
): Promise<ListResult> {
  const beganMs = env.clock.nowMs();
  await reach(env, version);
  const rev = env.cache.head;
  const objects = env.cache.resource(resource);
  const page = objects.list(selection, after ? pathOf(after) : '', limit);
  // Further pages are to show the same revision, whatever is written until they are asked for.
  if (page.lastPath !== undefined)
    env.snapshots.keep(resource, rev, objects.lastChangeRev, () => objects.snapshot());
  return resultOf(env, page, { rev, beganMs });
}

function listVersion(options: ListOptions, limit: number): ReadVersion {
  return readVersionOf(options, { options: 'ListOptions', unmatched: limit > 0 ? 'exact' : 'notOlderThan' });
}

function continueToken(env: Env, options: ListOptions): ContinueToken {
  if (options.match !== undefined) {
    const cause: Cause = {
      reason: 'FieldValueForbidden',
      field: 'resourceVersionMatch',
      message: 'Forbidden: resourceVersionMatch is forbidden when continue is provided',
    };
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [cause]);
  }
  if (
    options.resourceVersion !== undefined &&
    options.resourceVersion !== '' &&
    options.resourceVersion !== '0'
  )
    throw badRequest('specifying resource version is not allowed when using continue');
  const token = decodeContinue(options.continue ?? '');
  if (token.rev !== LATEST && env.clock.nowMs() - token.beganMs > env.settings.continueTokenTtlMs)
    throw goingOn(token);
  return token;
}

/** A list whose revision is gone may go on in the present, if its client can do with that. */
function goingOn(token: ContinueToken): ApiError {
  return continueExpired(encodeContinue({ ...token, rev: LATEST }));
}

interface PageAt {
  readonly resource: string;
  readonly selection: Selection;
  readonly limit: number;
  readonly after: { readonly namespace: string; readonly name: string } | undefined;
  readonly rev: Revision;
  readonly signal: AbortSignal;
}

/** A page as of a revision: from the cache where nothing has changed since, a kept snapshot, or the log. */
async function pageAt(env: Env, page: PageAt): Promise<Page> {
  const { resource, selection, limit, rev } = page;
  if (rev > env.cache.head) await env.cache.confirm();
  if (rev > env.cache.head) throw resourceVersionTooLarge(rev, env.cache.head);
  const afterPath = page.after ? pathOf(page.after) : '';
  const objects = env.cache.resource(resource);
  if (objects.lastChangeRev <= rev) return objects.list(selection, afterPath, limit);
  const kept = env.snapshots.at(resource, rev);
  if (kept) return pageOf(kept, { selection, afterPath, limit });
  return pageFromLog(env, page);
}

async function past(
  env: Env,
  page: Page,
  { formerNamespaces }: ListOptions,
  at: { readonly rev: Revision; readonly beganMs: number },
): Promise<ListResult> {
  const result = resultOf(env, page, at);
  if (formerNamespaces) return result;
  const items = await new Incarnations(env, at.rev).visible(result.items);
  if (items.length === result.items.length) return result;
  // How many of those to come are to be seen is not known.
  const { remainingItemCount: _count, ...others } = result;
  return { ...others, items };
}

function resultOf(env: Env, page: Page, { rev, beganMs }: { rev: Revision; beganMs: number }): ListResult {
  const { items, lastPath, remaining } = page;
  return {
    items,
    rev,
    logId: env.cache.logId,
    ...(lastPath !== undefined && { continue: encodeContinue({ rev, beganMs, ...splitPath(lastPath) }) }),
    ...(remaining !== undefined && { remainingItemCount: remaining }),
  };
}
