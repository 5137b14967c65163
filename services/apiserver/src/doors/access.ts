import { parseFieldSelector } from '@reckon/api';
import type { AccessAttributes, Target } from '../verbs/types.ts';

/**
 * What an Authorizer is asked for a verb on a target. Of a namespace itself, the namespace is its own name; a list or
 * watch of `metadata.name=NAME` is about that object (Kubernetes: RequestInfo), so that `resourceNames` allow it.
 */
export function accessTo(verb: string, target: Target, fieldSelector?: string): AccessAttributes {
  const { resource, subresource, namespace, name } = target;
  const isNamespace = resource.group === '' && resource.resource === 'namespaces';
  return {
    verb,
    group: resource.group,
    resource: resource.resource,
    subresource,
    namespace: isNamespace ? name : namespace,
    name: name === '' && fieldSelector ? (exactName(fieldSelector, resource.groupResource) ?? '') : name,
    ...(fieldSelector && { fieldSelector }),
  };
}

/** BadRequest if it cannot be read. */
function exactName(fieldSelector: string, groupResource: string): string | undefined {
  return parseFieldSelector(fieldSelector, groupResource).exactValue('metadata.name');
}
