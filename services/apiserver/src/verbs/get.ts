/** get: one object, now or as it was. */
import { ApiError, notFound, type Revision } from '@reckon/api';
import { pathOf } from '../cache/resource-cache.ts';
import type { Env } from './env.ts';
import { Incarnations } from './incarnations.ts';
import { scaleOf } from './subresources/scale.ts';
import { keyOf, requireName } from './target.ts';
import type { ObjectAt, RequestContext, Target, VersionOptions } from './types.ts';
import { type ReadVersion, reach, readVersionOf } from './versions.ts';

export interface GetRequest {
  readonly target: Target;
  readonly options: VersionOptions;
}

export async function get(
  env: Env,
  _context: RequestContext,
  { target, options }: GetRequest,
): Promise<ObjectAt> {
  requireName(target);
  const version = readVersionOf(options, { options: 'GetOptions', unmatched: 'notOlderThan' });
  const found = await find(env, target, version);
  if (!found) throw notFound(target.resource.groupResource, target.name);
  if (version.kind === 'exact' && !options.formerNamespaces) await checkNamespace(env, target, version.rev);
  return target.subresource === 'scale' ? scaleOf(found) : found;
}

async function checkNamespace(env: Env, target: Target, rev: Revision): Promise<void> {
  const key = keyOf(target);
  if (await new Incarnations(env, rev).shows(key)) return;
  const { message, details } = notFound(target.resource.groupResource, target.name);
  const namespace = key.namespace || key.name;
  const why = `the namespace ${namespace} of revision ${rev} is not the present one: seeing into it takes the right to "history"`;
  throw new ApiError('NotFound', `${message}: ${why}`, details);
}

async function find(env: Env, target: Target, version: ReadVersion): Promise<ObjectAt | undefined> {
  const key = keyOf(target);
  if (version.kind === 'exact') {
    const stored = await env.store.getAt(key, version.rev);
    return stored && env.cache.entryFrom(stored);
  }
  await reach(env, version);
  return env.cache.resource(key.resource).get(pathOf(key));
}
