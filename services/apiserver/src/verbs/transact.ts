/**
 * transact: several writes in one commit at consecutive revisions, all or none. Each operation is prepared as its own
 * verb would, against the state that the ones before it lead to; what is wrong with any of them is told of all.
 */
import { ApiError, badRequest, keyString, methodNotAllowed } from '@reckon/api';
import type { Condition } from '@reckon/store';
import { draftOf, prepareCreate } from './create.ts';
import { prepareDelete } from './delete.ts';
import { Unsaved } from './encode.ts';
import type { Env, Preparation } from './env.ts';
import { execute } from './execute.ts';
import { mergeWrites } from './merge-writes.ts';
import { OperationErrors } from './operation-errors.ts';
import { patchDraftOf, preparePatch } from './patch.ts';
import type { PlannedWrite, Prepared } from './plan.ts';
import { prepareRequire } from './require.ts';
import { type State, TransactionState } from './state.ts';
import { bindingOf, prepareBinding } from './subresources/binding.ts';
import { evictionOf, prepareEviction } from './subresources/eviction.ts';
import { keyOf, viaOf } from './target.ts';
import type { ObjectAt, RequestContext, TransactOperation, TransactResult } from './types.ts';
import { prepareUpdate, updateDraftOf } from './update.ts';

/** What the log says of a write that an operation led to. */
function viaOfOperation(operation: TransactOperation): string | undefined {
  const { verb, target } = operation;
  if (verb === 'require') return undefined;
  const asked = verb === 'patch' && operation.patch.type === 'apply' ? 'apply' : verb;
  return `transact/${viaOf(asked, target)}`;
}

/** What an operation comes to against a state. */
type Step = (preparation: Preparation) => Prepared<ObjectAt | undefined>;

/** Kubernetes bounds a JSON patch alike; a transaction holds up all other writers for its length. */
const MAX_OPERATIONS = 1_000;

export function transact(
  env: Env,
  context: RequestContext,
  operations: readonly TransactOperation[],
): Promise<TransactResult> {
  if (operations.length > MAX_OPERATIONS)
    throw badRequest(`a transaction has at most ${MAX_OPERATIONS} operations, got ${operations.length}`);
  const errors = new OperationErrors(operations);
  const steps = operations.map((operation, i) => errors.collect(i, () => stepOf(env, context, operation)));
  errors.throwIfAny();
  return execute(env, {
    context,
    via: 'transact',
    dryRun: isDryRun(operations),
    prepare: (preparation) =>
      prepareAll(preparation, { operations, steps: steps.flatMap((step) => step ?? []) }),
  });
}

function isDryRun(operations: readonly TransactOperation[]): boolean {
  const dry = operations.filter(
    (operation) => operation.verb !== 'require' && operation.options.dryRun === true,
  );
  const writes = operations.filter((operation) => operation.verb !== 'require');
  if (dry.length !== 0 && dry.length !== writes.length)
    throw badRequest('all operations of a transaction must be dry runs, or none');
  return dry.length > 0;
}

function stepOf(env: Env, context: RequestContext, operation: TransactOperation): Step {
  switch (operation.verb) {
    case 'create':
      return createStep(env, context, operation);
    case 'update': {
      const draft = updateDraftOf(env, context, operation);
      return (preparation) => objectOf(prepareUpdate(preparation, draft));
    }
    case 'patch': {
      const draft = patchDraftOf(operation);
      return (preparation) => objectOf(preparePatch(preparation, draft));
    }
    case 'delete':
      return (preparation) => objectOf(prepareDelete(preparation, operation));
    case 'require':
      return (preparation) => prepareRequire(preparation, operation);
  }
}

function createStep(
  env: Env,
  context: RequestContext,
  operation: TransactOperation & { verb: 'create' },
): Step {
  const { groupResource } = operation.target.resource;
  switch (operation.target.subresource) {
    case '': {
      const draft = draftOf(env, context, operation);
      return (preparation) => objectOf(prepareCreate(preparation, draft));
    }
    case 'binding': {
      const draft = bindingOf(env, context, operation);
      return (preparation) => objectOf(prepareBinding(preparation, draft));
    }
    case 'eviction': {
      const draft = evictionOf(env, context, operation);
      return (preparation) => objectOf(prepareEviction(preparation, draft));
    }
    default:
      throw methodNotAllowed(groupResource, `a transaction with ${operation.target.subresource}`);
  }
}

function objectOf<Answer extends { readonly object: ObjectAt }>(
  prepared: Prepared<Answer>,
): Prepared<ObjectAt> {
  return { ...prepared, answer: (written) => prepared.answer(written).object };
}

function prepareAll(
  outer: Preparation,
  { operations, steps }: { operations: readonly TransactOperation[]; steps: readonly Step[] },
): Prepared<TransactResult> {
  const state = new TransactionState(outer.state);
  const preparation: Preparation = { ...outer, state };
  const errors = new OperationErrors(operations);
  const planned: PlannedWrite[] = [];
  const conditions: Condition[] = [];
  const vias = operations.map(viaOfOperation);
  const prepared = steps.map((step, i) =>
    errors.collect(i, () => {
      const one = tellingWhatIsThere(state, operations[i], () => step(preparation));
      state.add(one.writes);
      planned.push(...one.writes.map((write) => ({ ...write, via: vias[i] })));
      conditions.push(...one.conditions);
      return one;
    }),
  );
  errors.throwIfAny();
  const merged = mergeWrites(planned);
  return {
    writes: merged.writes,
    conditions: distinct(conditions, merged.writes),
    answer: (written) => {
      const ofWrite = (write: PlannedWrite): ObjectAt | undefined => {
        const index = merged.indexOf(write);
        return index === undefined ? undefined : written[index];
      };
      const objects = prepared.map((one) => answerOf(one, ofWrite));
      const revs = written.map((object) => object.rev);
      const head = outer.env.cache.head;
      return { objects, firstRevision: revs[0] ?? head, lastRevision: revs.at(-1) ?? head };
    },
  };
}

/** An object that came and went within the transaction is answered as it was planned. */
function answerOf(
  prepared: Prepared<ObjectAt | undefined> | undefined,
  ofWrite: (write: PlannedWrite) => ObjectAt | undefined,
): ObjectAt | undefined {
  const written = prepared?.writes.map((write) => ofWrite(write) ?? new Unsaved(write)) ?? [];
  return prepared?.answer(written);
}

/** Whoever prepared a write against another state learns against which to prepare it anew. */
function tellingWhatIsThere<Result>(
  state: State,
  operation: TransactOperation | undefined,
  work: () => Result,
): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ApiError) || !operation || operation.verb === 'require') throw error;
    if (error.reason !== 'Conflict' && error.reason !== 'AlreadyExists') throw error;
    const there = operation.target.name === '' ? undefined : state.get(keyOf(operation.target));
    if (!there) throw error;
    const is = there.rev === 0 ? 'an earlier operation makes it' : `it is at revision ${there.rev}`;
    throw new ApiError(error.reason, `${error.message} (${is}, uid ${there.uid})`, error.details, {
      cause: error,
    });
  }
}

/** Many operations rest on the same namespace. What is written itself is demanded by its write already. */
function distinct(conditions: readonly Condition[], writes: readonly PlannedWrite[]): readonly Condition[] {
  const byKey = new Map(conditions.map((condition) => [keyString(condition.key), condition]));
  for (const { key } of writes) byKey.delete(keyString(key));
  return [...byKey.values()];
}
