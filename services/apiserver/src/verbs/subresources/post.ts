/** Subresources that are posted: binding, eviction, token. */
import { methodNotAllowed } from '@reckon/api';
import type { CreateRequest } from '../create.ts';
import type { Env } from '../env.ts';
import { execute } from '../execute.ts';
import { requireName, viaOf } from '../target.ts';
import type { RequestContext, WriteResult } from '../types.ts';
import { bindingOf, prepareBinding } from './binding.ts';
import { evictionOf, prepareEviction } from './eviction.ts';
import { createToken } from './token.ts';

export async function postSubresource(
  env: Env,
  context: RequestContext,
  request: CreateRequest,
): Promise<WriteResult> {
  const { target, options } = request;
  requireName(target);
  const dryRun = options.dryRun === true;
  switch (`${target.resource.groupResource}/${target.subresource}`) {
    case 'pods/binding': {
      const binding = bindingOf(env, context, request);
      return execute(env, {
        context,
        via: viaOf('create', target),
        dryRun,
        prepare: (preparation) => prepareBinding(preparation, binding),
      });
    }
    case 'pods/eviction': {
      const eviction = evictionOf(env, context, request);
      return execute(env, {
        context,
        via: viaOf('create', target),
        dryRun: eviction.dryRun,
        prepare: (preparation) => prepareEviction(preparation, eviction),
      });
    }
    case 'serviceaccounts/token':
      return createToken(env, context, request);
    default:
      throw methodNotAllowed(target.resource.groupResource, 'create');
  }
}
