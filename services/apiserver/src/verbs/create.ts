/** create: `POST` of a new object. Subresources that are posted live in `subresources/`. */
import {
  ApiError,
  alreadyExists,
  badRequest,
  fieldManagerName,
  generateNameConflict,
  type ObjectKey,
  type ResourceSchema,
  rfc3339,
} from '@reckon/api';
import { admitCreate, admitWrite } from '../admission/admit.ts';
import { restrictNodeCreate } from '../admission/node-restriction.ts';
import { accompanied, strategyOf } from '../kinds/registry.ts';
import { type Decoding, decodeBody, warnUnimplemented, withNamespaceOf } from './decode.ts';
import type { Env, Preparation } from './env.ts';
import { execute } from './execute.ts';
import { withGeneratedName } from './generate-name.ts';
import { refuseInvalid } from './invalid.ts';
import { withSystemMetadata } from './metadata.ts';
import { dedupedOwners } from './owners.ts';
import { createOf, type Prepared, written } from './plan.ts';
import { postSubresource } from './subresources/post.ts';
import { keyOf } from './target.ts';
import type { Body, KubeObject, RequestContext, Target, WriteOptions, WriteResult } from './types.ts';

export interface CreateRequest {
  readonly target: Target;
  readonly body: Body;
  readonly options: WriteOptions;
}

/** A new object, as far as it can be made without looking at what is there. */
export interface Draft {
  readonly target: Target;
  readonly object: KubeObject;
}

export function create(env: Env, context: RequestContext, request: CreateRequest): Promise<WriteResult> {
  if (request.target.subresource !== '') return postSubresource(env, context, request);
  const draft = draftOf(env, context, request);
  return execute(env, {
    context,
    via: 'create',
    dryRun: request.options.dryRun === true,
    prepare: (preparation) => prepareCreate(preparation, draft),
  });
}

export function draftOf(env: Env, context: RequestContext, request: CreateRequest): Draft {
  const { target, body, options } = request;
  const decoding: Decoding = { env, context, target, options };
  const object = withNamespaceOf(target, decodeBody(decoding, body));
  if (object.metadata.resourceVersion)
    throw badRequest('resourceVersion should not be set on objects to be created');
  warnUnimplemented(decoding, target.resource, object);
  return draftFrom(env, context, {
    target,
    options,
    object: completed(env, context, target.resource, object),
  });
}

/** With its defaults, and in the one form of its kind. */
export function completed(
  env: Env,
  context: Pick<RequestContext, 'warn'>,
  resource: ResourceSchema,
  object: KubeObject,
): KubeObject {
  const normalized = strategyOf(resource).normalize?.(object) ?? object;
  return env.rules.setDefaults(resource, dedupedOwners(normalized, context));
}

/** What the system gives every object, and the beginning of its kind. */
export function beginning(env: Env, resource: ResourceSchema, object: KubeObject): KubeObject {
  return strategyOf(resource).create(withSystemMetadata(env, object, env.clock.nowMs()));
}

/** The object as it begins, with who manages its fields. */
export function draftFrom(
  env: Env,
  context: RequestContext,
  { target, options, object: given }: { target: Target; options: WriteOptions; object: KubeObject },
): Draft {
  const { resource } = target;
  const object = env.rules.trackUpdate({
    resource,
    subresource: '',
    apiVersion: target.writtenAs,
    before: undefined,
    after: beginning(env, resource, given),
    manager: fieldManagerName(options.fieldManager, context.userAgent),
    nowRfc3339: rfc3339(env.clock.nowMs()),
  });
  return { target, object };
}

export function prepareCreate(preparation: Preparation, draft: Draft): Prepared<WriteResult> {
  const { env, state } = preparation;
  const { target } = draft;
  const keyNamed = (name: string) => ({ ...keyOf(target), name });
  const named = withGeneratedName(
    preparation,
    draft.object,
    (name) => state.get(keyNamed(name)) !== undefined,
  );
  const { object: admitted, conditions } = admitCreate(preparation, { target, object: named });
  const causes = env.rules.validateCreate(target.resource, admitted, target.askedIn);
  refuseInvalid(target.resource, admitted, causes);
  restrictNodeCreate({ target, context: preparation.context }, admitted);
  const key = keyNamed(named.metadata.name ?? '');
  const there = state.get(key);
  if (there) throw taken(key, there.value, named !== draft.object);
  const { object, writes } = accompanied(preparation, target.resource, {
    before: undefined,
    after: admitted,
  });
  const charges = admitWrite(preparation, { target, before: undefined, after: object });
  return {
    writes: [createOf({ key, object, traits: target.resource }), ...writes, ...charges],
    conditions,
    answer: ([created]) => ({ object: written(created), created: true }),
  };
}

function taken(key: ObjectKey, there: KubeObject, generated: boolean): ApiError {
  if (generated) return generateNameConflict(key.resource, key.name);
  const error = alreadyExists(key.resource, key.name);
  if (there.metadata.deletionTimestamp === undefined) return error;
  return new ApiError('AlreadyExists', `object is being deleted: ${error.message}`, error.details);
}
