/** delete-collection: every object that matches, in a few transactions instead of one each. */
import { checkDeletePreconditions } from './delete.ts';
import { prepareEnd } from './delete-end.ts';
import type { Env, Preparation } from './env.ts';
import { execute } from './execute.ts';
import { list } from './list.ts';
import type { PlannedWrite, Prepared } from './plan.ts';
import type { DeleteOptions, ListOptions, ListResult, ObjectAt, RequestContext, Target } from './types.ts';

/** Deletions that are committed together: a transaction holds up all other writers for its length. */
const CHUNK = 500;

export interface DeleteCollectionRequest {
  readonly target: Target;
  readonly list: ListOptions;
  readonly options: DeleteOptions;
}

/** Answers with the objects as they were when they were listed. One that is gone by its turn is not missed. */
export async function deleteCollection(
  env: Env,
  context: RequestContext,
  request: DeleteCollectionRequest,
): Promise<ListResult> {
  const { target, options } = request;
  const listed = await list(env, context, { target, options: request.list });
  for (let from = 0; from < listed.items.length; from += CHUNK) {
    const items = listed.items.slice(from, from + CHUNK);
    await execute(env, {
      context,
      via: 'deletecollection',
      dryRun: options.dryRun === true,
      prepare: (preparation) => prepareChunk(preparation, { target, options, items }),
    });
  }
  return listed;
}

interface Chunk {
  readonly target: Target;
  readonly options: DeleteOptions;
  readonly items: readonly ObjectAt[];
}

function prepareChunk(preparation: Preparation, { target, options, items }: Chunk): Prepared<void> {
  const writes: PlannedWrite[] = [];
  for (const { key } of items) {
    const current = preparation.state.get(key);
    if (!current) continue;
    const one = { ...target, namespace: key.namespace, name: key.name };
    checkDeletePreconditions(one, current.value.metadata, options);
    writes.push(...prepareEnd(preparation, { target: one, options, current }).writes);
  }
  return { writes, conditions: [], answer: () => undefined };
}
