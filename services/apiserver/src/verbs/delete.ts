/**
 * delete: at once, or in steps where grace or finalizers hold the object
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/). An object that is going has
 * deletionTimestamp; it ends when its grace is cut to 0 by whoever ran it and its last finalizer is taken away.
 */
import { conflict, notFound } from '@reckon/api';
import { refuseImmortal } from '../admission/namespace-lifecycle.ts';
import { restrictNodeDelete } from '../admission/node-restriction.ts';
import { type DeleteRequest, prepareEnd } from './delete-end.ts';
import { prepareNamespaceDelete } from './delete-namespace.ts';
import type { Env, Preparation } from './env.ts';
import { execute } from './execute.ts';
import type { Prepared } from './plan.ts';
import { keyOf, requireName } from './target.ts';
import type { DeleteOptions, DeleteResult, KubeMetadata, RequestContext, Target } from './types.ts';

export function deleteObject(
  env: Env,
  context: RequestContext,
  request: DeleteRequest,
): Promise<DeleteResult> {
  requireName(request.target);
  return execute(env, {
    context,
    via: 'delete',
    dryRun: request.options.dryRun === true,
    prepare: (preparation) => prepareDelete(preparation, request),
  });
}

export function prepareDelete(preparation: Preparation, request: DeleteRequest): Prepared<DeleteResult> {
  const { target, options } = request;
  const { groupResource } = target.resource;
  refuseImmortal(groupResource, target.name);
  const current = preparation.state.get(keyOf(target));
  if (!current) throw notFound(groupResource, target.name);
  restrictNodeDelete({ target, context: preparation.context }, current.value);
  checkDeletePreconditions(target, current.value.metadata, options);
  if (groupResource === 'namespaces') return prepareNamespaceDelete(preparation, { ...request, current });
  return prepareEnd(preparation, { ...request, current });
}

/** Whatever kind it is, what the preconditions name must be what is there. */
export function checkDeletePreconditions(
  target: Target,
  there: KubeMetadata,
  { preconditions }: DeleteOptions,
): void {
  const { kind } = target.resource;
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid !== undefined && uid !== there.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${there.uid}). The object might have been deleted and then recreated`;
    throw conflict(kind, target.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== there.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${there.resourceVersion}). The object might have been modified`;
    throw conflict(kind, target.name, why);
  }
}
