/** `scale`: how many replicas there are and shall be, in the one form that autoscalers know (autoscaling/v1 Scale). */
import { formatLabelSelector, invalid, isObject, notFound, type ResourceSchema } from '@reckon/api';
import { checkName, withNamespaceOf } from '../decode.ts';
import { prepareEdit } from '../edit.ts';
import { Unsaved } from '../encode.ts';
import type { Preparation } from '../env.ts';
import type { Prepared } from '../plan.ts';
import type { Current } from '../state.ts';
import { apiVersionOf, keyOf } from '../target.ts';
import type { KubeObject, ObjectAt, Target, WriteResult } from '../types.ts';

/** The Scale of an object that has `spec.replicas`, `spec.selector` and `status.replicas`. */
export function scaleOf(object: ObjectAt): ObjectAt {
  return new Unsaved({ key: object.key, value: scaleValue(object.value) });
}

export function scaleValue({ kind, metadata, spec, status }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const wanted = isObject(spec) ? spec : {};
  const found = isObject(status) ? status : {};
  const given = isObject(wanted.selector) ? wanted.selector : undefined;
  // The selector of a ReplicationController is older than label selectors: labels, and nothing else.
  const selector = formatLabelSelector(kind === 'ReplicationController' ? { matchLabels: given } : given);
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas(wanted.replicas),
    status: { replicas: 0, ...replicas(found.replicas), ...(selector !== '' && { selector }) },
  };
}

/** A Scale as a part of the object that it is of, for server-side apply: of it, only the number can be wanted. */
export function scaledPart(
  { group, version, kind }: ResourceSchema,
  { metadata, spec }: KubeObject,
): KubeObject {
  return {
    apiVersion: apiVersionOf({ group, version }),
    kind,
    metadata,
    ...(isObject(spec) && { spec: replicas(spec.replicas) }),
  };
}

function replicas(count: unknown): { readonly replicas?: number } {
  return typeof count === 'number' ? { replicas: count } : {};
}

/** What is wrong with a Scale is told of the Scale, not of what it is the scale of. */
function refuseNegative(name: string, count = 0): void {
  if (count >= 0) return;
  const message = `Invalid value: ${count}: must be greater than or equal to 0`;
  const causes = [{ reason: 'FieldValueInvalid', field: 'spec.replicas', message }] as const;
  throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, causes);
}

export interface ScaleUpdate {
  readonly target: Target;
  readonly scale: KubeObject;
  readonly manager: string;
}

export function prepareScaleUpdate(preparation: Preparation, update: ScaleUpdate): Prepared<WriteResult> {
  const { target } = update;
  const current = preparation.state.get(keyOf(target));
  if (!current) throw notFound(target.resource.groupResource, target.name);
  return prepareScaleEdit(preparation, { ...update, current });
}

export function prepareScaleEdit(
  preparation: Preparation,
  { target, scale, manager, current }: ScaleUpdate & { readonly current: Current },
): Prepared<WriteResult> {
  checkName(target, withNamespaceOf(target, scale));
  const wanted = isObject(scale.spec) ? replicas(scale.spec.replicas) : {};
  refuseNegative(target.name, wanted.replicas);
  const { uid, resourceVersion } = scale.metadata;
  const { value } = current;
  const object = {
    ...value,
    metadata: { ...value.metadata, uid, resourceVersion },
    spec: { ...(isObject(value.spec) && value.spec), replicas: 0, ...wanted },
  };
  return prepareEdit(preparation, { target, current, object, manager, view: scaleOf });
}
