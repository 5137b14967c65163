import { isArray, isObject } from '../json/types.ts';
import type { Fields } from './types.ts';

const CLIENT_IP_TIMEOUT_SECONDS = 10_800;

/** Traffic goes to the port of the same number unless another is named. */
export function servicePort(value: Fields): Fields {
  const { targetPort, port } = value;
  if (targetPort !== undefined && targetPort !== 0 && targetPort !== '') return value;
  return port === undefined ? value : { ...value, targetPort: port };
}

export function service(value: Fields): Fields {
  const { spec } = value;
  if (!isObject(spec)) return value;
  const next: Record<string, unknown> = { ...spec };
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  if (spec.sessionAffinity === 'None') delete next.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP')
    next.sessionAffinityConfig = clientIpConfig(spec.sessionAffinityConfig);
  if (
    (external || hasItems(spec.externalIPs)) &&
    !spec.externalTrafficPolicy &&
    spec.type !== 'ExternalName'
  ) {
    next.externalTrafficPolicy = 'Cluster';
  }
  if (spec.type !== 'ExternalName') next.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') next.allocateLoadBalancerNodePorts ??= true;
  return { ...value, spec: next };
}

function hasItems(value: unknown): boolean {
  return isArray(value) && value.length > 0;
}

function clientIpConfig(config: unknown): Fields {
  const clientIP = isObject(config) && isObject(config.clientIP) ? config.clientIP : {};
  return { clientIP: { ...clientIP, timeoutSeconds: clientIP.timeoutSeconds ?? CLIENT_IP_TIMEOUT_SECONDS } };
}
