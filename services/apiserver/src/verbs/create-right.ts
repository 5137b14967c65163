import type { Preparation } from './env.ts';
import type { Target } from './types.ts';

/**
 * Who makes an object by an update or an apply needs the right to create it, too: a door that asked for `update` or
 * `patch` could not know that it was not there.
 */
export function requireCreateRight({ env, context }: Preparation, target: Target): void {
  const { resource, namespace, name } = target;
  env.authority.authorize(context.user, {
    verb: 'create',
    group: resource.group,
    resource: resource.resource,
    subresource: '',
    namespace,
    name,
  });
}
