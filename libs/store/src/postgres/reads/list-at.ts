import type { Kysely } from 'kysely';
import type { Secrecy } from '../../secrecy/secrecy.ts';
import type { ListAtOptions, ListPage } from '../../types.ts';
import { OPERATIONS, type Tables } from '../schema/tables.ts';
import { checkRevision, readHeadOf } from './head.ts';
import { assertNoneTaken, selectObjectsAt, withBody } from './objects.ts';
import { objectsOf } from './rows.ts';

/** A revision so near the head is read from the present state and what has changed since. */
export const NEAR_REVISIONS = 20_000;
const DEFAULT_LIMIT = 500;

export async function listAt(
  db: Kysely<Tables>,
  secrecy: Secrecy,
  { options, nearRevisions }: { readonly options: ListAtOptions; readonly nearRevisions: number },
): Promise<ListPage> {
  const { rev, resource, namespace = '', after = { namespace: '', name: '' } } = options;
  const limit = Math.min(options.limit ?? DEFAULT_LIMIT, DEFAULT_LIMIT);
  const head = await readHeadOf(db, [resource]);
  checkRevision(head, rev);
  const near = head.rev - rev <= nearRevisions;
  const { rows } = await selectObjectsAt(db, { rev, resource, namespace, after, limit, near });
  // Names that nothing bore at that revision are walked over, so a page may be short although there are more.
  const lived = rows.filter((row) => row.rev !== null && OPERATIONS[row.op] !== 'delete').map(withBody);
  await assertNoneTaken(db, {
    resource,
    rev,
    names: rows.filter((row) => row.rev === null || OPERATIONS[row.op] === 'delete'),
  });
  const last = rows.at(-1);
  const next = rows.length === limit && last ? { namespace: last.namespace, name: last.name } : undefined;
  return { objects: await objectsOf(lived, secrecy), next };
}
