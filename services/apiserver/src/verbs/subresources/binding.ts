/** `pods/NAME/binding`: the scheduler's decision. A pod is bound once. */
import {
  type Cause,
  conflict,
  invalid,
  isArray,
  isObject,
  notFound,
  rfc3339,
  setCondition,
} from '@reckon/api';
import type { CreateRequest } from '../create.ts';
import { decodeBody, requireSameName, withNamespaceOf } from '../decode.ts';
import type { Env, Preparation } from '../env.ts';
import { type Prepared, updateOf } from '../plan.ts';
import { keyOf, qualifiedResource } from '../target.ts';
import type { KubeObject, RequestContext, Target, WriteResult } from '../types.ts';
import { successAnswer } from './status-answer.ts';

export interface BindingDraft {
  readonly target: Target;
  readonly binding: KubeObject;
  readonly nodeName: string;
}

export function bindingOf(
  env: Env,
  context: RequestContext,
  { target, body, options }: CreateRequest,
): BindingDraft {
  const binding = withNamespaceOf(target, decodeBody({ env, context, target, options }, body));
  requireSameName(target, binding);
  const node = isObject(binding.target) ? binding.target : {};
  const nodeName = typeof node.name === 'string' ? node.name : '';
  const causes: Cause[] = [];
  if (node.kind !== undefined && node.kind !== '' && node.kind !== 'Node') {
    const message = `Unsupported value: ${JSON.stringify(node.kind)}: supported values: "Node", "<empty>"`;
    causes.push({ reason: 'FieldValueNotSupported', field: 'target.kind', message });
  }
  if (nodeName === '')
    causes.push({ reason: 'FieldValueRequired', field: 'target.name', message: 'Required value' });
  if (causes.length > 0) throw invalid({ group: '', kind: 'Binding' }, target.name, causes);
  return { target, binding, nodeName };
}

export function prepareBinding(preparation: Preparation, draft: BindingDraft): Prepared<WriteResult> {
  const { target, binding, nodeName } = draft;
  const key = keyOf(target);
  const current = preparation.state.get(key);
  if (!current) throw notFound(target.resource.groupResource, target.name);
  const pod = current.value;
  refuse(draft, pod);
  const spec = isObject(pod.spec) ? pod.spec : {};
  const status = isObject(pod.status) ? pod.status : {};
  const annotations = { ...pod.metadata.annotations, ...binding.metadata.annotations };
  const conditions = setCondition(
    isArray(status.conditions) ? status.conditions.filter(isObject) : undefined,
    { type: 'PodScheduled', status: 'True' },
    rfc3339(preparation.nowMs),
  );
  const object: KubeObject = {
    ...pod,
    metadata: { ...pod.metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec: { ...spec, nodeName },
    status: { ...status, conditions },
  };
  return {
    writes: [updateOf({ current, object, traits: target.resource })],
    conditions: [],
    answer: () => ({ object: successAnswer(key), created: true }),
  };
}

function refuse({ target, binding }: BindingDraft, pod: KubeObject): void {
  const resource = qualifiedResource(target);
  const { uid, resourceVersion } = binding.metadata;
  const { metadata } = pod;
  if (uid && uid !== metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
    throw conflict(resource, target.name, why);
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`;
    throw conflict(resource, target.name, why);
  }
  if (metadata.deletionTimestamp !== undefined)
    throw conflict(
      resource,
      target.name,
      `pod ${target.name} is being deleted, cannot be assigned to a host`,
    );
  const spec = isObject(pod.spec) ? pod.spec : {};
  if (typeof spec.nodeName === 'string' && spec.nodeName !== '')
    throw conflict(
      resource,
      target.name,
      `pod ${target.name} is already assigned to node "${spec.nodeName}"`,
    );
  if (isArray(spec.schedulingGates) && spec.schedulingGates.length > 0)
    throw conflict(resource, target.name, `pod ${target.name} has non-empty .spec.schedulingGates`);
}
