/** Carries out a plan: the only place where controllers touch the world. */
import { ApiError, type Revision } from '@reckon/api';
import { revisionOf } from '../keys.ts';
import type { ApiClient, JsonPatchOperation, Stored, WriteOptions } from '../types.ts';
import { type Batch, batchesOf } from './batches.ts';
import type { Action, ActionFailure, EventSpec, Plan, StatusWrite } from './types.ts';

/** Writes that are under way at once within one batch. */
const MAX_PARALLEL = 64;

export interface ExecuteContext {
  readonly api: ApiClient;
  /** cause, requestId, signal and field manager of this pass. */
  readonly options: WriteOptions;
  /** True if the action would leave everything as it is. */
  readonly changesNothing: (action: Action) => boolean;
  readonly recordEvent: (event: EventSpec) => void;
  /** The revision of what the plan saw. */
  readonly seen: Revision;
  /** Idle: the server found nothing to change, which planning should have known. */
  readonly wrote: (action: Action['type'] | 'status', isIdle: boolean) => void;
}

export interface Outcome {
  /** The newest revision that this pass has written; 0: none. */
  readonly revision: Revision;
  /** What was refused and will be refused again as things are. */
  readonly refused: readonly ActionFailure[];
  /** What made the pass incomplete otherwise: conflicts, outages. */
  readonly interrupted: readonly ApiError[];
}

export async function execute(plan: Plan, context: ExecuteContext): Promise<Outcome> {
  const execution = new Execution(context);
  for (const batch of batchesOf(plan.actions)) {
    await execution.run(batch);
    if (execution.failed) break;
  }
  // A refused action must not keep the status from telling about it; a conflict makes the status itself doubtful.
  if (plan.status && execution.interrupted.length === 0) await execution.writeStatus(plan.status);
  return execution;
}

class Execution implements Outcome {
  revision: Revision = 0;
  readonly refused: ActionFailure[] = [];
  readonly interrupted: ApiError[] = [];
  readonly #context: ExecuteContext;
  /** Objects that a conditional write of this pass has moved on, by uid. */
  readonly #moved = new Map<string, { readonly from: string; readonly object: Stored }>();

  constructor(context: ExecuteContext) {
    this.#context = context;
  }

  get failed(): boolean {
    return this.refused.length > 0 || this.interrupted.length > 0;
  }

  /**
   * Creates start slowly: if the first of many is refused, the others need not be tried. Each that succeeds makes room
   * for two, so the number under way doubles with every answer's time, and nobody waits for the slowest of a round.
   */
  run({ actions, slowStart }: Batch): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let room = slowStart ? 1 : MAX_PARALLEL;
    let next = 0;
    let underWay = 0;
    const ended = () => {
      underWay--;
      room = Math.min(room + 1, MAX_PARALLEL);
      begin();
    };
    const begin = () => {
      for (; underWay < room && next < actions.length && !this.failed; underWay++) {
        const action = actions[next++];
        if (action) this.#perform(action).then(ended, reject);
      }
      if (underWay === 0) resolve();
    };
    begin();
    return promise;
  }

  async writeStatus({ resource, object, status, because }: StatusWrite): Promise<void> {
    const moved = this.#moved.get(object.metadata.uid);
    const base = moved?.from === object.metadata.resourceVersion ? moved.object : object;
    const { api, options } = this.#context;
    try {
      const written = await api.update(
        resource,
        { ...base, status },
        { ...options, because, subresource: 'status' },
      );
      this.#wrote('status', written.revision);
    } catch (error) {
      // The object is gone: so is the wish to record its status.
      if (ApiError.from(error).reason !== 'NotFound') this.interrupted.push(ApiError.from(error));
    }
  }

  async #perform(action: Action): Promise<void> {
    const { recordEvent, changesNothing } = this.#context;
    if (action.type === 'event') {
      recordEvent(action.event);
      return;
    }
    if (changesNothing(action)) return;
    try {
      const revision = await this.#write(action);
      if (revision === undefined) return;
      this.#wrote(action.type, revision);
    } catch (error) {
      const failure = ApiError.from(error);
      if (isInterruption(action, failure)) this.interrupted.push(failure);
      else {
        this.refused.push({ action, error: failure });
        const { failureEvent } = action;
        if (failureEvent) {
          recordEvent({ ...failureEvent, message: `${failureEvent.message}: ${failure.message}` });
        }
      }
      return;
    }
    if (action.event) recordEvent(action.event);
  }

  /** Undefined: there was nothing to be written after all. */
  async #write(action: Exclude<Action, { readonly type: 'event' }>): Promise<Revision | undefined> {
    const { api, options } = this.#context;
    const { because } = action;
    switch (action.type) {
      case 'create': {
        const { subresource } = action;
        const written = await api.create(action.resource, action.object, {
          ...options,
          because,
          subresource,
        });
        return written.revision;
      }
      case 'update': {
        const { subresource, complete } = action;
        const object = complete ? await complete(action.object) : action.object;
        if (!object) return undefined;
        const written = await api.update(action.resource, object, { ...options, because, subresource });
        this.#moved.set(written.object.metadata.uid, {
          from: object.metadata?.resourceVersion ?? '',
          object: written.object,
        });
        return written.revision;
      }
      case 'patch': {
        const { subresource, precondition } = action;
        const patch = withPrecondition(action.patch, precondition);
        const written = await api.patch(action.resource, action.target, patch, {
          ...options,
          because,
          subresource,
        });
        if (precondition.resourceVersion) {
          const from = precondition.resourceVersion;
          this.#moved.set(written.object.metadata.uid, { from, object: written.object });
        }
        return written.revision;
      }
      case 'delete':
        return this.#delete(action, { ...options, because });
      case 'transact': {
        const written = await api.transact(action.operations, { ...options, because });
        return written.revision;
      }
    }
  }

  async #delete(
    action: Extract<Action, { readonly type: 'delete' }>,
    options: WriteOptions,
  ): Promise<Revision> {
    const { gracePeriodSeconds, propagationPolicy, precondition: preconditions } = action;
    try {
      const deleted = await this.#context.api.delete(action.resource, action.target, {
        ...options,
        preconditions,
        gracePeriodSeconds,
        propagationPolicy,
      });
      return Math.max(deleted.revision, revisionOf(deleted.object));
    } catch (error) {
      if (ApiError.from(error).reason === 'NotFound') return 0;
      throw error;
    }
  }

  /** A write that changed nothing is answered with the revision that the object had. */
  #wrote(action: Action['type'] | 'status', revision: Revision): void {
    this.#context.wrote(action, revision <= this.#context.seen);
    this.revision = Math.max(this.revision, revision);
  }
}

/** Planning again with newer knowledge, or simply later, may well succeed. */
function isInterruption(action: Action, error: ApiError): boolean {
  if (error.retry !== 'never') return true;
  // Somebody (most likely we ourselves, a moment ago) was faster than our projection.
  return (
    (action.type === 'create' && error.reason === 'AlreadyExists') ||
    (action.type !== 'create' && error.reason === 'NotFound')
  );
}

function withPrecondition(
  patch: Extract<Action, { readonly type: 'patch' }>['patch'],
  precondition: Extract<Action, { readonly type: 'patch' }>['precondition'],
): typeof patch {
  const { uid, resourceVersion } = precondition;
  if (patch.type === 'json') {
    const tests: JsonPatchOperation[] = [{ op: 'test', path: '/metadata/uid', value: uid }];
    if (resourceVersion)
      tests.push({ op: 'test', path: '/metadata/resourceVersion', value: resourceVersion });
    return { type: 'json', operations: [...tests, ...patch.operations] };
  }
  const metadata = {
    ...metadataOf(patch.value),
    uid,
    ...(resourceVersion ? { resourceVersion } : {}),
  };
  return { type: patch.type, value: { ...patch.value, metadata } };
}

function metadataOf(value: object): object {
  return 'metadata' in value && typeof value.metadata === 'object' && value.metadata !== null
    ? value.metadata
    : {};
}
