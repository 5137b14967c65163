/** `pods/NAME/eviction`: a delete that asks the pod's disruption budget first. */
import { badRequest, isObject } from '@reckon/api';
import type { CreateRequest } from '../create.ts';
import { decodeBody, withNamespaceOf } from '../decode.ts';
import { prepareDelete } from '../delete.ts';
import type { Env, Preparation } from '../env.ts';
import type { Prepared } from '../plan.ts';
import { keyOf } from '../target.ts';
import type { DeleteOptions, RequestContext, Target, WriteResult } from '../types.ts';
import { budgetWrites } from './disruption.ts';
import { successAnswer } from './status-answer.ts';

export interface EvictionDraft {
  readonly target: Target;
  readonly options: DeleteOptions;
}

export function evictionOf(
  env: Env,
  context: RequestContext,
  { target, body, options }: CreateRequest,
): EvictionDraft {
  const eviction = withNamespaceOf(target, decodeBody({ env, context, target, options }, body));
  const { name } = eviction.metadata;
  if (name !== undefined && name !== '' && name !== target.name)
    throw badRequest('name in URL does not match name in Eviction object');
  return { target, options: deleteOptionsOf(eviction.deleteOptions) };
}

function deleteOptionsOf(value: unknown): DeleteOptions {
  if (!isObject(value)) return {};
  const { gracePeriodSeconds, propagationPolicy, preconditions } = value;
  const demands = isObject(preconditions) ? preconditions : {};
  return {
    ...(typeof gracePeriodSeconds === 'number' && { gracePeriodSeconds }),
    ...(isPolicy(propagationPolicy) && { propagationPolicy }),
    preconditions: {
      ...(typeof demands.uid === 'string' && { uid: demands.uid }),
      ...(typeof demands.resourceVersion === 'string' && { resourceVersion: demands.resourceVersion }),
    },
  };
}

function isPolicy(value: unknown): value is NonNullable<DeleteOptions['propagationPolicy']> {
  return value === 'Background' || value === 'Foreground' || value === 'Orphan';
}

export function prepareEviction(
  preparation: Preparation,
  { target, options }: EvictionDraft,
): Prepared<WriteResult> {
  const pod = { ...target, subresource: '' };
  const { writes, conditions } = prepareDelete(preparation, { target: pod, options });
  const current = preparation.state.get(keyOf(pod));
  const spent = current ? budgetWrites(preparation, current.value) : [];
  return {
    writes: [...writes, ...spent],
    conditions,
    answer: () => ({ object: successAnswer(keyOf(target)), created: true }),
  };
}
