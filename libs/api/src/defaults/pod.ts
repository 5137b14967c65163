import { isArray, isObject } from '../json/types.ts';
import { imageTag } from './image.ts';
import type { Fields } from './types.ts';

/** `latest` may be another image tomorrow, so it is pulled again each time; any other tag is taken as it is here. */
export function container(value: Fields): Fields {
  const { image, imagePullPolicy } = value;
  if (typeof imagePullPolicy === 'string' && imagePullPolicy !== '') return value;
  const tag = imageTag(typeof image === 'string' ? image : '');
  return { ...value, imagePullPolicy: tag === 'latest' ? 'Always' : 'IfNotPresent' };
}

/** A volume that says nothing about its source is an empty directory. */
export function volume(value: Fields): Fields {
  for (const field in value) if (field !== 'name' && value[field] !== undefined) return value;
  return { ...value, emptyDir: {} };
}

/**
 * What holds for pods and not for the templates of pods: a container that is limited and says nothing about what it
 * requests requests that; service links are on; with the host's network a port of the container is one of the host.
 */
export function pod(value: Fields): Fields {
  const { spec } = value;
  if (!isObject(spec)) return value;
  const onHost = spec.hostNetwork === true;
  const next: Record<string, unknown> = { ...spec };
  for (const field of ['containers', 'initContainers']) {
    const containers = spec[field];
    if (isArray(containers))
      next[field] = containers.map((item) => (isObject(item) ? podContainer(item, onHost) : item));
  }
  next.enableServiceLinks ??= true;
  return { ...value, spec: next };
}

function podContainer(value: Fields, onHost: boolean): Fields {
  const { resources, ports } = value;
  const next: Record<string, unknown> = { ...value };
  if (isObject(resources) && isObject(resources.limits)) {
    next.resources = {
      ...resources,
      requests: { ...resources.limits, ...(isObject(resources.requests) ? resources.requests : {}) },
    };
  }
  if (onHost && isArray(ports)) next.ports = ports.map(hostPort);
  return next;
}

function hostPort(port: unknown): unknown {
  if (!isObject(port)) return port;
  const { hostPort: given, containerPort } = port;
  return given === undefined || given === 0 ? { ...port, hostPort: containerPort } : port;
}
