/** What an object counts for in a ResourceQuota (https://kubernetes.io/docs/concepts/policy/resource-quotas/). */
import { isArray, isObject } from '../json/index.ts';
import type { KubeObject } from '../meta/index.ts';
import { quantityOf } from '../quantity/index.ts';
import { type Amounts, addAmounts, amountsOf, one } from './amounts.ts';
import { podResources } from './pod-resources.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Kinds that are also counted under their bare name. */
const BARE_NAMES: ReadonlySet<string> = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
]);

/** Resources that count without the prefix `requests.`, too. */
const BARE_REQUESTS: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** `count/deployments.apps`: every object of the kind, whatever its state. */
export function countName(groupResource: string): string {
  return `count/${groupResource}`;
}

export function usageOf(groupResource: string, object: KubeObject, nowMs: number): Amounts {
  const count = one(countName(groupResource));
  switch (groupResource) {
    case 'pods':
      return isPodCounted(object, nowMs) ? addAmounts(count, podUsage(object)) : count;
    case 'services':
      return addAmounts(count, serviceUsage(fieldsOf(object.spec)));
    case 'persistentvolumeclaims':
      return addAmounts(count, claimUsage(object));
    default:
      return BARE_NAMES.has(groupResource) ? addAmounts(count, one(groupResource)) : count;
  }
}

/** One that has ended, or should have and cannot, holds nothing any more. */
function isPodCounted({ metadata, status }: KubeObject, nowMs: number): boolean {
  const { phase } = fieldsOf(status);
  if (phase === 'Failed' || phase === 'Succeeded') return false;
  if (metadata.deletionTimestamp === undefined || metadata.deletionGracePeriodSeconds === undefined)
    return true;
  return Date.parse(metadata.deletionTimestamp) + metadata.deletionGracePeriodSeconds * 1000 >= nowMs;
}

function podUsage({ spec }: KubeObject): Amounts {
  const usage = new Map(one('pods'));
  for (const [name, amount] of podResources(spec, 'requests')) {
    usage.set(`requests.${name}`, amount);
    if (BARE_REQUESTS.has(name) || name.startsWith('hugepages-')) usage.set(name, amount);
  }
  for (const [name, amount] of podResources(spec, 'limits'))
    if (BARE_REQUESTS.has(name)) usage.set(`limits.${name}`, amount);
  return usage;
}

function serviceUsage(spec: Fields): Amounts {
  const ports = isArray(spec.ports) ? spec.ports : [];
  const usage = new Map(one('services'));
  if (spec.type === 'NodePort') usage.set('services.nodeports', quantityOf(ports.length));
  if (spec.type === 'LoadBalancer') {
    const given = ports.filter(
      (port) => isObject(port) && typeof port.nodePort === 'number' && port.nodePort > 0,
    );
    const count = spec.allocateLoadBalancerNodePorts === false ? given.length : ports.length;
    usage.set('services.nodeports', quantityOf(count));
    usage.set('services.loadbalancers', quantityOf(1));
  }
  return usage;
}

const BETA_CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

function claimUsage({ metadata, spec }: KubeObject): Amounts {
  const { storageClassName, resources } = fieldsOf(spec);
  const usage = new Map(one('persistentvolumeclaims'));
  const className = metadata.annotations?.[BETA_CLASS_ANNOTATION] ?? storageClassName;
  const ofClass =
    typeof className === 'string' && className !== ''
      ? `${className}.storageclass.storage.k8s.io/`
      : undefined;
  if (ofClass !== undefined) usage.set(`${ofClass}persistentvolumeclaims`, quantityOf(1));
  const storage = amountsOf(fieldsOf(resources).requests).get('storage');
  if (storage) {
    usage.set('requests.storage', storage);
    if (ofClass !== undefined) usage.set(`${ofClass}requests.storage`, storage);
  }
  return usage;
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}
