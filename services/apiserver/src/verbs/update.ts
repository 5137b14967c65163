/** update: `PUT` of a whole object, or of one of its subresources. */
import { conflict, fieldManagerName, notFound } from '@reckon/api';
import { strategyOf } from '../kinds/registry.ts';
import { completed, draftFrom, prepareCreate } from './create.ts';
import { requireCreateRight } from './create-right.ts';
import { checkName, type Decoding, decodeBody, warnUnimplemented, withNamespaceOf } from './decode.ts';
import { prepareEdit } from './edit.ts';
import type { Env, Preparation } from './env.ts';
import { execute } from './execute.ts';
import type { Prepared } from './plan.ts';
import { prepareScaleUpdate } from './subresources/scale.ts';
import { keyOf, requireName, viaOf } from './target.ts';
import type { Body, KubeObject, RequestContext, Target, WriteOptions, WriteResult } from './types.ts';

export interface UpdateRequest {
  readonly target: Target;
  readonly body: Body;
  readonly options: WriteOptions;
}

/** An update as far as it can be prepared without looking at what is there. */
export interface UpdateDraft {
  readonly target: Target;
  readonly options: WriteOptions;
  readonly object: KubeObject;
}

export function update(env: Env, context: RequestContext, request: UpdateRequest): Promise<WriteResult> {
  const draft = updateDraftOf(env, context, request);
  return execute(env, {
    context,
    via: viaOf('update', request.target),
    dryRun: request.options.dryRun === true,
    prepare: (preparation) => prepareUpdate(preparation, draft),
  });
}

export function updateDraftOf(env: Env, context: RequestContext, request: UpdateRequest): UpdateDraft {
  const { target, body, options } = request;
  requireName(target);
  const decoding: Decoding = { env, context, target, options };
  const object = withNamespaceOf(target, decodeBody(decoding, body));
  checkName(target, object);
  if (target.subresource === 'scale') return { target, options, object };
  if (target.subresource === '') warnUnimplemented(decoding, target.resource, object);
  return { target, options, object: completed(env, context, target.resource, object) };
}

export function prepareUpdate(preparation: Preparation, draft: UpdateDraft): Prepared<WriteResult> {
  const { context, state } = preparation;
  const { target, options, object } = draft;
  const manager = fieldManagerName(options.fieldManager, context.userAgent);
  if (target.subresource === 'scale')
    return prepareScaleUpdate(preparation, { target, scale: object, manager });
  const current = state.get(keyOf(target));
  if (current) return prepareEdit(preparation, { target, current, object, manager });
  const { groupResource } = target.resource;
  if (target.subresource !== '' || !strategyOf(target.resource).createOnUpdate)
    throw notFound(groupResource, target.name);
  return prepareCreateByUpdate(preparation, draft);
}

/** Some kinds are made by an update if they are not there; one that names an object that was is a conflict. */
function prepareCreateByUpdate(preparation: Preparation, draft: UpdateDraft): Prepared<WriteResult> {
  const { env, context } = preparation;
  const { target, options, object } = draft;
  requireCreateRight(preparation, target);
  const { uid } = object.metadata;
  if (uid !== undefined && uid !== '') {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: `;
    throw conflict(target.resource.groupResource, target.name, why);
  }
  return prepareCreate(preparation, draftFrom(env, context, { target, object, options }));
}
