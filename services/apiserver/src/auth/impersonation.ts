/** Kubernetes' user impersonation: acting as somebody else, each part of whom needs a right of its own. */
import { badRequest } from '@reckon/api';
import type { Authorizer, User } from '../verbs/types.ts';

/** The headers of a request, names in lower case. */
export interface Headers {
  header(name: string): string | undefined;
  headerNames(): Iterable<string>;
}

const EXTRA = 'impersonate-extra-';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;
const AUTHENTICATION = 'authentication.k8s.io';

/**
 * @returns the user to act as; `user` itself if no such header is there.
 * @throws Forbidden for any part that `user` may not take.
 */
export function impersonate(user: User, headers: Headers, authorizer: Authorizer): User {
  const name = headers.header('impersonate-user');
  const uid = headers.header('impersonate-uid');
  const groupList = headers.header('impersonate-group');
  const extra = extraOf(headers);
  if (name === undefined) {
    if (uid === undefined && groupList === undefined && extra === undefined) return user;
    throw badRequest('impersonating a group, a uid or extra fields needs Impersonate-User, too');
  }
  const groups = (groupList ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');
  const may = (
    resource: string,
    asked: string,
    more: { group?: string; namespace?: string; key?: string } = {},
  ) =>
    authorizer.authorize(user, {
      verb: 'impersonate',
      group: more.group ?? '',
      resource,
      subresource: more.key ?? '',
      namespace: more.namespace ?? '',
      name: asked,
    });
  const [, namespace, account] = SERVICE_ACCOUNT.exec(name) ?? [];
  if (namespace !== undefined && account !== undefined) may('serviceaccounts', account, { namespace });
  else may('users', name);
  for (const group of groups) may('groups', group);
  if (uid !== undefined) may('uids', uid, { group: AUTHENTICATION });
  for (const [key, values] of Object.entries(extra ?? {}))
    for (const value of values) may('userextras', value, { group: AUTHENTICATION, key });
  return {
    name,
    ...(uid !== undefined && { uid }),
    groups: completeGroups(name, groups, namespace),
    ...(extra && { extra }),
  };
}

/** The groups that everybody of that name has. */
function completeGroups(
  name: string,
  groups: readonly string[],
  namespace: string | undefined,
): readonly string[] {
  const all = [...groups];
  if (groups.length === 0 && namespace !== undefined)
    all.push('system:serviceaccounts', `system:serviceaccounts:${namespace}`);
  const own = name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  if (!all.includes(own) && !all.includes('system:unauthenticated')) all.push(own);
  return all;
}

function extraOf(headers: Headers): Record<string, readonly string[]> | undefined {
  let extra: Record<string, readonly string[]> | undefined;
  for (const header of headers.headerNames()) {
    const value = header.startsWith(EXTRA) ? headers.header(header) : undefined;
    if (value === undefined) continue;
    extra ??= {};
    extra[keyOf(header)] = value.split(', ');
  }
  return extra;
}

function keyOf(header: string): string {
  try {
    return decodeURIComponent(header.slice(EXTRA.length)).toLowerCase();
  } catch {
    throw badRequest(`the header ${header} is not percent-encoded properly`);
  }
}
