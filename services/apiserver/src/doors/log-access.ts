/** Who may look into the log. */
import { ApiError } from '@reckon/api';
import type { AccessAttributes, Authorizer, User } from '../verbs/types.ts';

/** @param groupResource `pods`, `deployments.apps`; `*`: all. */
export function historyOf(groupResource: string, namespace: string, name: string): AccessAttributes {
  const dot = groupResource.indexOf('.');
  const resource = dot < 0 ? groupResource : groupResource.slice(0, dot);
  const group = dot < 0 ? '' : groupResource.slice(dot + 1);
  return { verb: 'history', group, resource, subresource: '', namespace, name };
}

export function mayReadSecrets(authorizer: Authorizer, user: User, namespace: string): boolean {
  const secrets = { group: '', resource: 'secrets', subresource: '', namespace, name: '' };
  return may(authorizer, user, { verb: 'list', ...secrets });
}

export function may(authorizer: Authorizer, user: User, attributes: AccessAttributes): boolean {
  try {
    authorizer.authorize(user, attributes);
    return true;
  } catch (error) {
    if (ApiError.from(error).reason === 'Forbidden') return false;
    throw error;
  }
}
