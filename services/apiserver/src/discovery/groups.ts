/** What kinds there are, in the documents that clients discover them by (Kubernetes API concepts: "API discovery"). */
import type { ResourceSchema, SubresourceSchema } from '@reckon/api';
import { groupVersion } from '../rest/list-body.ts';

interface GroupVersions {
  readonly group: string;
  /** Version → its kinds; the first is preferred. */
  readonly versions: ReadonlyMap<string, readonly ResourceSchema[]>;
}

/** Groups in the order of their first kind, kinds by name. */
export function groupsOf(resources: readonly ResourceSchema[]): readonly GroupVersions[] {
  const groups = new Map<string, Map<string, ResourceSchema[]>>();
  for (const resource of resources) {
    const versions = groups.get(resource.group) ?? new Map<string, ResourceSchema[]>();
    groups.set(resource.group, versions);
    const kinds = versions.get(resource.version) ?? [];
    versions.set(resource.version, kinds);
    kinds.push(resource);
  }
  return [...groups].map(([group, versions]) => {
    for (const kinds of versions.values()) kinds.sort((a, b) => (a.resource < b.resource ? -1 : 1));
    return { group, versions: new Map([...versions].sort(([a], [b]) => newestFirst(a, b))) };
  });
}

/** v2 before v1, and versions that are not stable after all that are (Kubernetes: `CompareKubeAwareVersionStrings`). */
function newestFirst(a: string, b: string): number {
  return stability(b) - stability(a) || b.localeCompare(a, 'en', { numeric: true });
}

function stability(version: string): number {
  return version.includes('alpha') ? 0 : version.includes('beta') ? 1 : 2;
}

/** `/api` */
export function apiVersions(groups: readonly GroupVersions[], serverAddress: string) {
  const core = groups.find(({ group }) => group === '');
  return {
    kind: 'APIVersions',
    versions: [...(core?.versions.keys() ?? [])],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** `/apis` */
export function apiGroupList(groups: readonly GroupVersions[]) {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.filter(({ group }) => group !== '').map(apiGroup),
  };
}

/** `/apis/GROUP` without kind, as it stands in the list. */
export function apiGroup({ group, versions }: GroupVersions) {
  const all = [...versions.keys()].map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: all, preferredVersion: all[0] };
}

/** `/api/v1`, `/apis/GROUP/VERSION` */
export function apiResourceList(group: string, version: string, resources: readonly ResourceSchema[]) {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersion({ group, version }),
    resources: resources.flatMap((resource) => [
      {
        name: resource.resource,
        singularName: resource.singular,
        namespaced: resource.namespaced,
        kind: resource.kind,
        verbs: sorted(resource.verbs),
        ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
        ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
      },
      ...subresourcesOf(resource).map((subresource) => ({
        name: `${resource.resource}/${subresource.name}`,
        singularName: '',
        namespaced: resource.namespaced,
        ...foreignKind(resource, subresource),
        kind: subresource.kind,
        verbs: sorted(subresource.verbs),
      })),
    ]),
  };
}

/** All of it in one document (KEP-3352, aggregated discovery). `core`: the document of `/api`, else that of `/apis`. */
export function aggregated(
  groups: readonly GroupVersions[],
  core: boolean,
  documentVersion: 'v2' | 'v2beta1',
) {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${documentVersion}`,
    metadata: {},
    items: groups
      .filter(({ group }) => (group === '') === core)
      .map(({ group, versions }) => ({
        metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
        versions: [...versions].map(([version, resources]) => ({
          version,
          resources: resources.map(discovered),
          freshness: 'Current',
        })),
      })),
  };
}

function discovered(resource: ResourceSchema) {
  const { group, version } = resource;
  const subresources = subresourcesOf(resource).map((subresource) => ({
    subresource: subresource.name,
    responseKind: { group: subresource.group, version: subresource.version, kind: subresource.kind },
    verbs: sorted(subresource.verbs),
  }));
  return {
    resource: resource.resource,
    responseKind: { group, version, kind: resource.kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: sorted(resource.verbs),
    ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
    ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

function subresourcesOf(resource: ResourceSchema): readonly SubresourceSchema[] {
  return [...resource.subresources.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function foreignKind(resource: ResourceSchema, { group, version }: SubresourceSchema) {
  return group === resource.group && version === resource.version ? {} : { group, version };
}

function sorted(verbs: readonly string[]): readonly string[] {
  return [...verbs].sort();
}
