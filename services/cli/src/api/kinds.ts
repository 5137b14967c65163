import { joinApiVersion } from '@reckon/api';
import { type ResourceType, resourceType } from '@reckon/client';
import type { RestApi } from './rest.ts';

/** The kinds that the cluster serves, as its discovery tells them. */
export interface Kinds {
  ofKind(apiVersion: string, kind: string): Promise<ResourceType | undefined>;
  /** One for each resource, in its preferred version, whose objects can be listed, created and deleted. */
  writable(): Promise<readonly ResourceType[]>;
}

interface GroupList {
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly { readonly version: string }[];
    readonly preferredVersion: { readonly version: string };
  }[];
}

interface ResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

interface GroupVersion {
  readonly apiVersion: string;
  readonly preferred: boolean;
}

interface Served {
  readonly type: ResourceType;
  readonly verbs: readonly string[];
}

export class DiscoveredKinds implements Kinds {
  readonly #rest: RestApi;
  readonly #served = new Map<string, Promise<readonly Served[]>>();
  #groupVersions: Promise<readonly GroupVersion[]> | undefined;

  constructor(rest: RestApi) {
    this.#rest = rest;
  }

  async ofKind(apiVersion: string, kind: string): Promise<ResourceType | undefined> {
    const known = await this.#versions();
    if (!known.some((one) => one.apiVersion === apiVersion)) return undefined;
    return (await this.#resourcesOf(apiVersion)).find(({ type }) => type.kind === kind)?.type;
  }

  async writable(): Promise<readonly ResourceType[]> {
    const preferred = (await this.#versions()).filter((one) => one.preferred);
    const served = await Promise.all(preferred.map(({ apiVersion }) => this.#resourcesOf(apiVersion)));
    const needed = ['list', 'create', 'update', 'delete'];
    return served
      .flat()
      .filter(({ verbs }) => needed.every((verb) => verbs.includes(verb)))
      .map(({ type }) => type);
  }

  #versions(): Promise<readonly GroupVersion[]> {
    this.#groupVersions ??= this.#rest.get<GroupList>('/apis').then(({ groups }) => [
      { apiVersion: 'v1', preferred: true },
      ...groups.flatMap(({ name, versions, preferredVersion }) =>
        versions.map(({ version }) => ({
          apiVersion: joinApiVersion(name, version),
          preferred: version === preferredVersion.version,
        })),
      ),
    ]);
    return this.#groupVersions;
  }

  #resourcesOf(apiVersion: string): Promise<readonly Served[]> {
    const known = this.#served.get(apiVersion);
    if (known) return known;
    const path = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
    const asked = this.#rest.get<ResourceList>(path).then(({ resources }) =>
      resources
        .filter(({ name }) => !name.includes('/'))
        .map(({ name, kind, namespaced, verbs }) => ({
          type: resourceType(apiVersion, name, kind, namespaced ? 'Namespaced' : 'Cluster'),
          verbs,
        })),
    );
    this.#served.set(apiVersion, asked);
    return asked;
  }
}
