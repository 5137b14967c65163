import { ApiError } from '@reckon/api';

/** What a path asks for, before anything is known about kinds (Kubernetes: `RequestInfo`). */
export interface RequestPath {
  /** Empty for core. */
  readonly group: string;
  readonly version: string;
  /** Empty: not about objects (`/version`, `/apis/apps/v1`). */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  /** The legacy form `/api/v1/watch/…`. */
  readonly watch: boolean;
  /** What follows a subresource (`proxy/…`), without leading slash. */
  readonly rest: string;
}

const NONE: RequestPath = {
  group: '',
  version: '',
  resource: '',
  namespace: '',
  name: '',
  subresource: '',
  watch: false,
  rest: '',
};

/**
 * Reads `/api/v1/namespaces/NS/pods/NAME/log` and its kin. Throws `BadRequest` only for broken percent encoding.
 *
 * @param path without the query.
 */
export function parseRequestPath(path: string): RequestPath {
  const parts = path.split('/');
  if (parts[parts.length - 1] === '') parts.pop();
  let at = 1;
  let group = '';
  if (parts[1] === 'api') at = 2;
  else if (parts[1] === 'apis') {
    group = part(parts, 2);
    at = 3;
  } else return NONE;
  const version = part(parts, at++);
  if (at >= parts.length) return { ...NONE, group, version };
  let watch = false;
  if (parts[at] === 'watch' && at + 1 < parts.length) {
    watch = true;
    at++;
  }
  let namespace = '';
  if (parts[at] === 'namespaces' && at + 2 < parts.length) {
    const third = parts[at + 2];
    if (third !== 'status' && third !== 'finalize') {
      namespace = part(parts, at + 1);
      at += 2;
    }
  }
  const resource = part(parts, at);
  const name = at + 1 < parts.length ? part(parts, at + 1) : '';
  const subresource = at + 2 < parts.length ? part(parts, at + 2) : '';
  const rest = at + 3 < parts.length ? parts.slice(at + 3).join('/') : '';
  return { group, version, resource, namespace, name, subresource, watch, rest };
}

function part(parts: readonly string[], index: number): string {
  const text = parts[index] ?? '';
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new ApiError('BadRequest', `invalid URL escape in "${text}"`, {}, { cause });
  }
}
