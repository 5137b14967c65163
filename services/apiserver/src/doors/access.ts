import type { AccessAttributes, Target } from '../verbs/types.ts';

/** What an Authorizer is asked for a verb on a target. Of a namespace itself, the namespace is its own name. */
export function accessTo(verb: string, target: Target): AccessAttributes {
  const { resource, subresource, namespace, name } = target;
  const isNamespace = resource.group === '' && resource.resource === 'namespaces';
  return {
    verb,
    group: resource.group,
    resource: resource.resource,
    subresource,
    namespace: isNamespace ? name : namespace,
    name,
  };
}
