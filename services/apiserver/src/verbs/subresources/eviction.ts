/** `pods/NAME/eviction`: a delete that asks the pod's disruption budget first. */
import { goStrings, invalid, isArray, isObject } from '@reckon/api';
import type { CreateRequest } from '../create.ts';
import { decodeBody, requireSameName, withNamespaceOf } from '../decode.ts';
import { prepareDelete } from '../delete.ts';
import type { Env, Preparation } from '../env.ts';
import type { Prepared } from '../plan.ts';
import { keyOf } from '../target.ts';
import type { DeleteOptions, RequestContext, Target, WriteResult } from '../types.ts';
import { budgetWrites } from './disruption.ts';
import { successAnswer } from './status-answer.ts';

export interface EvictionDraft {
  readonly target: Target;
  readonly dryRun: boolean;
  readonly options: DeleteOptions;
}

export function evictionOf(
  env: Env,
  context: RequestContext,
  { target, body, options }: CreateRequest,
): EvictionDraft {
  const eviction = withNamespaceOf(target, decodeBody({ env, context, target, options }, body));
  requireSameName(target, eviction);
  const wanted = isObject(eviction.deleteOptions) ? eviction.deleteOptions : {};
  return { target, dryRun: isDryRun(wanted, options), options: deleteOptionsOf(wanted) };
}

/** It may be asked for beside the Eviction, or (`kubectl drain --dry-run=server`) in its delete options. */
function isDryRun({ dryRun }: Readonly<Record<string, unknown>>, options: CreateRequest['options']): boolean {
  const values = isArray(dryRun) ? dryRun : [];
  const [other] = values.filter((value) => value !== 'All');
  if (other === undefined) return options.dryRun === true || values.length > 0;
  const message = `Unsupported value: ${goStrings(values.map(String))}: supported values: "All"`;
  const causes = [{ reason: 'FieldValueNotSupported', field: 'dryRun', message }] as const;
  throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', causes);
}

function deleteOptionsOf({
  gracePeriodSeconds,
  propagationPolicy,
  preconditions,
}: Readonly<Record<string, unknown>>): DeleteOptions {
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
  { target, options }: Omit<EvictionDraft, 'dryRun'>,
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
