import { conflict } from '@reckon/api';
import type { Preparation } from './env.ts';
import type { Prepared } from './plan.ts';
import { keyOf } from './target.ts';
import type { TransactOperation } from './types.ts';

/** A condition of a transaction: the object is at that revision, or, for 0, is not there. */
export function prepareRequire(
  { state }: Preparation,
  { target, revision }: TransactOperation & { verb: 'require' },
): Prepared<undefined> {
  const key = keyOf(target);
  const rev = state.get(key)?.rev ?? 0;
  if (rev !== revision) {
    const is = rev === 0 ? 'is not there' : `is at revision ${rev}`;
    const wanted = revision === 0 ? 'to be absent' : `at revision ${revision}`;
    throw conflict(key.resource, key.name, `it is required ${wanted} and ${is}`);
  }
  return { writes: [], conditions: [{ key, rev }], answer: () => undefined };
}
