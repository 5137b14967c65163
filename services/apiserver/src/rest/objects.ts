/** Requests about objects: which verb is meant, whether it is there and allowed, and who answers it. */
import { ApiError, badRequest, type ResourceSchema, unknownResource } from '@reckon/api';
import { accessTo } from '../doors/access.ts';
import type { Authorizer, Target } from '../verbs/types.ts';
import { notInThePast } from './as-of.ts';
import { ReadRequests, type ReadsParts } from './reads.ts';
import type { ResourceRequest, ResourceRoute } from './request.ts';
import { restVerb } from './rest-verb.ts';
import { WriteRequests, type WritesParts } from './writes.ts';

export interface ObjectsParts extends ReadsParts, WritesParts {
  readonly authorizer: Authorizer;
  /** `pods/log`, `pods/exec`, `selfsubjectreviews.authentication.k8s.io`: what is not stored. */
  readonly special: ReadonlyMap<string, ResourceRoute>;
}

const COLLECTION_VERBS: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

/** To act in a pod is the same right whether it is asked for by POST (SPDY) or by GET (WebSocket). */
const STREAMS: ReadonlySet<string> = new Set(['pods/exec', 'pods/attach', 'pods/portforward']);

export function specialKey(resource: ResourceSchema, subresource: string): string {
  return subresource === '' ? resource.groupResource : `${resource.groupResource}/${subresource}`;
}

function methodNotAllowed(): ApiError {
  return new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

export class ObjectRequests {
  readonly #parts: ObjectsParts;
  readonly #reads: ReadRequests;
  readonly #writes: WriteRequests;

  constructor(parts: ObjectsParts) {
    this.#parts = parts;
    this.#reads = new ReadRequests(parts);
    this.#writes = new WriteRequests(parts);
  }

  isLongRunning(request: ResourceRequest): boolean {
    const { info, resource, query, exchange } = request;
    if (info.subresource !== '') return this.#parts.special.has(specialKey(resource, info.subresource));
    return restVerb(exchange.method, info, query) === 'watch';
  }

  async handle(request: ResourceRequest): Promise<void> {
    const { info, resource, query, exchange } = request;
    const verb = restVerb(exchange.method, info, query);
    const isNamespace = resource.resource === 'namespaces' && resource.group === '';
    const target: Target = {
      resource,
      subresource: info.subresource,
      namespace: isNamespace ? '' : info.namespace,
      name: info.name,
    };
    const selector = COLLECTION_VERBS.has(verb) ? query.text('fieldSelector') : undefined;
    const right = STREAMS.has(specialKey(resource, info.subresource)) ? 'create' : verb;
    this.#parts.authorizer.authorize(request.user, accessTo(right, target, selector));
    if (info.namespace !== '' && !resource.namespaced) throw unknownResource();
    if (info.subresource !== '' && !resource.subresources.has(info.subresource)) throw unknownResource();
    if (info.rest !== '' && info.subresource !== 'proxy') throw unknownResource();
    checkPathName(info.name);
    const special = this.#parts.special.get(specialKey(resource, info.subresource));
    if (request.asOf && (special || verb === 'watch'))
      throw notInThePast(request.asOf, verb === 'watch' ? 'watched' : 'streamed from or acted in');
    if (special) return special.handle(request);
    const everywhere = resource.namespaced && info.namespace === '';
    if (everywhere && (info.name !== '' || (verb !== 'list' && verb !== 'watch')))
      throw info.name !== '' ? unknownResource() : methodNotAllowed();
    if (!allowed(target, verb)) throw methodNotAllowed();
    switch (verb) {
      case 'get':
        return this.#reads.get(request, target);
      case 'list':
        return this.#reads.list(request, target);
      case 'watch':
        return this.#reads.watch(request, target);
      case 'create':
        return this.#writes.create(request, target);
      case 'update':
        return this.#writes.update(request, target);
      case 'patch':
        return this.#writes.patch(request, target);
      case 'delete':
        return this.#writes.delete(request, target);
      case 'deletecollection':
        return this.#writes.deleteCollection(request, target);
      default:
        throw methodNotAllowed();
    }
  }
}

/** A name is one segment of a path (Kubernetes: `IsValidPathSegmentName`). */
function checkPathName(name: string): void {
  const refuse = (why: string) => badRequest(`Name parameter invalid: ${JSON.stringify(name)}: ${why}`);
  if (name === '.' || name === '..') throw refuse(`may not be '${name}'`);
  for (const part of ['/', '%']) if (name.includes(part)) throw refuse(`may not contain '${part}'`);
}

function allowed(target: Target, verb: string): boolean {
  const { resource, subresource, name } = target;
  if (verb === 'create' && name !== '' && subresource === '') return false;
  if ((verb === 'update' || verb === 'patch') && name === '') return false;
  const verbs = subresource === '' ? resource.verbs : resource.subresources.get(subresource)?.verbs;
  return verbs?.includes(verb) === true;
}
