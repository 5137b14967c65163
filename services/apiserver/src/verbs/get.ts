/** get: one object, now or as it was. */
import { notFound } from '@reckon/api';
import { pathOf } from '../cache/resource-cache.ts';
import type { Env } from './env.ts';
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
  const found = await find(
    env,
    target,
    readVersionOf(options, { options: 'GetOptions', unmatched: 'notOlderThan' }),
  );
  if (!found) throw notFound(target.resource.groupResource, target.name);
  return target.subresource === 'scale' ? scaleOf(found) : found;
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
