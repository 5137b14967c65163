/** patch: a part of an object, or of a subresource, by JSON, merge or strategic merge patch, or by server-side apply. */
import {
  badRequest,
  conflict,
  fieldManagerName,
  invalid,
  isObject,
  notFound,
  rfc3339,
  withoutEmptied,
} from '@reckon/api';
import { beginning, completed, prepareCreate } from './create.ts';
import { requireCreateRight } from './create-right.ts';
import {
  checkName,
  type Decoding,
  decodeApplied,
  decodePatched,
  warnUnimplemented,
  withNamespaceOf,
} from './decode.ts';
import { prepareEdit } from './edit.ts';
import type { Env, Preparation } from './env.ts';
import { execute } from './execute.ts';
import { applyPatch, type ParsedPatch, parsePatch } from './patch-body.ts';
import type { Prepared } from './plan.ts';
import type { Current } from './state.ts';
import { prepareScaleEdit, scaledPart, scaleOf, scaleValue } from './subresources/scale.ts';
import { expectedKind, keyOf, requireName, viaOf } from './target.ts';
import type { KubeObject, PatchRequest, RequestContext, Target, WriteOptions, WriteResult } from './types.ts';

export interface PatchCall {
  readonly target: Target;
  readonly patch: PatchRequest;
  readonly options: WriteOptions;
}

export interface PatchDraft {
  readonly target: Target;
  readonly patch: ParsedPatch;
  readonly options: WriteOptions;
}

export function patch(env: Env, context: RequestContext, call: PatchCall): Promise<WriteResult> {
  const draft = patchDraftOf(call);
  return execute(env, {
    context,
    via: viaOf(call.patch.type === 'apply' ? 'apply' : 'patch', call.target),
    dryRun: call.options.dryRun === true,
    prepare: (preparation) => preparePatch(preparation, draft),
  });
}

export function patchDraftOf({ target, patch, options }: PatchCall): PatchDraft {
  requireName(target);
  if (patch.type === 'apply' && (options.fieldManager ?? '') === '') {
    const cause = {
      reason: 'FieldValueRequired',
      field: 'fieldManager',
      message: 'Required value: is required for apply patch',
    };
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [cause]);
  }
  return { target, options, patch: parsePatch(patch) };
}

export function preparePatch(preparation: Preparation, draft: PatchDraft): Prepared<WriteResult> {
  const { target, patch } = draft;
  const current = preparation.state.get(keyOf(target));
  if (patch.type === 'apply') return prepareApply(preparation, { ...draft, applied: patch.value, current });
  if (!current) throw notFound(target.resource.groupResource, target.name);
  return preparePlainPatch(preparation, { ...draft, patch, current });
}

type PlainPatch = PatchDraft & {
  readonly patch: Exclude<ParsedPatch, { type: 'apply' }>;
  readonly current: Current;
};

function preparePlainPatch(preparation: Preparation, call: PlainPatch): Prepared<WriteResult> {
  const { env, context } = preparation;
  const { target, current, options } = call;
  const scales = target.subresource === 'scale';
  const { message } = expectedKind(env.schema, target);
  const before = scales ? scaleValue(current.value) : current.value;
  const patched = applyPatch(env.schema, call.patch, { target: before, message });
  const decoding: Decoding = { env, context: preparation, target, options };
  const after = withNamespaceOf(target, decodePatched(decoding, patched));
  const object = scales ? after : leftOf(env, message, { before, after });
  checkName(target, object);
  const manager = fieldManagerName(options.fieldManager, context.userAgent);
  if (scales) return prepareScaleEdit(preparation, { target, scale: object, manager, current });
  if (target.subresource === '') warnUnimplemented(decoding, target.resource, object, before);
  return prepareEdit(preparation, {
    target,
    current,
    manager,
    patched: true,
    object: completed(env, preparation, target.resource, object),
  });
}

function leftOf(env: Env, message: string, change: { before: KubeObject; after: KubeObject }): KubeObject {
  const { after } = change;
  const left = withoutEmptied(env.schema, env.schema.message(message), change);
  if (left === after) return after;
  return {
    ...left,
    apiVersion: after.apiVersion,
    kind: after.kind,
    metadata: isObject(left.metadata) ? left.metadata : {},
  };
}

type ApplyCall = PatchDraft & {
  readonly applied: Readonly<Record<string, unknown>>;
  readonly current: Current | undefined;
};

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
function prepareApply(preparation: Preparation, call: ApplyCall): Prepared<WriteResult> {
  const { env, nowMs } = preparation;
  const { target, current, options } = call;
  const { resource, subresource } = target;
  const scales = subresource === 'scale';
  if (!current && subresource !== '') throw notFound(resource.groupResource, target.name);
  const decoding: Decoding = { env, context: preparation, target, options };
  requireType(call.applied);
  const given = withNamespaceOf(target, decodeApplied(decoding, call.applied));
  // What a Scale says is a part of what it is the scale of, and is owned there.
  const applied = scales ? scaledPart(resource, given) : given;
  if (subresource === '') warnUnimplemented(decoding, resource, applied);
  refuseUnknownUid(target, applied, current);
  const { object } = env.rules.apply({
    resource,
    subresource,
    apiVersion: target.writtenAs,
    current: current?.value,
    applied,
    manager: options.fieldManager ?? '',
    force: options.force === true,
    nowRfc3339: rfc3339(nowMs),
  });
  // Who applies to what is there need not name it again.
  checkName(target, object);
  const complete = completed(env, preparation, resource, object);
  const view = scales ? { view: scaleOf } : {};
  if (current)
    return prepareEdit(preparation, {
      target,
      current,
      object: complete,
      manager: undefined,
      patched: true,
      ...view,
    });
  requireCreateRight(preparation, target);
  return prepareCreate(preparation, { target, object: beginning(env, resource, complete) });
}

/** What is applied says what it is: its fields belong to a version, and an empty object would give everything up. */
function requireType({ apiVersion, kind }: Readonly<Record<string, unknown>>): void {
  if (typeof kind !== 'string' || kind === '')
    throw badRequest("Object 'Kind' is missing in the applied object");
  if (typeof apiVersion !== 'string' || apiVersion === '')
    throw badRequest("Object 'apiVersion' is missing in the applied object");
}

function refuseUnknownUid(target: Target, applied: KubeObject, current: Current | undefined): void {
  const { uid } = applied.metadata;
  if (current || uid === undefined || uid === '') return;
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(target.resource.groupResource, target.name, why);
}
