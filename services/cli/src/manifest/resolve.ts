/** Which object of the cluster each object of a manifest is about. */
import { isObject } from '@reckon/api';
import type { ResourceType } from '@reckon/client';
import type { Kinds } from '../api/kinds.ts';
import { type Found, type Place, type Problem, placeText } from './documents.ts';
import { inCreationOrder } from './order.ts';

export interface Wanted {
  readonly place: Place;
  readonly resource: ResourceType;
  /** '' for kinds that have none. */
  readonly namespace: string;
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
}

export interface Resolved {
  /** In the order in which they are to be written. */
  readonly wanted: readonly Wanted[];
  readonly problems: readonly Problem[];
}

/** `namespace`: of objects that name none; undefined: `default`, and those that name one may name any. */
export async function resolve(
  found: readonly Found[],
  { kinds, namespace }: { readonly kinds: Kinds; readonly namespace: string | undefined },
): Promise<Resolved> {
  const problems: Problem[] = [];
  const wanted: Wanted[] = [];
  const seen = new Map<string, Place>();
  for (const one of found) {
    const result = await resolveOne(one, kinds, namespace);
    if ('message' in result) {
      problems.push(result);
      continue;
    }
    const id = `${result.resource.groupResource} ${result.namespace}/${result.name}`;
    const before = seen.get(id);
    if (before)
      problems.push({
        place: one.place,
        object: `${result.resource.kind} ${result.name}`,
        message: `it is there twice: also in ${placeText(before)}`,
      });
    else wanted.push(result);
    seen.set(id, one.place);
  }
  return { wanted: inCreationOrder(wanted, ({ resource }) => resource.groupResource), problems };
}

async function resolveOne(
  { place, value }: Found,
  kinds: Kinds,
  namespace: string | undefined,
): Promise<Wanted | Problem> {
  const { apiVersion, kind } = value;
  if (typeof apiVersion !== 'string' || apiVersion === '') return { place, message: 'apiVersion is not set' };
  if (typeof kind !== 'string' || kind === '') return { place, message: 'kind is not set' };
  const resource = await kinds.ofKind(apiVersion, kind);
  if (!resource) return { place, object: kind, message: `the cluster has no ${kind} in ${apiVersion}` };
  const metadata = isObject(value.metadata) ? value.metadata : {};
  const { name } = metadata;
  if (typeof name !== 'string' || name === '')
    return { place, object: kind, message: 'metadata.name is not set: apply needs a name' };
  const problem = (message: string): Problem => ({ place, object: `${kind} ${name}`, message });
  const own = typeof metadata.namespace === 'string' ? metadata.namespace : '';
  if (!resource.namespaced) {
    if (own !== '') return problem(`metadata.namespace is ${own}, but a ${kind} has none`);
    return { place, resource, namespace: '', name, object: value };
  }
  if (own !== '' && namespace !== undefined && own !== namespace)
    return problem(`metadata.namespace is ${own}, but -n says ${namespace}`);
  const inside = own || namespace || 'default';
  const object = { ...value, metadata: { ...metadata, namespace: inside } };
  return { place, resource, namespace: inside, name, object };
}
