/**
 * The cluster as it was: below `/at/REVISION` lies the whole API again, as of that revision, for reading only. (kubectl
 * keeps the path of a kubeconfig's server URL in front of every request, so that all its reading commands travel.)
 */
import { ApiError, badRequest, type Revision } from '@reckon/api';
import type { ListOptions, VersionOptions } from '../verbs/types.ts';

/** A moment of the log that a request is about. */
export interface AsOf {
  readonly rev: Revision;
  /** When that revision was written, in milliseconds since the epoch: ages are counted from there. */
  readonly atMs: number;
}

/** Finds the moment of a revision; refuses one that is not there with the range that is. */
export type FindMoment = (rev: Revision) => Promise<AsOf>;

const PREFIX = /^\/at\/([^/]*)(\/.*)?$/;

/** Undefined: the request is about the present. @param path without the query. */
export function splitAsOf(path: string): { readonly rev: Revision; readonly path: string } | undefined {
  const found = path.startsWith('/at/') ? PREFIX.exec(path) : null;
  if (!found) return undefined;
  const [, text = '', rest = '/'] = found;
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw badRequest(`/at/${text}: a revision is needed there, as in /at/4711/api/v1/pods`);
  return { rev: Number(text), path: rest };
}

export function refuseWrite({ rev }: { readonly rev: Revision }, method: string): void {
  if (method === 'GET' || method === 'HEAD') return;
  throw new ApiError(
    'MethodNotAllowed',
    `the past cannot be changed: below /at/${rev} is the cluster as it was at revision ${rev}, to be read only`,
  );
}

/** @param what "watched", "streamed". */
export function notInThePast({ rev }: AsOf, what: string): ApiError {
  return badRequest(
    `the past cannot be ${what}: below /at/${rev} is the cluster as it was at revision ${rev}; get and list it`,
  );
}

export function exactly({ rev }: AsOf): VersionOptions {
  return { resourceVersion: String(rev), match: 'Exact' };
}

/** A further page says itself which revision it is of. */
export function exactList(asOf: AsOf, options: ListOptions): ListOptions {
  const { resourceVersion: _revision, match: _match, ...others } = options;
  return options.continue === undefined ? { ...others, ...exactly(asOf) } : others;
}
