/** `resourceVersion` and `resourceVersionMatch` (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions). */
import { badRequest, type Cause, goQuote, invalid, type Revision } from '@reckon/api';
import type { Env } from './env.ts';
import type { VersionOptions } from './types.ts';

export type ReadVersion =
  /** Not older than any write that was acknowledged before the read. */
  | { readonly kind: 'latest' }
  /** Whatever the cache has. */
  | { readonly kind: 'any' }
  | { readonly kind: 'notOlderThan'; readonly rev: Revision }
  | { readonly kind: 'exact'; readonly rev: Revision };

export interface VersionRules {
  /** The kind of options named in refusals: `ListOptions`, `GetOptions`. */
  readonly options: string;
  /** What a revision without a match means: a page of a limited list is exact, as it always was. */
  readonly unmatched: 'notOlderThan' | 'exact';
}

/** @throws Invalid for combinations that mean nothing. */
export function readVersionOf(
  { resourceVersion = '', match }: VersionOptions,
  rules: VersionRules,
): ReadVersion {
  const causes: Cause[] = [];
  if (match !== undefined && resourceVersion === '')
    causes.push(forbidden('resourceVersionMatch is forbidden unless resourceVersion is provided'));
  if (match === 'Exact' && resourceVersion === '0')
    causes.push(forbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: rules.options }, '', causes);
  if (resourceVersion === '') return { kind: 'latest' };
  const rev = parseRevision(resourceVersion);
  if (rev === 0) return { kind: 'any' };
  const exact = match === 'Exact' || (match === undefined && rules.unmatched === 'exact');
  return { kind: exact ? 'exact' : 'notOlderThan', rev };
}

function forbidden(why: string): Cause {
  return { reason: 'FieldValueForbidden', field: 'resourceVersionMatch', message: `Forbidden: ${why}` };
}

/** @throws BadRequest, in Kubernetes' words, for what is no revision. */
export function parseRevision(text: string): Revision {
  const rev = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(rev)) return rev;
  const why = `strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`;
  throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${goQuote(text)}: ${why}`);
}

/** Resolves once the cache may answer a read of this version. */
export async function reach(
  { cache, reachTimeoutMs }: Env,
  version: Exclude<ReadVersion, { kind: 'exact' }>,
): Promise<void> {
  switch (version.kind) {
    case 'any':
      return;
    case 'latest':
      return cache.confirm();
    case 'notOlderThan':
      return cache.reach(version.rev, reachTimeoutMs);
  }
}
