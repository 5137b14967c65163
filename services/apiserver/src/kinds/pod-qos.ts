import { isArray, isObject } from '@reckon/api';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COUNTED = ['cpu', 'memory'] as const;

/**
 * Guaranteed: every container limits cpu and memory and requests as much; BestEffort: none says anything of them.
 * (https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/) Quantities are canonical here, so texts compare.
 */
export function qosClassOf(spec: unknown): QosClass {
  const containers = [...list(spec, 'containers'), ...list(spec, 'initContainers')].map(resourcesOf);
  const says = containers.some(({ requests, limits }) =>
    COUNTED.some((name) => isSome(requests[name]) || isSome(limits[name])),
  );
  if (!says) return 'BestEffort';
  const guaranteed = containers.every(({ requests, limits }) =>
    COUNTED.every((name) => isSome(limits[name]) && (requests[name] ?? limits[name]) === limits[name]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

type Amounts = Readonly<Record<string, unknown>>;

function resourcesOf(container: unknown): { readonly requests: Amounts; readonly limits: Amounts } {
  const resources = isObject(container) && isObject(container.resources) ? container.resources : {};
  return {
    requests: isObject(resources.requests) ? resources.requests : {},
    limits: isObject(resources.limits) ? resources.limits : {},
  };
}

function isSome(amount: unknown): boolean {
  return amount !== undefined && amount !== '0' && amount !== 0;
}

function list(spec: unknown, field: string): readonly unknown[] {
  const found = isObject(spec) ? spec[field] : undefined;
  return isArray(found) ? found : [];
}
