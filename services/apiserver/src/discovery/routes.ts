import { ApiError } from '@reckon/api';
import { parseAccept } from '../rest/negotiate.ts';
import type { Resources, RestRequest, Route } from '../rest/request.ts';
import { type Document, document, sendDocument } from './document.ts';
import { aggregated, apiGroup, apiGroupList, apiResourceList, apiVersions, groupsOf } from './groups.ts';

const JSON_TYPE = 'application/json';

/** `/api`, `/apis` and what is below them down to a group's version. */
export class DiscoveryRoutes {
  readonly #routes = new Map<string, Route>();

  /** @param serverAddress host:port that clients reach this server by. */
  constructor(resources: Resources, serverAddress: string) {
    const groups = groupsOf(resources.resources);
    const both = (core: boolean, plain: object): Route => {
      const forms = {
        plain: document(JSON_TYPE, plain),
        v2: aggregatedDocument(groups, core, 'v2'),
        v2beta1: aggregatedDocument(groups, core, 'v2beta1'),
      };
      return route((request) => forms[chooseForm(request.exchange.header('accept'))]);
    };
    this.#routes.set('/api', both(true, apiVersions(groups, serverAddress)));
    this.#routes.set('/apis', both(false, apiGroupList(groups)));
    for (const group of groups) {
      const { group: name, versions } = group;
      if (name !== '') {
        const of = document(JSON_TYPE, { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) });
        this.#routes.set(
          `/apis/${name}`,
          route(() => of),
        );
      }
      for (const [version, kinds] of versions) {
        const path = name === '' ? `/api/${version}` : `/apis/${name}/${version}`;
        const list = document(JSON_TYPE, apiResourceList(name, version, kinds));
        this.#routes.set(
          path,
          route(() => list),
        );
      }
    }
  }

  paths(): Iterable<string> {
    return this.#routes.keys();
  }

  find(path: string): Route | undefined {
    return this.#routes.get(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
  }
}

export function route(choose: (request: RestRequest) => Document): Route {
  return {
    handle(request) {
      onlyGet(request);
      return sendDocument(request, choose(request));
    },
  };
}

export function onlyGet({ exchange }: RestRequest): void {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD')
    throw new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

function aggregatedDocument(
  groups: ReturnType<typeof groupsOf>,
  core: boolean,
  version: 'v2' | 'v2beta1',
): Document {
  const contentType = `${JSON_TYPE};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return document(contentType, aggregated(groups, core, version));
}

function chooseForm(accept: string | undefined): 'plain' | 'v2' | 'v2beta1' {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    if (type !== JSON_TYPE && type !== '*/*' && type !== 'application/*') continue;
    if (parameters.get('as') === undefined) return 'plain';
    if (parameters.get('as') !== 'APIGroupDiscoveryList' || parameters.get('g') !== 'apidiscovery.k8s.io')
      continue;
    const version = parameters.get('v');
    if (version === 'v2' || version === 'v2beta1') return version;
  }
  return 'plain';
}
