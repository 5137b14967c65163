/** watch: what becomes of a collection, from a revision on. */
import { ApiError, type Cause, invalid, type Revision } from '@reckon/api';
import type { Env } from './env.ts';
import { selectionOf } from './selection.ts';
import type { RequestContext, Target, WatchOptions, WatchStream } from './types.ts';
import { parseRevision } from './versions.ts';

export interface WatchRequest {
  readonly target: Target;
  readonly options: WatchOptions;
}

export async function watch(
  env: Env,
  context: RequestContext,
  { target, options }: WatchRequest,
): Promise<WatchStream> {
  checkOptions(options);
  const selection = selectionOf(target, options);
  const begin = await beginOf(env, options);
  return env.cache.watch({
    resource: target.resource.groupResource,
    selection,
    after: begin.rev,
    initial: begin.initial,
    markInitialEnd: options.sendInitialEvents === true,
    bookmarks: options.allowBookmarks === true,
    signal: context.signal,
  });
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists */
function checkOptions({ sendInitialEvents, match }: WatchOptions): void {
  const causes: Cause[] = [];
  const forbid = (why: string) =>
    causes.push({
      reason: 'FieldValueForbidden',
      field: 'resourceVersionMatch',
      message: `Forbidden: ${why}`,
    });
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    forbid('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  if (sendInitialEvents === undefined && match !== undefined)
    forbid('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes);
}

interface Begin {
  readonly rev: Revision;
  /** The present objects come first, as ADDED. */
  readonly initial: boolean;
}

async function beginOf({ cache }: Env, options: WatchOptions): Promise<Begin> {
  const { resourceVersion = '', sendInitialEvents } = options;
  const rev = resourceVersion === '' ? undefined : parseRevision(resourceVersion);
  // Without a revision a watch begins with what is there; it always did for 0, and for none at all.
  const initial = sendInitialEvents ?? (rev === undefined || rev === 0);
  if (rev === undefined) await cache.confirm();
  else if (rev > cache.head) await reachExisting(cache, rev);
  return { initial, rev: initial || rev === undefined || rev === 0 ? cache.head : rev };
}

/**
 * Every revision that a client can know of has been committed. One beyond the confirmed head is of another history (a
 * restore): its events will never come under that number, so the client has to list again.
 */
async function reachExisting(cache: Env['cache'], rev: Revision): Promise<void> {
  await cache.confirm();
  if (rev > cache.head)
    throw new ApiError(
      'Expired',
      `too large resource version: ${rev}, current: ${cache.head}: the log has no such revision`,
    );
}
