/** Every change of an object that is there, by update, patch or apply, of itself or of a subresource, ends here. */
import { ApiError, type Cause, conflict, invalid, jsonEqual, rfc3339, uidConflict } from '@reckon/api';
import { admitWrite } from '../admission/admit.ts';
import { restrictCertificate } from '../admission/certificates.ts';
import { restrictNodeUpdate } from '../admission/node-restriction.ts';
import { accompanied, released, strategyOf } from '../kinds/registry.ts';
import type { Strategy } from '../kinds/types.ts';
import type { Preparation } from './env.ts';
import { refuseInvalid } from './invalid.ts';
import { deleteOf, type Prepared, unchanged, updateOf, written } from './plan.ts';
import type { Current } from './state.ts';
import type { KubeObject, ObjectAt, Target, WriteResult } from './types.ts';

export interface Edit {
  /** Its subresource says which part of the object may change. */
  readonly target: Target;
  readonly current: Current;
  /** As the client wants it: decoded, complete, of the right name and namespace. */
  readonly object: KubeObject;
  /** Who is entered as the manager of the fields that change; undefined if that is done (apply). */
  readonly manager: string | undefined;
  /** The object was made by a patch: what it says of its uid is a change, and no precondition. */
  readonly patched?: boolean;
  /** What the client gets to see of the object (Scale); absent: the object. */
  readonly view?: (object: ObjectAt) => ObjectAt;
}

/** The parts of an object (the object itself: '') whose change admission judges. */
const ADMITTED: ReadonlySet<string> = new Set(['', 'ephemeralcontainers']);

export function prepareEdit(preparation: Preparation, edit: Edit): Prepared<WriteResult> {
  const { target, current, view = (object) => object } = edit;
  const { resource, subresource } = target;
  const strategy = strategyOf(resource);
  checkPreconditions(edit, strategy);
  const allowed = allowedPart({ ...edit, object: withGenerationOf(edit.object, current.value) }, strategy);
  const stamped = strategy.stamp?.(allowed, current.value, preparation.nowMs) ?? allowed;
  const wanted = withSystemFields(stamped, current.value);
  const object = tracked(preparation, edit, wanted);
  restrictNodeUpdate({ target, context: preparation.context }, current.value, object);
  restrictCertificate(preparation, { target, before: current.value, after: object });
  const causes = preparation.env.rules.validateUpdate(resource, {
    object,
    current: current.value,
    subresource,
    askedIn: target.askedIn,
  });
  refuseInvalid(resource, object, causes);
  if (endsWithUpdate(strategy, object, current.value)) {
    return {
      writes: [
        deleteOf({ current, object, traits: resource }),
        ...released(preparation, resource, current.value),
      ],
      conditions: [],
      answer: ([last]) => ({ object: view(written(last)), created: false }),
    };
  }
  const next = accompanied(preparation, resource, { before: current.value, after: object });
  if (next.writes.length === 0 && jsonEqual(next.object, current.value))
    return unchanged({ object: view(current), created: false });
  const charges = ADMITTED.has(subresource)
    ? admitWrite(preparation, { target, before: current.value, after: next.object })
    : [];
  return {
    writes: [updateOf({ current, object: next.object, traits: resource }), ...next.writes, ...charges],
    conditions: [],
    answer: ([updated]) => ({ object: view(written(updated)), created: false }),
  };
}

/** The uid and the resourceVersion that an object brings name the object that it is meant to replace. */
function checkPreconditions({ target, current, object, patched }: Edit, strategy: Strategy): void {
  const { groupResource, group, kind } = target.resource;
  const { name, uid, resourceVersion = '' } = object.metadata;
  const there = current.value.metadata;
  if (uid !== undefined && uid !== '' && uid !== there.uid) {
    if (!patched) throw uidConflict(groupResource, target.name, uid, there.uid ?? '');
    throw invalid({ group, kind }, target.name, [unchangeable('metadata.uid', uid)]);
  }
  const { deletionTimestamp } = object.metadata;
  if (deletionTimestamp !== undefined && there.deletionTimestamp === undefined)
    throw invalid({ group, kind }, target.name, [
      unchangeable('metadata.deletionTimestamp', deletionTimestamp),
    ]);
  if (resourceVersion === '' || resourceVersion === '0') {
    if (strategy.unconditionalUpdate) return;
    throw invalid({ group, kind }, name ?? '', [
      {
        reason: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        message: 'Invalid value: 0: must be specified for an update',
      },
    ]);
  }
  if (resourceVersion !== there.resourceVersion) throw conflict(groupResource, target.name);
}

function unchangeable(field: string, value: string): Cause {
  return {
    reason: 'FieldValueInvalid',
    field,
    message: `Invalid value: ${JSON.stringify(value)}: field is immutable`,
  };
}

/** Only a strategy counts: what a client says of it is not looked at. */
function withGenerationOf(object: KubeObject, { metadata: { generation } }: KubeObject): KubeObject {
  if (object.metadata.generation === generation) return object;
  const { generation: _, ...metadata } = object.metadata;
  return { ...object, metadata: generation === undefined ? metadata : { ...metadata, generation } };
}

function allowedPart({ target, object, current }: Edit, strategy: Strategy): KubeObject {
  switch (target.subresource) {
    case '':
    case 'scale':
      return strategy.update(object, current.value);
    case 'status':
      return strategy.updateStatus(object, current.value);
    case 'approval':
      if (strategy.approve) return strategy.approve(object, current.value);
      break;
    case 'ephemeralcontainers':
      if (strategy.ephemeralContainers) return strategy.ephemeralContainers(object, current.value);
      break;
    case 'finalize':
      if (strategy.finalize) return strategy.finalize(object, current.value);
  }
  throw new ApiError(
    'MethodNotAllowed',
    `${target.resource.groupResource}/${target.subresource} cannot be updated`,
  );
}

/** What no client can change; see `rest.BeforeUpdate` of Kubernetes. */
function withSystemFields(object: KubeObject, current: KubeObject): KubeObject {
  const { uid, creationTimestamp, deletionTimestamp, resourceVersion } = current.metadata;
  const {
    uid: _uid,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    selfLink: _link,
    generation,
    deletionGracePeriodSeconds,
    ...rest
  } = object.metadata;
  const grace = deletionGracePeriodSeconds ?? current.metadata.deletionGracePeriodSeconds;
  const counted = generation ?? current.metadata.generation;
  const metadata = {
    ...rest,
    uid,
    resourceVersion,
    ...(counted !== undefined && { generation: counted }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(grace !== undefined && { deletionGracePeriodSeconds: grace }),
  };
  return { ...object, metadata };
}

function tracked(
  { env, nowMs }: Preparation,
  { target, current, manager }: Edit,
  after: KubeObject,
): KubeObject {
  if (manager === undefined) return after;
  const { resource, subresource } = target;
  return env.rules.trackUpdate({
    resource,
    subresource,
    apiVersion: target.writtenAs,
    before: current.value,
    after,
    manager,
    nowRfc3339: rfc3339(nowMs),
  });
}

/** An object whose deletion only waited for its finalizers ends with the update that takes the last of them. */
function endsWithUpdate(strategy: Strategy, object: KubeObject, current: KubeObject): boolean {
  if (current.metadata.deletionTimestamp === undefined) return false;
  if ((object.metadata.finalizers ?? []).length > 0) return false;
  if ((current.metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  return strategy.mayEndWithUpdate?.(object) ?? true;
}
