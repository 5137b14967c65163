import { type ApiError, accessDenied } from '@reckon/api';
import type { User } from '../verbs/types.ts';

/** The headers of a request, names in lower case. */
export interface Headers {
  header(name: string): string | undefined;
  headerNames(): Iterable<string>;
}

const EXTRA = 'impersonate-extra-';

/**
 * Kubernetes' user impersonation: who is in `system:masters` may act as somebody else. (A finer right comes with
 * RBAC.)
 *
 * @returns the user to act as; `user` itself if no such header is there.
 */
export function impersonate(user: User, headers: Headers): User {
  const name = headers.header('impersonate-user');
  const uid = headers.header('impersonate-uid');
  const groupList = headers.header('impersonate-group');
  if (name === undefined && uid === undefined && groupList === undefined) return user;
  if (!user.groups.includes('system:masters')) throw denied(user, name ?? '');
  if (name === undefined) throw denied(user, '');
  const groups = (groupList ?? '').split(',').map((group) => group.trim());
  const wanted = groups.filter((group) => group !== '');
  const serviceAccount = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  if (wanted.length === 0 && serviceAccount?.[1])
    wanted.push('system:serviceaccounts', `system:serviceaccounts:${serviceAccount[1]}`);
  if (!wanted.includes('system:authenticated')) wanted.push('system:authenticated');
  const extra: Record<string, readonly string[]> = {};
  for (const key of headers.headerNames()) {
    const value = key.startsWith(EXTRA) ? headers.header(key) : undefined;
    if (value !== undefined) extra[decodeURIComponent(key.slice(EXTRA.length))] = value.split(', ');
  }
  return Object.keys(extra).length === 0
    ? { name, uid, groups: wanted }
    : { name, uid, groups: wanted, extra };
}

function denied(user: User, name: string): ApiError {
  const cluster = { group: '', subresource: '', namespace: '' };
  return accessDenied({ ...cluster, user: user.name, verb: 'impersonate', resource: 'users', name });
}
