/**
 * The fields of a Service that depend on one another: `clusterIP` and `clusterIPs`, type, node ports, IP families
 * (Kubernetes: `pkg/registry/core/service`, KEP-563). One IP family, IPv4.
 */
import { isArray, isObject } from '@reckon/api';
import type { KubeObject } from '../verbs/types.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const HEADLESS = 'None';

export function specOf({ spec }: KubeObject): Fields {
  return isObject(spec) ? spec : {};
}

export function portsOf(spec: Fields): readonly Fields[] {
  return isArray(spec.ports) ? spec.ports.filter(isObject) : [];
}

export function needsClusterIp(spec: Fields): boolean {
  return spec.type !== 'ExternalName';
}

export function needsNodePorts(spec: Fields): boolean {
  return (
    spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
  );
}

export function needsHealthCheckNodePort(spec: Fields): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** Only what is reached from outside has a policy for traffic from there. */
export function needsExternalTrafficPolicy(spec: Fields): boolean {
  const { type, externalIPs } = spec;
  return type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && isSet(externalIPs));
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== '' && value !== 0 && !(isArray(value) && value.length === 0);
}

function without(spec: Fields, ...names: readonly string[]): Fields {
  if (!names.some((name) => name in spec)) return spec;
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !names.includes(name)));
}

/** A new Service says `clusterIP` and `clusterIPs` alike, and which IP family it is of. */
export function newServiceSpec(spec: Fields): Fields {
  return withFamilies(
    isSet(spec.clusterIP) && !isSet(spec.clusterIPs) ? { ...spec, clusterIPs: [spec.clusterIP] } : spec,
  );
}

/** What a write leaves unsaid of what was allocated stays; what its new type has no use for goes. */
export function updatedServiceSpec(spec: Fields, before: Fields): Fields {
  const followed = followClusterIp(spec, before);
  const kept = keepAllocated(followed, before);
  return withFamilies(dropUseless(kept, before));
}

/** Old clients know `clusterIP` only: what they do to it is meant for the list too. */
function followClusterIp(spec: Fields, before: Fields): Fields {
  const listUnchanged = JSON.stringify(spec.clusterIPs ?? []) === JSON.stringify(before.clusterIPs ?? []);
  if (spec.clusterIP === before.clusterIP || !listUnchanged) return spec;
  if (isSet(spec.clusterIP)) return { ...spec, clusterIPs: [spec.clusterIP] };
  return without(spec, 'clusterIPs');
}

function keepAllocated(spec: Fields, before: Fields): Fields {
  let next = spec;
  if (needsClusterIp(before) && needsClusterIp(next)) {
    if (!isSet(next.clusterIP) && isSet(before.clusterIP)) next = { ...next, clusterIP: before.clusterIP };
    if (!isSet(next.clusterIPs) && next.clusterIP === before.clusterIP && isSet(before.clusterIPs))
      next = { ...next, clusterIPs: before.clusterIPs };
  }
  if (needsNodePorts(before) && needsNodePorts(next)) next = keepNodePorts(next, before);
  if (needsHealthCheckNodePort(before) && needsHealthCheckNodePort(next) && !isSet(next.healthCheckNodePort))
    next = { ...next, healthCheckNodePort: before.healthCheckNodePort };
  return next;
}

function keepNodePorts(spec: Fields, before: Fields): Fields {
  const known = new Map(portsOf(before).map((port) => [portId(port), port.nodePort]));
  const used = new Set(
    portsOf(spec).flatMap(({ nodePort, protocol }) => (isSet(nodePort) ? [`${protocol} ${nodePort}`] : [])),
  );
  const ports = portsOf(spec).map((port) => {
    const nodePort = known.get(portId(port));
    if (isSet(port.nodePort) || !isSet(nodePort) || used.has(`${port.protocol} ${nodePort}`)) return port;
    return { ...port, nodePort };
  });
  return { ...spec, ports };
}

function portId(port: Fields): string {
  return `${port.protocol} ${port.port}`;
}

/** A change of type takes along only what somebody has just asked for. */
function dropUseless(spec: Fields, before: Fields): Fields {
  let next = spec;
  if (needsClusterIp(before) && !needsClusterIp(next) && next.clusterIP === before.clusterIP)
    next = without(next, 'clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
  if (needsNodePorts(before) && !needsNodePorts(next) && sameNodePorts(next, before))
    next = { ...next, ports: portsOf(next).map((port) => without(port, 'nodePort')) };
  if (needsHealthCheckNodePort(before) && !needsHealthCheckNodePort(next))
    next = without(next, 'healthCheckNodePort');
  const isUnchanged = (name: string) => next[name] === before[name];
  if (
    needsExternalTrafficPolicy(before) &&
    !needsExternalTrafficPolicy(next) &&
    isUnchanged('externalTrafficPolicy')
  )
    next = without(next, 'externalTrafficPolicy');
  if (before.type === 'LoadBalancer' && next.type !== 'LoadBalancer')
    next = without(
      next,
      ...['allocateLoadBalancerNodePorts', 'loadBalancerClass'].filter((name) => isUnchanged(name)),
    );
  return next;
}

function sameNodePorts(spec: Fields, before: Fields): boolean {
  const known = new Set(portsOf(before).map(({ nodePort }) => nodePort));
  return portsOf(spec).every(({ nodePort }) => !isSet(nodePort) || known.has(nodePort));
}

function withFamilies(spec: Fields): Fields {
  if (!needsClusterIp(spec)) return spec;
  return {
    ...spec,
    ...(!isSet(spec.ipFamilies) && { ipFamilies: ['IPv4'] }),
    ...(!isSet(spec.ipFamilyPolicy) && { ipFamilyPolicy: 'SingleStack' }),
  };
}
