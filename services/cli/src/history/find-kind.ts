/** KIND/NAME as kubectl takes it, found through discovery: short names, singular, plural, with or without group. */
import type { ObjectKey } from '@reckon/api';
import { CliError } from '../errors.ts';

export interface ServedKind {
  readonly group: string;
  readonly version: string;
  /** Plural. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Singular and short names. */
  readonly otherNames: readonly string[];
}

/** `RestApi` fits. */
export interface Discovery {
  get<T>(path: string): Promise<T>;
}

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly singularName?: string;
    readonly shortNames?: readonly string[];
  }[];
}

/** All kinds that are served, core first. */
export async function servedKinds(api: Discovery): Promise<readonly ServedKind[]> {
  const { groups } = await api.get<{
    readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
  }>('/apis');
  const paths = [
    '/api/v1',
    ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
  ];
  const lists = await Promise.all(paths.map((path) => api.get<ResourceList>(path)));
  return lists.flatMap(({ groupVersion, resources }) => {
    const [version = '', group = ''] = groupVersion.split('/').reverse();
    return resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, kind, namespaced, singularName = '', shortNames = [] }) => ({
        group,
        version,
        resource: name,
        kind,
        namespaced,
        otherNames: [singularName || kind.toLowerCase(), ...shortNames],
      }));
  });
}

/** @param text `po`, `Deployment`, `deployments.apps`, `deployments.v1.apps`. */
export function findKind(kinds: readonly ServedKind[], text: string): ServedKind {
  const [name = '', ...qualifiers] = text.toLowerCase().split('.');
  const qualifier = qualifiers.join('.');
  const found = kinds.find(
    ({ group, version, resource, kind, otherNames }) =>
      [resource, kind.toLowerCase(), ...otherNames].includes(name) &&
      (qualifier === '' || qualifier === group || qualifier === `${version}.${group}`),
  );
  if (found) return found;
  throw new CliError(
    `the cluster has no kind ${JSON.stringify(text)}`,
    'see: ./reckon kubectl api-resources',
  );
}

export function groupResourceOf({ group, resource }: Pick<ServedKind, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** @param text KIND/NAME. @param namespace of namespaced kinds; absent: default. */
export function keyFrom(
  kinds: readonly ServedKind[],
  { text, namespace = 'default' }: { readonly text: string; readonly namespace?: string | undefined },
): ObjectKey {
  const [kindText = '', name = '', ...more] = text.split('/');
  if (kindText === '' || name === '' || more.length > 0)
    throw new CliError(`${JSON.stringify(text)} names no object`, 'write KIND/NAME, as in deployment/web');
  const kind = findKind(kinds, kindText);
  return { resource: groupResourceOf(kind), namespace: kind.namespaced ? namespace : '', name };
}

/** For messages: "deployments.apps/web in default". */
export function nameOf({ resource, namespace, name }: ObjectKey): string {
  return `${resource}/${name}${namespace === '' ? '' : ` in ${namespace}`}`;
}
