/** Which objects are somebody's wish, and not what the cluster makes of one. */
import { isArray, isObject } from '@reckon/api';
import type { ResourceType } from '@reckon/client';
import { SHREDDED_ANNOTATION } from '@reckon/store/secrecy/shredded.ts';
import type { AnObject, Snapped } from './types.ts';

/** Records of what happened, and what is only true for the moment. */
const NEVER: ReadonlySet<string> = new Set([
  'events',
  'events.events.k8s.io',
  'leases.coordination.k8s.io',
  'controllerrevisions.apps',
  'nodes',
  'ipaddresses.networking.k8s.io',
]);

/** What each namespace has by itself. */
const COMPANIONS: ReadonlySet<string> = new Set(['serviceaccounts/default', 'configmaps/kube-root-ca.crt']);
const SLICE_MANAGER = 'endpointslice.kubernetes.io/managed-by';
const ACCOUNT_TOKEN = 'kubernetes.io/service-account-token';

export function isKindRestored({ groupResource }: ResourceType): boolean {
  return !NEVER.has(groupResource);
}

/** @param services those of the same moment: whose Endpoints a controller keeps. */
export function isRestorable(
  { resource, object }: Snapped,
  services: ReadonlyMap<string, AnObject>,
): boolean {
  const { groupResource } = resource;
  const { metadata } = object;
  if (!isKindRestored(resource)) return false;
  if (isControlled(object) || COMPANIONS.has(`${groupResource}/${metadata.name}`)) return false;
  if (isOfTheApiItself(groupResource, metadata)) return false;
  if (groupResource === 'secrets') return object.type !== ACCOUNT_TOKEN;
  if (groupResource === 'endpointslices.discovery.k8s.io')
    return metadata.labels?.[SLICE_MANAGER] === undefined;
  if (groupResource === 'endpoints') return !selects(services.get(metadata.name));
  return true;
}

export function isControlled({ metadata }: AnObject): boolean {
  return metadata.ownerReferences?.some(({ controller }) => controller === true) === true;
}

export function controllerOf({ metadata }: AnObject): string | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner && `${owner.kind.toLowerCase()}/${owner.name}`;
}

export function isGoing({ metadata }: AnObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** Only that it was there is still known. */
export function isShredded({ metadata }: AnObject): boolean {
  return metadata.annotations?.[SHREDDED_ANNOTATION] !== undefined;
}

/** A pod or a Job that has come to its end: made anew, it would run once more. */
export function hasEnded({ resource, object }: Snapped): boolean {
  const status = isObject(object.status) ? object.status : {};
  if (resource.groupResource === 'pods') return status.phase === 'Succeeded' || status.phase === 'Failed';
  if (resource.groupResource !== 'jobs.batch') return false;
  const conditions = isArray(status.conditions) ? status.conditions.filter(isObject) : [];
  return conditions.some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
}

/** The way in for pods: the API servers keep it. */
function isOfTheApiItself(groupResource: string, { namespace, name }: AnObject['metadata']): boolean {
  return (
    namespace === 'default' &&
    name === 'kubernetes' &&
    /^(services|endpoints|endpointslices)\b/.test(groupResource)
  );
}

function selects(service: AnObject | undefined): boolean {
  const selector = service && isObject(service.spec) ? service.spec.selector : undefined;
  return isObject(selector) && Object.keys(selector).length > 0;
}
