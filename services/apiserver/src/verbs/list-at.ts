import type { Revision } from '@reckon/api';
import type { ListCursor } from '@reckon/store';
import type { Entry } from '../cache/entry.ts';
import { type Page, pathOf } from '../cache/resource-cache.ts';
import type { Selection } from '../cache/selection.ts';
import type { Env } from './env.ts';

export interface PageFromLog {
  readonly resource: string;
  readonly selection: Selection;
  /** 0: all. */
  readonly limit: number;
  /** Begins after this object. */
  readonly after: ListCursor | undefined;
  readonly rev: Revision;
  readonly signal: AbortSignal;
}

/** Objects the store is asked for at a time. */
const STORE_PAGE = 500;

/** A page of a past revision that nothing in memory has. Expired where retention has eaten it. */
export async function pageFromLog(env: Env, query: PageFromLog): Promise<Page> {
  const { resource, selection, limit, rev } = query;
  const items: Entry[] = [];
  let after = query.after;
  for (;;) {
    query.signal.throwIfAborted();
    const page = await env.store.listAt({
      rev,
      resource,
      namespace: selection.namespace,
      after,
      limit: STORE_PAGE,
    });
    for (const object of page.objects) {
      const entry = env.cache.entryFrom(object);
      if (!selects(selection, entry)) continue;
      const last = items.at(-1);
      if (limit > 0 && items.length === limit && last) return { items, lastPath: pathOf(last.key) };
      items.push(entry);
    }
    if (!page.next) return { items };
    after = page.next;
  }
}

function selects({ path, matches }: Selection, entry: Entry): boolean {
  return (path === undefined || path === pathOf(entry.key)) && matches(entry.selectable);
}
